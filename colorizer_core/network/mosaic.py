"""The exact fast form: dilated convolutions computed undilated, on a mosaic of the interleaved phases.

A 3×3 convolution of dilation 2 never mixes pixels of even and odd rows, nor of even and odd columns. So the four phases
of a map can lie side by side as one map of half the step, with a gutter of zeros behind each where the padding was. The
same weights, undilated, then give the same values, and a runtime may use its fast 3×3 algorithm (Winograd's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from colorizer_core.network.layer import Convolution, Layer

Map = npt.NDArray[np.float32]

MAP, MASK = "mosaic", "gutter_mask"
"""The inputs of the middle part: the mosaic, and ones with zeros in its gutters."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A network in three: `head` as it was, `middle` on the mosaic of its output, `tail` on the map put together again.

    Attributes:
        head: from the input to the first dilated layer.
        middle: the dilated layers, undilated; inputs `MAP` and `MASK`.
        tail: the rest; its input is named as the map that it reads.
        channels: of the map between head and middle.
        side: of the same map, pixels.
    """

    head: tuple[Layer, ...]
    middle: tuple[Layer, ...]
    tail: tuple[Layer, ...]
    channels: int
    side: int


def split(layers: Sequence[Layer]) -> Parts | None:
    """The fast form of a network, or None where its layers do not have the shape that it needs.

    It needs one run of 3×3 convolutions of dilation 2 with nothing but ReLU and BatchNorm between, in a plain chain, on
    a map of even side.
    """
    dilated = [at for at, layer in enumerate(layers) if layer.convolution and layer.convolution.dilation > 1]
    if not dilated or layers[0].type != "Input":
        return None
    first, last = dilated[0], dilated[-1]
    side, channels = _map_before(layers[:first])
    run = layers[first : last + 1]
    if side is None or side % 2 or not all(map(_fits, run)) or not _is_chain(layers[first - 1 :]):
        return None
    shape = (1, channels, side, side)
    return Parts(
        head=tuple(layers[:first]),
        middle=tuple(_middle(run, layers[first - 1].top, channels, side)),
        tail=(
            Layer(run[-1].top, "Input", (), run[-1].top, shape=(1, _outputs(run[-1]), *shape[2:])),
            *layers[last + 1 :],
        ),
        channels=channels,
        side=side,
    )


def to_mosaic(phases: Map) -> Map:
    """(c, s, s) → (c, s + 2, s + 2): the four phases side by side, zeros in row and column s/2 and s + 1."""
    channels, side, _ = phases.shape
    half = side // 2
    mosaic = np.zeros((channels, 2, half + 1, 2, half + 1), np.float32)
    for row in (0, 1):
        for column in (0, 1):
            mosaic[:, row, :half, column, :half] = phases[:, row::2, column::2]
    return mosaic.reshape(channels, side + 2, side + 2)


def from_mosaic(mosaic: Map) -> Map:
    """The inverse of `to_mosaic`; what lies in the gutters is dropped."""
    channels, outer, _ = mosaic.shape
    half = outer // 2 - 1
    phases = mosaic.reshape(channels, 2, half + 1, 2, half + 1)[:, :, :half, :, :half]
    return np.ascontiguousarray(phases.transpose(0, 2, 1, 4, 3)).reshape(channels, 2 * half, 2 * half)


def gutter_mask(channels: int, side: int) -> Map:
    """(c, s + 2, s + 2): 1 where the mosaic of a map has values, 0 in its gutters."""
    return to_mosaic(np.ones((channels, side, side), np.float32))


def _map_before(layers: Sequence[Layer]) -> tuple[int | None, int]:
    """Side and channels of the map that the last of `layers` gives; no side where it can't be told."""
    *_, side = layers[0].shape or (0,)
    channels = 1
    for layer in layers[1:]:
        window = layer.convolution
        if window is None:
            continue
        if layer.type != "Convolution":
            return None, channels
        side = (side + 2 * window.pad - window.dilation * (window.kernel - 1) - 1) // window.stride + 1
        channels = window.outputs
    return side, channels


def _fits(layer: Layer) -> bool:
    if layer.type != "Convolution":
        return layer.type in ("ReLU", "BatchNorm")
    window = layer.convolution
    return window is not None and window == Convolution(window.outputs, kernel=3, pad=2, dilation=2)


def _is_chain(layers: Sequence[Layer]) -> bool:
    """Whether each layer reads the one before it and nothing else (a Silence at the end reads for nobody)."""
    return all(after.bottoms == (before.top,) for before, after in pairwise(layers) if after.type != "Silence")


def _outputs(layer: Layer) -> int:
    return layer.convolution.outputs if layer.convolution else 0


def _middle(run: Sequence[Layer], bottom: str, channels: int, side: int) -> list[Layer]:
    shape = (1, channels, side + 2, side + 2)
    inside = [Layer(MAP, "Input", (), MAP, shape=shape), Layer(MASK, "Input", (), MASK, shape=shape)]
    names = {bottom: MAP}
    for layer in run:
        reads = names.get(layer.bottoms[0], layer.bottoms[0])
        if layer.convolution is None:
            inside.append(replace(layer, bottoms=(reads,)))
            continue
        if reads != MAP:
            cleared = f"{reads}_cleared"
            inside.append(Layer(cleared, "Eltwise", (reads, MASK), cleared))
            reads = cleared
        window = replace(layer.convolution, pad=1, dilation=1)
        inside.append(replace(layer, bottoms=(reads,), convolution=window))
    return inside
