"""One layer of the network, as Caffe's prototxt describes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Convolution:
    """The window of a convolution or deconvolution; the same in both directions, sizes in pixels of its input."""

    outputs: int
    kernel: int = 1
    stride: int = 1
    pad: int = 0
    dilation: int = 1


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes:
        name: unique; a caffemodel's blobs go by it.
        type: Caffe's word: Input, Convolution, Deconvolution, ReLU, BatchNorm, Eltwise, Scale, Softmax …
        bottoms: what it reads.
        top: what it writes; a ReLU writes what it reads.
        convolution: of a Convolution or Deconvolution.
        shape: of an Input, (batch, channels, height, width).
    """

    name: str
    type: str
    bottoms: tuple[str, ...]
    top: str
    convolution: Convolution | None = None
    shape: tuple[int, ...] = ()


def is_chain(layers: Sequence[Layer]) -> bool:
    """Whether each layer reads the one before it and nothing else."""
    return all(after.bottoms == (before.top,) for before, after in pairwise(layers))


def side_after(layers: Sequence[Layer]) -> int:
    """Side of the map that the last layer of a chain gives, pixels; the first is its Input."""
    side = layers[0].shape[-1]
    for layer in layers[1:]:
        window = layer.convolution
        if window is None:
            continue
        reach = window.dilation * (window.kernel - 1) + 1
        if layer.type == "Deconvolution":
            side = (side - 1) * window.stride - 2 * window.pad + reach
        else:
            side = (side + 2 * window.pad - reach) // window.stride + 1
    return side
