"""The network of Zhang, Isola and Efros, *Colorful Image Colorization*, ECCV 2016, as one table of layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from colorizer_core.network.caffe import Blob
from colorizer_core.network.layer import Convolution, Layer

BINS = 313
"""Bins of the published palette."""
TEMPERATURE_SCALE = 2.606
"""Logits are multiplied by it before the softmax: the re-heating by 1/0.38 of the paper's annealed mean, as released."""
SIZE = 224
"""Side of the published network's input, pixels."""
STRIDE = 4
"""The ab map has a quarter of the input's side."""

LOGITS = "conv8_313"
SCALE = "conv8_313_rh"
SOFTMAX = "class8_313_rh"
EXPECTATION = "class8_ab"
"""The names of the published layers that the palette touches."""

# A block is its layers' (name, channels at full width, stride, dilation); a BatchNorm closes every block but the last.
_BLOCKS: tuple[tuple[tuple[str, int, int, int], ...], ...] = (
    (("bw_conv1_1", 64, 1, 1), ("conv1_2", 64, 2, 1)),
    (("conv2_1", 128, 1, 1), ("conv2_2", 128, 2, 1)),
    (("conv3_1", 256, 1, 1), ("conv3_2", 256, 1, 1), ("conv3_3", 256, 2, 1)),
    (("conv4_1", 512, 1, 1), ("conv4_2", 512, 1, 1), ("conv4_3", 512, 1, 1)),
    (("conv5_1", 512, 1, 2), ("conv5_2", 512, 1, 2), ("conv5_3", 512, 1, 2)),
    (("conv6_1", 512, 1, 2), ("conv6_2", 512, 1, 2), ("conv6_3", 512, 1, 2)),
    (("conv7_1", 512, 1, 1), ("conv7_2", 512, 1, 1), ("conv7_3", 512, 1, 1)),
)
_LAST_BLOCK = (("conv8_2", 256), ("conv8_3", 256))


def layers(width: float = 1.0, size: int = SIZE, bins: int = BINS) -> tuple[Layer, ...]:
    """The published layers, in order, from L minus 50 to ab.

    Args:
        width: what the published channel counts are multiplied by (0.25 has a sixteenth of the weights).
        size: side of the input, pixels; a multiple of 8.
        bins: ab bins that the network tells apart.

    Raises:
        ValueError: `size` is no multiple of 8, so that ab would not have a quarter of it.
    """
    if size % 8:
        raise ValueError(f"the input's side must be a multiple of 8 pixels, not {size}")
    return tuple(_layers(width, size, bins))


def decoding(points: npt.NDArray[np.float64]) -> dict[str, list[Blob]]:
    """The weights that no caffemodel holds: the re-heating and the palette, (k, 2), as those of the last layers."""
    bins = len(points)
    kernel = points.T.astype(np.float32).reshape(2, bins, 1, 1)
    return {SCALE: [np.full((1, bins), TEMPERATURE_SCALE, np.float32)], EXPECTATION: [kernel]}


def _layers(width: float, size: int, bins: int) -> Iterator[Layer]:
    yield Layer("data_l", "Input", (), "data_l", shape=(1, 1, size, size))
    bottom = "data_l"
    for block in _BLOCKS:
        for name, channels, stride, dilation in block:
            top = name.removeprefix("bw_")
            window = Convolution(round(channels * width), kernel=3, stride=stride, pad=dilation, dilation=dilation)
            yield Layer(name, "Convolution", (bottom,), top, window)
            yield _relu(top)
            bottom = top
        yield Layer(f"{bottom}norm", "BatchNorm", (bottom,), f"{bottom}norm")
        bottom = f"{bottom}norm"
    window = Convolution(round(256 * width), kernel=4, stride=2, pad=1)
    yield Layer("conv8_1", "Deconvolution", (bottom,), "conv8_1", window)
    yield _relu("conv8_1")
    bottom = "conv8_1"
    for name, channels in _LAST_BLOCK:
        yield Layer(name, "Convolution", (bottom,), name, Convolution(round(channels * width), kernel=3, pad=1))
        yield _relu(name)
        bottom = name
    yield Layer(LOGITS, "Convolution", (bottom,), LOGITS, Convolution(bins))
    yield Layer(SCALE, "Scale", (LOGITS,), SCALE)
    yield Layer(SOFTMAX, "Softmax", (SCALE,), SOFTMAX)
    yield Layer(EXPECTATION, "Convolution", (SOFTMAX,), EXPECTATION, Convolution(2))


def _relu(top: str) -> Layer:
    return Layer(f"relu{top.removeprefix('conv')}", "ReLU", (top,), top)
