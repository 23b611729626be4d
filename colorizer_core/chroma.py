"""The network's small ab map at the photograph's size, a strip of rows at a time: as published, smoother, or guided by L."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core import lightness
from colorizer_core.image.picture import Picture
from colorizer_core.resizing import Samples

Map = npt.NDArray[np.float32]

Enlarging = Literal["published", "cubic", "guided"]
"""Bilinear, bicubic, or bicubic with colour that follows the outlines of L."""

_VARIANCE = 100.0
"""Of L in a window, CIE units squared: where it is much less there is no outline that colour could follow."""
_FOLLOWED = 0.5
"""How far colour follows L. With `_VARIANCE` it gains the most on the true colours of photographs, made small and enlarged."""


class Chroma:
    """Enlarges an ab map.

    Args:
        ab: (2, m, m) float32, CIE units.
        picture: the photograph.
        enlarging: how.
    """

    def __init__(self, ab: Map, picture: Picture, enlarging: Enlarging = "published") -> None:
        size = picture.width, picture.height
        self._slopes: Enlarged | None = None
        if enlarging == "published":
            self._planes = Enlarged(ab, *size, cv2.INTER_LINEAR)
        elif enlarging == "cubic":
            self._planes = Enlarged(ab, *size, cv2.INTER_CUBIC)
        else:
            small = lightness.reduced(picture, ab.shape[1])
            self._planes = Enlarged([*ab, small], *size, cv2.INTER_CUBIC)
            self._slopes = Enlarged(_slopes(ab, small), *size, cv2.INTER_LINEAR)

    def strip(self, top: int, bottom: int, bright: Map) -> Sequence[Map]:
        """The a and b of rows `top` to `bottom`, each (bottom − top, w) float32; `bright` is their L."""
        planes = self._planes.strip(top, bottom)
        if self._slopes is None:
            return planes
        *ab, expected = planes
        finer = cv2.subtract(bright, expected)
        for plane, slope in zip(ab, self._slopes.strip(top, bottom), strict=True):
            cv2.accumulateProduct(slope, finer, plane)
        return ab


class Enlarged:
    """Small planes at a photograph's size: across once, down as the strips ask for it.

    Args:
        planes: each (m, m) float32.
        width: of the photograph, pixels.
        height: likewise.
        interpolation: cv2.INTER_LINEAR or cv2.INTER_CUBIC; the same values as cv2.resize.
    """

    def __init__(self, planes: Sequence[Map] | Map, width: int, height: int, interpolation: int) -> None:
        side = planes[0].shape[0]
        # The planes of a row side by side: one pass over a row interpolates all of them.
        across = [cv2.resize(plane, (width, side), interpolation=interpolation) for plane in planes]
        self._across = np.hstack(across).astype(np.float32, copy=False)
        self._down = Samples.along(side, height, cubic=interpolation == cv2.INTER_CUBIC)
        self._width = width

    def strip(self, top: int, bottom: int) -> list[Map]:
        """Rows `top` to `bottom` of each plane, (bottom − top, w) float32."""
        rows = np.empty((bottom - top, self._across.shape[1]), np.float32)
        for row in range(top, bottom):
            whole = rows[row - top].reshape(-1, 1)
            (first, second, *others), weights = self._down.neighbours[row], self._down.weights[row].tolist()
            cv2.addWeighted(self._across[first], weights[0], self._across[second], weights[1], 0, dst=whole)
            for neighbour, weight in zip(others, weights[2:], strict=True):
                cv2.scaleAdd(self._across[neighbour].reshape(-1, 1), weight, whole, dst=whole)
        return [rows[:, start : start + self._width] for start in range(0, rows.shape[1], self._width)]


def _slopes(ab: Map, small: Map) -> list[Map]:
    """How a and b go with L around each sample, by regression over 3 × 3 of them; times how far that is followed."""
    mean = _mean(small)
    variance = np.maximum(_mean(small * small) - mean * mean, 0)
    covariances = (_mean(plane * small) - _mean(plane) * mean for plane in ab)
    return [
        (_FOLLOWED * covariance / (variance + _VARIANCE)).astype(np.float32, copy=False) for covariance in covariances
    ]


def _mean(plane: Map) -> Map:
    return cv2.blur(plane, (3, 3), borderType=cv2.BORDER_REPLICATE).astype(np.float32, copy=False)
