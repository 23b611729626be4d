"""Every form of the network, in every runtime, is one function: against float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import Model, load_model
from colorizer_core.network import mosaic, zhang2016
from colorizer_core.network.caffe import write_prototxt
from colorizer_core.network.onnx import write_onnx
from tests import models, reference

RELATIVE = 1e-4
"""Of the largest ab in the answer."""
Forward = Callable[[np.ndarray], np.ndarray]


@cache
def resized(size: int) -> Model:
    """The embedded model on an input of another side."""
    _, caffemodel, points = models.read(models.MINI)
    return load_model(f"mini-{size}", write_prototxt("LtoAB", zhang2016.layers(0.25, size)), caffemodel, points)


def opencv_plain(model: Model) -> Forward:
    return OpenCVEngine(model, 2, fast=False).forward_batch


def opencv_fast(model: Model) -> Forward:
    assert mosaic.split(model.layers) is not None
    return OpenCVEngine(model, 2).forward_batch


def onnx_file(model: Model) -> Forward:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(write_onnx(model.layers, model.filled()), providers=["CPUExecutionProvider"])
    return lambda lightness: session.run(["ab"], {"lightness": lightness[:, None]})[0]


def openvino_compiled(model: Model) -> Forward:
    pytest.importorskip("openvino")
    from colorizer_core.engines import openvino

    compiled = openvino.compile_network(write_onnx(model.layers, model.filled()))
    return openvino.OpenVINOEngine(compiled, threads=2).forward_batch


FORMS = pytest.mark.parametrize("form", [opencv_plain, opencv_fast, onnx_file, openvino_compiled])


def lightness(size: int, batch: int = 1) -> np.ndarray:
    """(n, s, s) float32 with soft and hard edges; no two pictures alike."""
    steps = np.random.default_rng(size).normal(0, 2, (batch, size, size))
    return np.clip(np.cumsum(steps, axis=2), -50, 50).astype(np.float32)


@cache
def expected(size: int, batch: int = 1) -> np.ndarray:
    return reference.forward(resized(size), lightness(size, batch))


@FORMS
@pytest.mark.parametrize("size", range(32, 257, 16))
def test_it_is_the_network_in_float64(form: Callable[[Model], Forward], size: int):
    assert_same(form(resized(size))(lightness(size)), expected(size))


@FORMS
@pytest.mark.parametrize("size", [40, 88])
def test_it_is_where_the_dilated_layers_have_an_odd_side(form: Callable[[Model], Forward], size: int):
    assert_same(form(resized(size))(lightness(size)), expected(size))


@FORMS
def test_it_is_for_batches_of_any_size_in_any_order(form: Callable[[Model], Forward]):
    run = form(resized(64))
    for batch in (3, 1, 8, 2):
        assert_same(run(lightness(64, batch)), expected(64, batch))


@pytest.fixture(scope="module")
def full_width(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, np.ndarray]:
    model = models.load(models.full_width(tmp_path_factory.getbasetemp() / "full-width"))
    return model, reference.forward(model, lightness(224))


@FORMS
def test_it_is_at_full_width(form: Callable[[Model], Forward], full_width: tuple[Model, np.ndarray]):
    model, answer = full_width
    assert_same(form(model)(lightness(224)), answer)


def assert_same(found: np.ndarray, answer: np.ndarray) -> None:
    largest = np.abs(answer).max()
    assert found.shape == answer.shape
    assert largest > 5
    assert np.abs(found - answer).max() <= RELATIVE * largest
