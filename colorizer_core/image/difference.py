"""How far two pictures are apart."""

from __future__ import annotations

import cv2

from colorizer_core.image.picture import Picture, Pixels

_LEVEL = {8: 1, 16: 257}
"""What one level of 255 is in a sample of so many bits."""


def levels_apart(one: Picture, other: Picture) -> float | None:
    """The greatest difference of a sample, alpha's among them, in levels of 255; None where nothing can be compared.

    Pictures of other sizes, bits or channels can't, nor can one with alpha and one without.
    """
    pairs = [(one.pixels, other.pixels)]
    if one.alpha is not None and other.alpha is not None:
        pairs.append((one.alpha, other.alpha))
    elif one.alpha is not other.alpha:
        return None
    if any(mine.shape != its.shape or mine.dtype != its.dtype for mine, its in pairs):
        return None
    return max(_greatest(mine, its) for mine, its in pairs) / _LEVEL[one.bit_depth]


def _greatest(one: Pixels, other: Pixels) -> int:
    return int(cv2.absdiff(one, other).max())
