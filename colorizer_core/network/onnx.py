"""The network as one self-contained ONNX file: L minus 50 in, ab out, the palette and the re-heating inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from colorizer_core.errors import ModelError
from colorizer_core.network.caffe import Blobs
from colorizer_core.network.layer import Convolution, Layer, is_chain, side_after
from colorizer_core.network.onnx_messages import FLOAT, INT, INTS, ModelProto

INPUT, OUTPUT = "lightness", "ab"
"""The file's one input, N×1×s×s, and its one output, N×2×s/4×s/4, float32; N is left open."""
FORM = 1
"""Raised by whoever changes the file that the same network gives."""

OPSET = 13
"""The first whose Softmax is over one axis. OpenCV 4.14 and 5.0, OpenVINO and ONNX Runtime read it."""
_IR_VERSION = 7
_EPSILON = 1e-5
"""Added to the variance by Caffe's BatchNorm."""
_AFFINE = ("BatchNorm", "Scale")

Array = npt.NDArray[np.float64]


def write_onnx(layers: Iterable[Layer], blobs: Blobs) -> bytes:
    """The ONNX file of a network; the same layers and weights give the same bytes.

    The factor of a BatchNorm or Scale goes into the convolution before it, through a ReLU too if it is positive. The
    addend of a BatchNorm stays an operator of its own: the next convolution pads with zeros behind it. Both are exact
    but for one rounding of each weight.

    Args:
        layers: a chain, from an Input of shape (1, 1, s, s) to the one that gives ab; a Silence is passed over.
        blobs: weights of the shapes that the layers ask for, the palette's among them.

    Raises:
        ModelError: the network has branches, or a layer of a kind that is not written.
    """
    chain = [layer for layer in layers if layer.type != "Silence"]
    if not is_chain(chain):
        raise ModelError("a network with branches can't be written as ONNX")
    model = ModelProto(ir_version=_IR_VERSION, producer_name="colorizer")
    model.opset_import.add(version=OPSET)
    graph = model.graph
    graph.name = "colorizer"
    _describe(graph.input.add(name=INPUT, doc_string="CIE L minus 50"), 1, chain[0].shape[-1])
    _describe(graph.output.add(name=OUTPUT, doc_string="CIE a and b"), 2, side_after(chain))
    last = INPUT
    for step in _steps(chain, blobs):
        last = _add(graph, step, last)
    graph.node[-1].output[0] = OUTPUT
    written: bytes = model.SerializeToString(deterministic=True)
    return written


@dataclass(frozen=True, slots=True)
class _Step:
    """One operator on the map: its name, ONNX's word for it, the arrays that it reads too, its attributes."""

    name: str
    operator: str
    arrays: tuple[Array, ...] = ()
    attributes: Mapping[str, int | Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Affine:
    """What a BatchNorm or Scale makes of channel c: x · factor[c] + addend[c]."""

    factor: Array
    addend: Array | None


def _steps(chain: Sequence[Layer], blobs: Blobs) -> Iterator[_Step]:
    affine = {layer.name: _affine(layer, blobs) for layer in chain if layer.type in _AFFINE}
    folded = _folded(chain, affine)
    for layer in chain[1:]:
        if layer.convolution is not None:
            behind = folded.get(layer.name)
            yield _convolution(layer, layer.convolution, blobs, affine[behind].factor if behind else None)
        elif layer.type in _AFFINE:
            yield from _what_is_left(layer.name, affine[layer.name], layer.name in folded.values())
        elif layer.type == "ReLU":
            yield _Step(layer.name, "Relu")
        elif layer.type == "Softmax":
            yield _Step(layer.name, "Softmax", attributes={"axis": 1})
        else:
            raise ModelError(f"the layer {layer.name!r} of type {layer.type} can't be written as ONNX")


def _affine(layer: Layer, blobs: Blobs) -> _Affine:
    """Of a Scale the factor and perhaps the addend; of a BatchNorm mean, variance, and what both are to be divided by."""
    first, *rest = (array.astype(np.float64).reshape(-1) for array in blobs[layer.name])
    if layer.type == "Scale":
        return _Affine(first, rest[0] if rest else None)
    count = rest[1][0] if len(rest) > 1 else 1.0
    part = 1 / count if count else 0.0
    factor = 1 / np.sqrt(rest[0] * part + _EPSILON)
    return _Affine(factor, -first * part * factor)


def _folded(chain: Sequence[Layer], affine: Mapping[str, _Affine]) -> dict[str, str]:
    """Which convolution takes over the factor of which layer behind it, by their names."""
    folded: dict[str, str] = {}
    convolution, is_rectified = "", False
    for layer in chain:
        if layer.convolution is not None:
            convolution, is_rectified = layer.name, False
        elif layer.type == "ReLU":
            is_rectified = True
        else:
            found = affine.get(layer.name)
            if convolution and found and (not is_rectified or bool(np.all(found.factor > 0))):
                folded[convolution] = layer.name
            convolution = ""
    return folded


def _what_is_left(name: str, affine: _Affine, is_folded: bool) -> Iterator[_Step]:
    if not is_folded:
        yield _Step(f"{name}_factor", "Mul", (affine.factor[:, None, None],))
    if affine.addend is not None:
        yield _Step(name, "Add", (affine.addend[:, None, None],))


def _convolution(layer: Layer, window: Convolution, blobs: Blobs, factor: Array | None) -> _Step:
    kernel, *bias = (array.astype(np.float64) for array in blobs[layer.name])
    bias = [one.reshape(-1) for one in bias]
    is_transposed = layer.type == "Deconvolution"  # its kernel has the inputs first, in Caffe as in ONNX
    if factor is not None:
        kernel *= factor.reshape((1, -1, 1, 1) if is_transposed else (-1, 1, 1, 1))
        bias = [one * factor for one in bias]
    attributes: dict[str, int | Sequence[int]] = {
        "dilations": [window.dilation] * 2,
        "group": 1,
        "kernel_shape": [window.kernel] * 2,
        "pads": [window.pad] * 4,
        "strides": [window.stride] * 2,
    }
    return _Step(layer.name, "ConvTranspose" if is_transposed else "Conv", (kernel, *bias), attributes)


def _add(graph: Any, step: _Step, reads: str) -> str:
    """Appends a node that reads `reads`, and gives the name of what it writes."""
    node = graph.node.add(name=step.name, op_type=step.operator, input=[reads], output=[step.name])
    for name, array in zip(("weight", "bias"), step.arrays, strict=False):
        node.input.append(f"{step.name}.{name}")
        data = np.ascontiguousarray(array, "<f4").tobytes()
        graph.initializer.add(name=node.input[-1], dims=array.shape, data_type=FLOAT, raw_data=data)
    for key, value in step.attributes.items():
        if isinstance(value, int):
            node.attribute.add(name=key, i=value, type=INT)
        else:
            node.attribute.add(name=key, ints=value, type=INTS)
    return step.name


def _describe(value: Any, channels: int, side: int) -> None:
    """A map of floats: N × channels × side × side."""
    value.type.tensor_type.elem_type = FLOAT
    shape = value.type.tensor_type.shape
    shape.dim.add(dim_param="N")
    for size in (channels, side, side):
        shape.dim.add(dim_value=size)
