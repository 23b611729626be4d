"""Resizing along one side, by OpenCV's convention: pixel centres lie at half, and the edge goes on outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

_SHARPNESS = -0.75
"""The free parameter of cubic convolution (Keys 1981), as OpenCV sets it."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Between which pixels each sample lies, and what each counts.

    Attributes:
        neighbours: (n, 2) int, the pixels before and behind each sample; (n, 4), two of each, if cubic.
        weights: (n, 2) or (n, 4) float32, of each; 1 in sum.
    """

    neighbours: npt.NDArray[np.intp]
    weights: npt.NDArray[np.float32]

    @classmethod
    @lru_cache(maxsize=64)  # an archive's photographs have few sizes
    def along(cls, length: int, count: int, cubic: bool = False) -> Samples:
        """`count` samples, evenly, of a side of `length` pixels."""
        at = (np.arange(count) + 0.5) * (length / count) - 0.5
        before = np.floor(at).astype(np.intp)
        offsets = np.arange(-1, 3) if cubic else np.arange(2)
        neighbours = np.clip(before[:, None] + offsets, 0, length - 1)
        distances = np.abs((at - before)[:, None] - offsets)
        weights = _cubic(distances) if cubic else 1 - distances
        return cls(neighbours, weights.astype(np.float32))


def spread(length: int, most: int) -> npt.NDArray[np.int64]:
    """At most so many of a side's `length` pixels, evenly: their indices, (min(length, most),)."""
    count = min(length, most)
    return (np.arange(count) * 2 + 1) * length // (2 * count)


def _cubic(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keys' kernel: what a pixel at a distance of up to 2 counts."""
    near = ((_SHARPNESS + 2) * distance - (_SHARPNESS + 3)) * distance**2 + 1
    far = _SHARPNESS * (((distance - 5) * distance + 8) * distance - 4)
    return np.where(distance <= 1, near, far)
