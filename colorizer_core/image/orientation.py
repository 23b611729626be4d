"""EXIF orientation (EXIF 2.32, tag 0x0112): how the rows and columns of a file lie on the page."""

from __future__ import annotations

import numpy as np

from colorizer_core.image.picture import Picture, Pixels

ORIENTATION = 0x0112


def upright(picture: Picture, orientation: int) -> Picture:
    """The picture as it is meant to be seen, for an orientation of 1 … 8; the same object for 1."""
    if orientation == 1:
        return picture
    alpha = None if picture.alpha is None else _turned(picture.alpha, orientation)
    return Picture(_turned(picture.pixels, orientation), alpha)


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    return np.ascontiguousarray(turned)
