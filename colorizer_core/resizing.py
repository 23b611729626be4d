"""Bilinear resizing along one side, by OpenCV's convention: pixel centres lie at half, and the edge goes on outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Samples:
    """Between which pixels each sample lies, and where.

    Attributes:
        lower: (n,) the pixel before each sample.
        upper: (n,) the one behind it.
        share: (n,) float32, the weight of the upper one, 0 … 1.
    """

    lower: npt.NDArray[np.intp]
    upper: npt.NDArray[np.intp]
    share: npt.NDArray[np.float32]

    @classmethod
    @lru_cache(maxsize=64)  # an archive's photographs have few sizes
    def along(cls, length: int, count: int) -> Samples:
        """`count` samples, evenly, of a side of `length` pixels."""
        at = (np.arange(count) + 0.5) * (length / count) - 0.5
        before = np.floor(at).astype(np.intp)
        share = (at - before).astype(np.float32)
        return cls(np.maximum(before, 0), np.minimum(before + 1, length - 1), share)

    @property
    def neighbours(self) -> npt.NDArray[np.intp]:
        """(2n,) the lower ones, then the upper ones."""
        return np.concatenate([self.lower, self.upper])
