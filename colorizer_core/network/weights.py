"""Whether weights belong to layers, so that no runtime and no other form is ever made of damaged ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from colorizer_core.errors import ModelError
from colorizer_core.network.caffe import Blob, Blobs
from colorizer_core.network.layer import Layer


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
