"""The exact fast form: dilated convolutions computed undilated, on a mosaic of the interleaved phases.

A 3×3 convolution of dilation 2 never mixes pixels of even and odd rows, nor of even and odd columns. So the four phases
of a map can lie side by side as one map of half the step, with a gutter of zeros behind each where the padding was. The
same weights, undilated, then give the same values, and a runtime may use its fast 3×3 algorithm (Winograd's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from colorizer_core.network.layer import Convolution, Layer, is_chain, side_after

Map = npt.NDArray[np.float32]

MAP, MASK = "mosaic", "gutter_mask"
"""The inputs of the middle part: the mosaic, and ones with zeros in its gutters."""
_KEEPS_SIDE = ("Input", "Convolution", "Deconvolution", "ReLU", "BatchNorm", "Scale")
"""Layers that leave a map's side as it is, unless their window says otherwise."""


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

    It needs one run of 3×3 convolutions of dilation 2 with nothing but ReLU and BatchNorm between, in a plain chain.
    """
    chain = [layer for layer in layers if layer.type != "Silence"]
    dilated = [at for at, layer in enumerate(chain) if layer.convolution and layer.convolution.dilation > 1]
    if not dilated or not is_chain(chain):
        return None
    first, last = dilated[0], dilated[-1]
    head, run = chain[:first], chain[first : last + 1]
    channels = next((layer.convolution.outputs for layer in reversed(head) if layer.convolution), 0)
    if not channels or any(layer.type not in _KEEPS_SIDE for layer in head) or not all(map(_fits, run)):
        return None
    side = side_after(head)
    return Parts(
        head=tuple(head),
        middle=tuple(_middle(run, head[-1].top, channels, side)),
        tail=(
            Layer(run[-1].top, "Input", (), run[-1].top, shape=(1, _outputs(run[-1]), side, side)),
            *chain[last + 1 :],
        ),
        channels=channels,
        side=side,
    )


def to_mosaic(phases: Map) -> Map:
    """(n, c, s, s) → (n, c, m, m): the four phases side by side, zeros behind each.

    m is s + 2 for an even s, and s + 3 for an odd one, whose second phases have a row and a column of zeros more.
    """
    batch, channels, side, _ = phases.shape
    cell = _cell(side)
    mosaic = np.zeros((batch, channels, 2, cell, 2, cell), np.float32)
    for row in (0, 1):
        for column in (0, 1):
            phase = phases[:, :, row::2, column::2]
            mosaic[:, :, row, : phase.shape[2], column, : phase.shape[3]] = phase
    return mosaic.reshape(batch, channels, 2 * cell, 2 * cell)


def from_mosaic(mosaic: Map, side: int) -> Map:
    """The inverse of `to_mosaic`, for maps of that side; what lies in the gutters is dropped."""
    batch, channels, _, _ = mosaic.shape
    cell = _cell(side)
    phases = mosaic.reshape(batch, channels, 2, cell, 2, cell).transpose(0, 1, 3, 2, 5, 4)
    return np.ascontiguousarray(phases.reshape(batch, channels, 2 * cell, 2 * cell)[:, :, :side, :side])


def gutter_mask(batch: int, channels: int, side: int) -> Map:
    """(n, c, m, m): 1 where the mosaic of a map has values, 0 in its gutters."""
    return to_mosaic(np.ones((batch, channels, side, side), np.float32))


def _cell(side: int) -> int:
    """Side of one phase with its gutter."""
    return (side + 1) // 2 + 1


def _fits(layer: Layer) -> bool:
    if layer.type != "Convolution":
        return layer.type in ("ReLU", "BatchNorm")
    window = layer.convolution
    return window is not None and window == Convolution(window.outputs, kernel=3, pad=2, dilation=2)


def _outputs(layer: Layer) -> int:
    return layer.convolution.outputs if layer.convolution else 0


def _middle(run: Sequence[Layer], bottom: str, channels: int, side: int) -> list[Layer]:
    shape = (1, channels, 2 * _cell(side), 2 * _cell(side))
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
