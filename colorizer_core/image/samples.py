"""Samples as a file holds them: upright or not, of whatever colour space; before they are sRGB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from colorizer_core.image.picture import Pixels

_PIXELS_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Samples:
    """What a decoder gives.

    Attributes:
        pixels: (h, w) gray, (h, w, 3) R, G, B or (h, w, 4) C, M, Y, K (0: no ink); uint8 or uint16, all of the type's
            range used. Where the array can be written, it is the reader's own to change.
        alpha: (h, w) of the same type, not multiplied into the pixels; or None.
        profile: the ICC profile's bytes, as they stand in the file; or None.
        orientation: EXIF 2.32, tag 0x0112: 1 … 8.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    profile: bytes | None = None
    orientation: int = 1


def contiguous(pixels: Pixels) -> Pixels:
    """The same samples with none between them: themselves where that is so already."""
    packed: Any = np.ascontiguousarray(pixels)
    done: Pixels = packed
    return done


def strips(height: int, width: int) -> Iterator[slice]:
    """Rows of a picture, as many at once as have about a million pixels: what is done in them needs no second picture."""
    rows = max(1, _PIXELS_AT_ONCE // max(1, width))
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def widened(pixels: Pixels, bits: int) -> None:
    """Samples of 9 … 15 bits in 16: in place, so that the greatest becomes 65,535 and each its nearest, within one."""
    for rows in strips(*pixels.shape[:2]):
        some = pixels[rows]
        some[...] = (some << (16 - bits)) | (some >> (2 * bits - 16))


def without_premultiplication(pixels: Pixels, alpha: Pixels) -> None:
    """Colours that were multiplied by their alpha (TIFF's associated alpha), as they were: in place. 0 where alpha is.

    Args:
        pixels: (h, w) or (h, w, 3).
        alpha: (h, w), of the same type.
    """
    white = int(np.iinfo(pixels.dtype).max)
    for rows in strips(*pixels.shape[:2]):
        share = alpha[rows].astype(np.float32)
        share = np.divide(white, share, out=np.zeros_like(share), where=share > 0)
        some = pixels[rows]
        some[...] = np.minimum(np.rint(some * (share[..., None] if some.ndim == 3 else share)), white)
