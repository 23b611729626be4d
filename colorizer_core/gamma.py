"""From linear light to sRGB's 8 bits (IEC 61966-2-1), by a table.

OpenCV's own conversion spends more than half its time on the gamma. A half float has 11 significant bits at every size, so that
each of its values below 1 stands for light within a 20th of a level, and a table of them all fits into a processor's first cache.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from colorizer_core.lab import encoded


def to_8_bits(light: MatLike, out: MatLike) -> None:
    """Linear samples → the nearest of sRGB's levels, within 0.55 of one.

    Args:
        light: (h, w, 3) float32, 0 … 1.
        out: (h, w, 3) uint8, contiguous; written.
    """
    halves = cv2.convertFp16(light).view(np.uint16)
    cv2.LUT(halves, _levels(), dst=out)


@cache
def _levels() -> npt.NDArray[np.uint8]:
    """The level of every half float, by its bits: (65,536,) uint8. Only those of 0 … 1 are asked for."""
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float64)
    share = np.clip(np.nan_to_num(every), 0, 1)
    return np.rint(255 * encoded(share)).astype(np.uint8)
