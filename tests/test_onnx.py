"""The ONNX file: valid by ONNX's own checker, one input, one output, the same bytes from the same model."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from colorizer_core.errors import ModelError
from colorizer_core.model import Model
from colorizer_core.network.layer import Convolution, Layer
from colorizer_core.network.onnx import FORM, write_onnx
from tests import models, reference

onnx = pytest.importorskip("onnx")
reference_onnx = pytest.importorskip("onnx.reference")


@pytest.fixture(scope="module")
def mini() -> Model:
    return models.load(models.MINI)


@pytest.fixture(scope="module")
def written(mini: Model) -> bytes:
    return write_onnx(mini.layers, mini.filled())


def shape_of(value: Any) -> list[int | str]:
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def test_the_checker_and_shape_inference_take_it(written: bytes):
    model = onnx.load_model_from_string(written)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    assert [(value.name, shape_of(value)) for value in inferred.input] == [
        ("lightness", ["N", 1, models.INPUT, models.INPUT])
    ]
    assert [(value.name, shape_of(value)) for value in inferred.output] == [
        ("ab", ["N", 2, models.OUTPUT, models.OUTPUT])
    ]
    assert len(inferred.value_info) == len(inferred.node) - 1


def test_it_is_self_contained(written: bytes, mini: Model):
    graph = onnx.load_model_from_string(written).graph
    assert {tensor.data_location for tensor in graph.initializer} == {onnx.TensorProto.DEFAULT}
    palette = onnx.numpy_helper.to_array(graph.initializer[-1])
    assert np.array_equal(palette[:, :, 0, 0].T, mini.points)


def test_the_same_model_gives_the_same_bytes(written: bytes):
    again = models.load(models.MINI)
    assert write_onnx(again.layers, again.filled()) == written
    digest = hashlib.sha256(written).hexdigest()[:16]
    assert (FORM, digest) == (1, "1a810756fee78f9e"), "another file is another FORM, or caches would keep the old one"


def test_no_batch_norm_and_no_scale_is_left(written: bytes):
    graph = onnx.load_model_from_string(written).graph
    assert {node.op_type for node in graph.node} == {"Conv", "ConvTranspose", "Relu", "Add", "Softmax"}
    assert sum(node.op_type == "Add" for node in graph.node) == 7


def test_factors_that_no_convolution_can_take_over_stay():
    """A negative factor behind a ReLU, and a BatchNorm behind a BatchNorm, whose counts are not 1 as mini's are."""
    rng = np.random.default_rng(1)
    layers = (
        Layer("data", "Input", (), "data", shape=(1, 1, 8, 8)),
        Layer("up", "Deconvolution", ("data",), "up", Convolution(3, kernel=4, stride=2, pad=1)),
        Layer("relu", "ReLU", ("up",), "up"),
        Layer("negative", "Scale", ("up",), "negative"),
        Layer("down", "Convolution", ("negative",), "down", Convolution(2, kernel=3, stride=2, pad=1)),
        Layer("first", "BatchNorm", ("down",), "first"),
        Layer("second", "BatchNorm", ("first",), "second"),
        Layer("silence", "Silence", ("second",), "silence"),
    )
    blobs = {
        "up": [rng.normal(0, 1, (1, 3, 4, 4)), rng.normal(0, 1, 3)],
        "negative": [np.array([1.0, -2.0, 0.5])],
        "down": [rng.normal(0, 1, (2, 3, 3, 3)), rng.normal(0, 1, 2)],
        "first": [rng.normal(0, 1, 2), rng.uniform(1, 2, 2), np.array([3.0])],
        "second": [rng.normal(0, 1, 2), rng.uniform(1, 2, 2), np.array([0.5])],
    }
    weights = {name: [array.astype(np.float32) for array in arrays] for name, arrays in blobs.items()}
    file = onnx.load_model_from_string(write_onnx(layers, weights))
    onnx.checker.check_model(file, full_check=True)
    data = rng.normal(0, 1, (2, 1, 8, 8)).astype(np.float32)
    (found,) = reference_onnx.ReferenceEvaluator(file).run(None, {"lightness": data})
    assert np.allclose(found, reference.run(layers, weights, data.astype(np.float64)), atol=1e-5)


def test_what_can_not_be_written_is_named(mini: Model):
    pooled = Layer("pool1", "Pooling", (mini.layers[-1].top,), "pool1")
    with pytest.raises(ModelError, match="'pool1' of type Pooling"):
        write_onnx([*mini.layers, pooled], mini.filled())
    beside = replace(mini.layers[3], bottoms=("data_l",))
    with pytest.raises(ModelError, match="branches"):
        write_onnx([*mini.layers[:3], beside, *mini.layers[4:]], mini.filled())
