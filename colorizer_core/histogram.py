"""Which colours a photograph has: a histogram over CIE ab at one unit, and what of it is no colour at all."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.image.picture import Picture, to_8_bits

SIDE = 256
"""Bins of a and of b, one unit wide; the first is −128."""
MIDDLE = 128
"""The bin of 0."""

Counts = npt.NDArray[np.int64]
"""(256, 256), pixels by a and b: `counts[a + 128, b + 128]`, a and b rounded to whole units."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """The colours of one photograph, those that it has.

    Attributes:
        bins: (n,) uint16, (a + 128) · 256 + b + 128, ascending.
        counts: (n,) uint32, pixels of each, at least 1.
    """

    bins: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.uint32]

    def chroma(self, percentile: float) -> float:
        """The chroma that so many percent of the pixels do not exceed, CIE units; 0 where there are no pixels."""
        ab = points_of(self.bins)
        chroma = np.hypot(ab[:, 0], ab[:, 1])
        order = np.argsort(chroma, kind="stable")
        reached = np.cumsum(self.counts[order])
        if not len(reached):
            return 0.0
        at = np.searchsorted(reached, percentile / 100 * reached[-1])
        return float(chroma[order][min(int(at), len(order) - 1)])


def histogram(picture: Picture, border: float = 0.0) -> Histogram:
    """Counts the colours of a photograph; at least one pixel of it. A gray one has one colour.

    Args:
        picture: in sRGB.
        border: what is left out at each side, as a share of it; below 0.5.

    sRGB becomes CIE Lab (D65) by OpenCV's 8-bit conversion: within one unit of the definition for 99.6 % of all colours, within
    2.6 for the very dark ones.
    """
    bgr = _inside(picture, border)
    if bgr.ndim == 2:
        middle = np.array([MIDDLE * SIDE + MIDDLE], np.uint16)
        return Histogram(middle, np.array([bgr.size], np.uint32))
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB)  # L · 255/100, a + 128, b + 128
    dense = np.bincount((lab[..., 1].astype(np.uint16) * SIDE + lab[..., 2]).reshape(-1))
    bins = np.flatnonzero(dense)
    return Histogram(bins.astype(np.uint16), dense[bins].astype(np.uint32))


def points_of(bins: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Bin numbers as in `Histogram.bins` → (n, 2) float64, their a and b."""
    return np.stack(np.divmod(bins.astype(np.int64), SIDE), axis=-1).astype(np.float64) - MIDDLE


def _inside(picture: Picture, border: float) -> npt.NDArray[np.uint8]:
    """What is not border, in 8 bits."""
    top, left = int(picture.height * border), int(picture.width * border)
    return to_8_bits(picture.pixels[top : picture.height - top, left : picture.width - left])
