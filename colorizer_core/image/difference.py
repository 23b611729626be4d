"""How far two pictures are apart."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from colorizer_core.image.picture import Picture, Pixels

_LEVEL = {8: 1, 16: 257}
"""What one level of 255 is in a sample of so many bits."""
_TILES = 8
_LEAST = 64


def levels_apart(one: Picture, other: Picture) -> float | None:
    """The greatest difference of a sample, alpha's among them, in levels of 255; None where nothing can be compared.

    Pictures of other sizes, bits or channels can't, nor can one with alpha and one without.
    """
    pairs = _pairs(one, other)
    return None if pairs is None else max(int(cv2.absdiff(*pair).max()) for pair in pairs) / _LEVEL[one.bit_depth]


def means_apart(one: Picture, other: Picture) -> float | None:
    """The greatest difference of a channel's mean over a tile, in levels of 255; None as with `levels_apart`.

    There are 8 × 8 tiles, and fewer where one would have less than 64 pixels a side. A lossy format answers to a sample that
    is rounded otherwise with others that are off by ten levels and more, and keeps the means of tiles.
    """
    pairs = _pairs(one, other)
    if pairs is None:
        return None
    rows, columns = _cuts(one.height), _cuts(one.width)
    tiles = [np.s_[top:bottom, left:right] for top, bottom in pairwise(rows) for left, right in pairwise(columns)]
    return max(_of_means(mine[tile], its[tile]) for mine, its in pairs for tile in tiles) / _LEVEL[one.bit_depth]


def _pairs(one: Picture, other: Picture) -> list[tuple[Pixels, Pixels]] | None:
    pairs = [(one.pixels, other.pixels)]
    if one.alpha is not None and other.alpha is not None:
        pairs.append((one.alpha, other.alpha))
    elif one.alpha is not other.alpha:
        return None
    fit = all(mine.shape == its.shape and mine.dtype == its.dtype for mine, its in pairs)
    return pairs if fit else None


def _cuts(side: int) -> list[int]:
    count = min(_TILES, max(1, side // _LEAST))
    return [side * at // count for at in range(count + 1)]


def _of_means(one: Pixels, other: Pixels) -> float:
    return max(abs(mine - its) for mine, its in zip(cv2.mean(one), cv2.mean(other), strict=True))
