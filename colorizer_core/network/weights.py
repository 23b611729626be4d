"""Weights: whether they belong to layers, so that no runtime is ever handed damaged ones; and random ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from colorizer_core.errors import ModelError
from colorizer_core.network.caffe import Blob, Blobs
from colorizer_core.network.layer import Layer
from colorizer_core.network.zhang2016 import EXPECTATION

_INPUT_SCALE = 50


def check_weights(layers: Iterable[Layer], blobs: Blobs) -> None:
    """Every layer that needs weights has them: finite, of its shape, a variance that is one.

    Args:
        layers: in order, from the input of one channel on, without those whose weights are not in the caffemodel.
        blobs: by layer; those of other layers are passed over.

    Raises:
        ModelError: says which layer has what.
    """
    channels = 1
    for layer in layers:
        for wrong in _wrongs(layer, channels, blobs.get(layer.name, ())):
            raise ModelError(f"the caffemodel does not belong to the prototxt: its layer {layer.name!r} {wrong}")
        channels = layer.convolution.outputs if layer.convolution else channels


def random_weights(layers: Iterable[Layer], rng: np.random.Generator) -> dict[str, list[Blob]]:
    """Weights of every layer that a caffemodel has some of, drawn so that no map grows or fades; the norms do nothing."""
    blobs: dict[str, list[Blob]] = {}
    channels = 1
    for layer in layers:
        if layer.convolution is not None and layer.name != EXPECTATION:
            blobs[layer.name] = random_convolution(layer, channels, rng)
            channels = layer.convolution.outputs
        elif layer.type == "BatchNorm":
            zeros, ones = np.zeros(channels, np.float32), np.ones(channels, np.float32)
            blobs[layer.name] = [zeros, ones, np.ones(1, np.float32)]
    return blobs


def random_convolution(layer: Layer, channels: int, rng: np.random.Generator) -> list[Blob]:
    """A kernel after He et al. 2015 for `channels` inputs, and no bias; the first layer's is scaled for L minus 50."""
    window = layer.convolution
    if window is None:
        raise ValueError(f"{layer.name} is no convolution")
    is_transposed = layer.type == "Deconvolution"
    ends = (channels, window.outputs) if is_transposed else (window.outputs, channels)
    heard = channels * (window.kernel / (window.stride if is_transposed else 1)) ** 2
    spread = np.sqrt(2 / heard) / (_INPUT_SCALE if channels == 1 else 1)
    kernel = rng.standard_normal((*ends, window.kernel, window.kernel), np.float32) * np.float32(spread)
    return [kernel, np.zeros(window.outputs, np.float32)]


def _wrongs(layer: Layer, channels: int, found: Sequence[Blob]) -> Iterator[str]:
    if layer.type not in ("Convolution", "Deconvolution", "BatchNorm", "Scale"):
        return
    if not found:
        yield "is missing"
    elif layer.convolution is not None:
        yield from _wrong_shapes(layer, channels, found)
    elif not _fits(layer.type, channels, [blob.size for blob in found]):
        yield f"has the shapes {[blob.shape for blob in found]} for {channels} channels"
    elif layer.type == "BatchNorm" and (found[1].min() < 0 or (len(found) > 2 and found[2].min() < 0)):
        yield "has a negative variance"
    for blob in found:
        if not np.isfinite(blob).all():
            yield f"holds {np.count_nonzero(~np.isfinite(blob)):,} weights that are no numbers (NaN or infinite)"


def _wrong_shapes(layer: Layer, channels: int, found: Sequence[Blob]) -> Iterator[str]:
    """A Deconvolution's first dimension is its input's channels."""
    window = layer.convolution
    if window is None:
        return
    ends = (channels, window.outputs) if layer.type == "Deconvolution" else (window.outputs, channels)
    kernel, *bias = found
    if kernel.shape != (*ends, window.kernel, window.kernel):
        yield f"has the shape {kernel.shape}"
    if [one.size for one in bias] not in ([], [window.outputs]):
        yield f"has a bias of the shape {bias[0].shape} for {window.outputs} outputs"


def _fits(kind: str, channels: int, sizes: list[int]) -> bool:
    """A Scale has a factor and perhaps an addend; a BatchNorm mean, variance and perhaps what both are divided by."""
    if kind == "Scale":
        return sizes in ([channels], [channels] * 2)
    return sizes in ([channels] * 2, [channels, channels, 1])
