"""Pixels of one photograph, as they are between decoding and encoding."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture.

    Attributes:
        pixels: (h, w) gray or (h, w, 3) B, G, R; uint8 or uint16, sRGB gamma-encoded, all of the type's range used.
        alpha: (h, w) of the same type, or None.
    """

    pixels: Pixels
    alpha: Pixels | None = None

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[1])

    @property
    def is_gray(self) -> bool:
        """Whether there is one channel."""
        return self.pixels.ndim == 2

    @property
    def bit_depth(self) -> int:
        """Bits a sample: 8 or 16."""
        return self.pixels.dtype.itemsize * 8

    @property
    def white(self) -> int:
        """The greatest value of a sample: 255 or 65,535."""
        return (1 << self.bit_depth) - 1


def to_8_bits(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """The same samples, rounded to 8 bits where they have 16."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    return cv2.convertScaleAbs(pixels, alpha=255 / 65535).astype(np.uint8, copy=False)
