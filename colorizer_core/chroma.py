"""The network's small ab map at the photograph's size, a strip of rows at a time: as published, smoother, or guided by L."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core import lightness
from colorizer_core.image.picture import Picture
from colorizer_core.resizing import Samples

Map = npt.NDArray[np.float32]

Enlarging = Literal["published", "cubic", "guided"]
"""Bilinear, bicubic, or bilinear with colours that follow the outlines of L and have the small map's means."""

_VARIANCE = 100.0
"""Of L in a window, CIE units squared: where it is much less there is no outline that colour could follow."""
_FOLLOWED = 0.5
"""How far colour follows L. Of 0.4 … 0.6, with a variance of 50 … 200, the best for the worst of the photographs that
`python -m bench.chroma` was run on.
"""


class Chroma:
    """Enlarges an ab map.

    Args:
        ab: (2, m, m) float32, CIE units.
        picture: the photograph.
        enlarging: how.
    """

    def __init__(self, ab: Map, picture: Picture, enlarging: Enlarging = "published") -> None:
        planes = list(ab) if enlarging != "guided" else _guided(ab, lightness.reduced(picture, ab.shape[1]))
        interpolation = cv2.INTER_CUBIC if enlarging == "cubic" else cv2.INTER_LINEAR
        self._planes = Enlarged(planes, picture.width, picture.height, interpolation)

    def strip(self, top: int, bottom: int, bright: Map) -> list[Map]:
        """The a and b of rows `top` to `bottom`, each (bottom − top, w) float32; `bright` is their L."""
        a, b, *slopes = self._planes.strip(top, bottom)
        for plane, slope in zip((a, b), slopes, strict=False):
            cv2.accumulateProduct(slope, bright, plane)
        return [a, b]


class Enlarged:
    """Small planes at a photograph's size: across once, down as the strips ask for it.

    Args:
        planes: each (m, m) float32.
        width: of the photograph, pixels.
        height: likewise.
        interpolation: cv2.INTER_LINEAR or cv2.INTER_CUBIC; the same values as cv2.resize.
    """

    def __init__(self, planes: Sequence[Map], width: int, height: int, interpolation: int) -> None:
        side = planes[0].shape[0]
        # The planes of a row side by side: one pass over a row interpolates all of them.
        across = [cv2.resize(plane, (width, side), interpolation=interpolation) for plane in planes]
        self._across = np.hstack(across).astype(np.float32, copy=False)
        self._down = Samples.along(side, height, cubic=interpolation == cv2.INTER_CUBIC)
        self._turns: list[int] = (np.flatnonzero(np.diff(self._down.neighbours, axis=0).any(axis=1)) + 1).tolist()
        self._width = width

    def strip(self, top: int, bottom: int) -> list[Map]:
        """Rows `top` to `bottom` of each plane, (bottom − top, w) float32."""
        rows = np.empty((bottom - top, self._across.shape[1]), np.float32)
        inner = self._turns[bisect_right(self._turns, top) : bisect_left(self._turns, bottom)]
        for first, last in pairwise([top, *inner, bottom]):
            self._between(first, last, rows[first - top : last - top])
        return [rows[:, start : start + self._width] for start in range(0, rows.shape[1], self._width)]

    def _between(self, first: int, last: int, out: Map) -> None:
        """Rows with the same neighbours: the first of these, and by its weight what each further one differs from it."""
        base, second, *others = self._across[self._down.neighbours[first]]
        weights = self._down.weights[first:last]
        np.multiply(weights[:, 1:2], second - base, out=out)
        for place, other in enumerate(others, 2):
            out += weights[:, place : place + 1] * (other - base)
        out += base


def _guided(ab: Map, small: Map) -> list[Map]:
    """How a and b go with L around each sample, a = slope · L + rest, by regression over 3 × 3: two rests, then two slopes.

    Args:
        ab: (2, m, m), the means of places.
        small: (m, m), their mean L.
    """
    mean = _mean(small)
    damped = np.maximum(_mean(small * small) - mean * mean, 0) + np.float32(_VARIANCE)
    slopes = [_FOLLOWED * (_mean(plane * small) - _mean(plane) * mean) / damped for plane in ab]
    bright = _with_means(small)
    return [_with_means(plane) - slope * bright for plane, slope in zip(ab, slopes, strict=True)] + slopes


def _with_means(means: Map) -> Map:
    """(m, m) samples that, enlarged bilinearly, have these means over the places around them: what enlarging blurs, sharpened."""
    back = _sharpening(len(means))
    samples: Map = (back @ means @ back.T).astype(np.float32)  # processors differ in bits of float64 that this drops
    return samples


@cache
def _sharpening(side: int) -> npt.NDArray[np.float64]:
    """The inverse of taking means of a line that runs straight from sample to sample: ¾ of each and ⅛ of both its neighbours."""
    places = np.arange(side)
    blurring = np.zeros((side, side))
    for step, share in ((-1, 0.125), (0, 0.75), (1, 0.125)):
        blurring[places, np.clip(places + step, 0, side - 1)] += share  # the edge goes on outside
    return np.linalg.inv(blurring).astype(np.float64, copy=False)


def _mean(plane: Map) -> Map:
    return cv2.blur(plane, (3, 3), borderType=cv2.BORDER_REPLICATE).astype(np.float32, copy=False)
