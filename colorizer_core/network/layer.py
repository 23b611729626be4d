"""One layer of the network, as Caffe's prototxt describes it."""

from __future__ import annotations

from dataclasses import dataclass


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
