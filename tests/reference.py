"""The network by its definition, in float64 and NumPy: slow, and what every other form of it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from colorizer_core.model import Model
from colorizer_core.network.layer import Convolution, Layer

Array = npt.NDArray[np.float64]


def forward(model: Model, lightness: npt.NDArray[np.float32]) -> Array:
    """(n, s, s), L minus 50 → (n, 2, s/4, s/4), ab: layer by layer as the prototxt says, nothing folded."""
    return run(model.layers, model.filled(), lightness[:, None].astype(np.float64))


def run(layers: Sequence[Layer], blobs: Mapping[str, Sequence[npt.NDArray[np.float32]]], data: Array) -> Array:
    """What the last layer gives that anybody reads."""
    maps = {layers[0].top: data}
    top = layers[0].top
    for layer in layers[1:]:
        if layer.type == "Silence":
            continue
        weights = [blob.astype(np.float64) for blob in blobs.get(layer.name, ())]
        maps[layer.top] = _layer(layer, weights, *(maps[bottom] for bottom in layer.bottoms))
        top = layer.top
    return maps[top]


def _layer(layer: Layer, weights: list[Array], data: Array) -> Array:
    if layer.type == "ReLU":
        return np.maximum(data, 0)
    if layer.type == "BatchNorm":
        mean, variance = (_by_channel(one / weights[2].item()) for one in weights[:2])
        return (data - mean) / np.sqrt(variance + 1e-5)
    if layer.type == "Scale":
        return data * _by_channel(weights[0])
    if layer.type == "Softmax":
        powers = np.exp(data - data.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    assert layer.convolution is not None, layer.type
    kernel, *bias = weights
    done = {"Convolution": convolution, "Deconvolution": deconvolution}[layer.type](data, kernel, layer.convolution)
    return done + _by_channel(bias[0]) if bias else done


def _by_channel(values: Array) -> Array:
    return values.reshape(1, -1, 1, 1)


def convolution(data: Array, kernel: Array, window: Convolution) -> Array:
    """out[o, y, x] = Σ kernel[o, c, i, j] · data[c, y·stride + i·dilation − pad, x·stride + j·dilation − pad]."""
    pad, reach = window.pad, window.dilation * (window.kernel - 1) + 1
    padded = np.pad(data, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    height, width = ((side - reach) // window.stride + 1 for side in padded.shape[2:])
    out = np.zeros((len(data), window.outputs, height, width))
    for i in range(window.kernel):
        for j in range(window.kernel):
            rows = slice(i * window.dilation, i * window.dilation + (height - 1) * window.stride + 1, window.stride)
            columns = slice(j * window.dilation, j * window.dilation + (width - 1) * window.stride + 1, window.stride)
            out += _across(kernel[:, :, i, j], padded[:, :, rows, columns])
    return out


def deconvolution(data: Array, kernel: Array, window: Convolution) -> Array:
    """Its transpose: each value is strewn over the window of outputs that it would have been read from."""
    batch, _, height, width = data.shape
    size, stride, pad = window.kernel, window.stride, window.pad
    out = np.zeros((batch, window.outputs, (height - 1) * stride + size, (width - 1) * stride + size))
    for i in range(size):
        for j in range(size):
            strewn = _across(kernel[:, :, i, j].T, data)
            out[:, :, i : i + (height - 1) * stride + 1 : stride, j : j + (width - 1) * stride + 1 : stride] += strewn
    return out[:, :, pad : out.shape[2] - pad, pad : out.shape[3] - pad]


def _across(matrix: Array, data: Array) -> Array:
    """(o, c) on the channels of (n, c, h, w)."""
    batch, channels, height, width = data.shape
    return (matrix @ data.reshape(batch, channels, -1)).reshape(batch, -1, height, width)
