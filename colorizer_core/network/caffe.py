"""Caffe's two files without Caffe: prototxt ⇄ layers, caffemodel ⇄ named blobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from google.protobuf import text_format
from google.protobuf.message import DecodeError

from colorizer_core.errors import ModelError
from colorizer_core.network.caffe_messages import FLOAT16, NetParameter
from colorizer_core.network.layer import Convolution, Layer

Blob = npt.NDArray[np.float32]
Blobs = Mapping[str, Sequence[Blob]]


def parse_prototxt(data: bytes) -> tuple[Layer, ...]:
    """The layers of a prototxt with LF or CRLF line ends, in order. Fields that are not of `Layer` are passed over.

    Raises:
        ModelError: it is no network's description.
    """
    net = NetParameter()
    try:
        text_format.Parse(data.decode("utf-8"), net, allow_unknown_field=True)
    except (UnicodeDecodeError, text_format.ParseError) as error:
        raise ModelError(f"the prototxt is no network's description: {what_it_is(data)} ({error})") from error
    if not net.layer:
        raise ModelError(f"the prototxt names no layer: {what_it_is(data)}")
    return tuple(_layer(layer) for layer in net.layer)


def write_prototxt(name: str, layers: Iterable[Layer]) -> bytes:
    """The text of a network. The first layer is the input, so that its dimensions stand first."""
    return "".join([f'name: "{name}"\n', *map(_text, layers)]).encode()


def read_blobs(caffemodel: bytes) -> dict[str, list[Blob]]:
    """The weights of every layer that has some, by its name. float32, also where the file has float16; shaped as the file says.

    Raises:
        ModelError: these bytes are no caffemodel, or one without weights.
    """
    net = NetParameter()
    try:
        net.ParseFromString(caffemodel)
    except DecodeError as error:
        raise ModelError(f"the caffemodel can't be read: {what_it_is(caffemodel)}") from error
    blobs = {layer.name: [_array(layer.name, blob) for blob in layer.blobs] for layer in net.layer if layer.blobs}
    if not blobs:
        raise ModelError(f"the caffemodel holds no weights: {what_it_is(caffemodel)}")
    return blobs


def write_blobs(name: str, blobs: Blobs, half: bool = False) -> bytes:
    """A caffemodel with these weights, in float32 or in half of the bytes as float16. The same blobs give the same bytes.

    Raises:
        ValueError: a weight is too large for float16.
    """
    net = NetParameter(name=name)
    for layer_name, arrays in blobs.items():
        layer = net.layer.add(name=layer_name)
        for array in arrays:
            if half:
                if np.abs(array).max(initial=0) > np.finfo(np.float16).max:
                    raise ValueError(f"a weight of {layer_name} is too large for half precision")
                blob = layer.blobs.add(raw_data_type=FLOAT16, raw_data=array.astype("<f2").tobytes())
            else:
                blob = layer.blobs.add(data=np.ascontiguousarray(array, "<f4").tobytes())
            blob.shape.dim.extend(array.shape)
    written: bytes = net.SerializeToString(deterministic=True)
    return written


def what_it_is(data: bytes) -> str:
    """Says for people what a file holds in place of a model's part: `an HTML page, 1,234 bytes`."""
    head = data[:512].lstrip().lower()
    if not data:
        return "an empty file"
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        kind = "an HTML or XML page"
    elif head.startswith(b"version https://git-lfs"):
        kind = "a Git LFS pointer"
    else:
        kind = f"begins with {data[:12]!r}"
    return f"{kind}, {len(data):,} bytes"


def _layer(layer: Any) -> Layer:
    shapes = layer.input_param.shape
    return Layer(
        name=layer.name,
        type=layer.type,
        bottoms=tuple(layer.bottom),
        top=layer.top[0] if layer.top else layer.name,
        convolution=_convolution(layer) if _is_convolution(layer) else None,
        shape=tuple(shapes[0].dim) if shapes else (),
    )


def _is_convolution(layer: Any) -> bool:
    return layer.type in ("Convolution", "Deconvolution") and bool(layer.HasField("convolution_param"))


def _convolution(layer: Any) -> Convolution:
    param = layer.convolution_param
    window = Convolution(
        outputs=param.num_output,
        kernel=_only(layer.name, param.kernel_size, 1),
        stride=_only(layer.name, param.stride, 1),
        pad=_only(layer.name, param.pad, 0),
        dilation=_only(layer.name, param.dilation, 1),
    )
    if min(window.outputs, window.kernel, window.stride, window.dilation) < 1:
        raise ModelError(f"the prototxt's layer {layer.name!r} has a window of size zero: {window}")
    return window


def _only(name: str, values: Sequence[int], default: int) -> int:
    if len(set(values)) > 1:
        raise ModelError(f"the prototxt's layer {name!r} has a window that is no square: {list(values)}")
    return values[0] if values else default


def _array(name: str, blob: Any) -> Blob:
    shape = tuple(blob.shape.dim) or tuple(
        getattr(blob, field) for field in ("num", "channels", "height", "width") if blob.HasField(field)
    )
    is_half = not blob.data and blob.raw_data_type == FLOAT16
    stored, kind = (blob.raw_data, np.dtype("<f2")) if is_half else (blob.data, np.dtype("<f4"))
    data = np.frombuffer(stored[: len(stored) // kind.itemsize * kind.itemsize], kind)
    if min(shape, default=0) < 0 or data.size != np.prod(shape, dtype=object):
        raise ModelError(f"the caffemodel's layer {name!r} is damaged: {data.size:,} weights for a shape of {shape}")
    return data.reshape(shape).astype(np.float32, copy=False)


def _text(layer: Layer) -> str:
    lines = [f'  name: "{layer.name}"', f'  type: "{layer.type}"']
    lines += [f'  bottom: "{bottom}"' for bottom in layer.bottoms]
    lines.append(f'  top: "{layer.top}"')
    if layer.shape:
        lines.append(f"  input_param {{ shape {{ {' '.join(f'dim: {dim}' for dim in layer.shape)} }} }}")
    if layer.convolution:
        window = layer.convolution
        lines.append(
            f"  convolution_param {{ num_output: {window.outputs} kernel_size: {window.kernel} stride: {window.stride} "
            f"pad: {window.pad} dilation: {window.dilation} }}"
        )
    lines += [f"  {_PARAMETERS[layer.type]}"] if layer.type in _PARAMETERS else []
    return "\n".join(["layer {", *lines, "}\n"])


_PARAMETERS = {
    "BatchNorm": "batch_norm_param { }",
    "Eltwise": "eltwise_param { operation: PROD }",
    "Scale": "scale_param { bias_term: false }",
}
