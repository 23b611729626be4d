"""L of a photograph: by OpenCV's sRGB → Lab (D65) as the published recipe has it, or by definition; in strips, and small."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.image.picture import Picture, Pixels
from colorizer_core.lab import KNEE, L_MIDDLE, LUMINANCE, from_srgb, linear
from colorizer_core.resizing import Samples

Map = npt.NDArray[np.float32]

_SLOPE = (29 / 3) ** 3
"""CIE 15: L is 116 ∛Y − 16 above the knee, and so many times Y below."""


def strip(picture: Picture, top: int, bottom: int) -> Map:
    """L of rows `top` to `bottom`: (bottom − top, w) float32, 0 … 100."""
    pixels = picture.pixels[top:bottom]
    if not picture.is_gray:
        return _of_colour(pixels.astype(np.float32) / np.float32(picture.white))
    return _looked_up(pixels, _table(picture.white))


def defined_strip(picture: Picture, top: int, bottom: int) -> Map:
    """The same by the definition of L, from which OpenCV's own is up to 0.25 off in the shadows."""
    if picture.is_gray:
        return _looked_up(picture.pixels[top:bottom], _defined_table(picture.white))
    y = cv2.transform(linear_samples(picture, top, bottom), LUMINANCE[None, ::-1])
    found: Map = np.where(y > KNEE, 116 * cv2.pow(y, 1 / 3) - 16, np.float32(_SLOPE) * y)
    return found


def linear_samples(picture: Picture, top: int, bottom: int) -> Map:
    """Rows `top` to `bottom` without sRGB's gamma, 0 … 1: float32, of as many channels."""
    return _looked_up(picture.pixels[top:bottom], _linear_table(picture.white))


def network_input(picture: Picture, size: int) -> Map:
    """What the network sees: (size, size) float32, L minus 50 of the picture resized bilinearly, without smoothing.

    Of a large photograph only the four neighbours of each sample are touched: the same values as resizing it all.
    """
    rows, columns = Samples.along(picture.height, size), Samples.along(picture.width, size)
    corners = picture.pixels.take(rows.neighbours.T.flat, axis=0).take(columns.neighbours.T.flat, axis=1)
    shares = corners.astype(np.float32) / np.float32(picture.white)
    small = _mixed(_mixed(shares, columns.weights[:, 1], 1), rows.weights[:, 1], 0)
    coloured = np.dstack([small] * 3) if picture.is_gray else small
    shifted: Map = _of_colour(coloured) - np.float32(L_MIDDLE)
    return shifted


def reduced(picture: Picture, size: int) -> Map:
    """The mean of L around each of size × size places: (size, size) float32, 0 … 100.

    Of a large photograph L is taken of pixels that are means themselves, an eighth of a place wide. Of a very large one those are
    means of means of n × n pixels, which OpenCV takes three times as fast; up to n − 1 last rows and columns do not count.
    """
    some: Any = picture.pixels
    each = min(picture.width, picture.height) // (2 * 8 * size)
    if each > 1:
        width, height = picture.width // each, picture.height // each
        some = cv2.resize(some[: each * height, : each * width], (width, height), interpolation=cv2.INTER_AREA)
    width, height = (min(side, 8 * size) for side in some.shape[1::-1])
    some = cv2.resize(some, (width, height), interpolation=cv2.INTER_AREA)
    means: Any = cv2.resize(strip(Picture(some), 0, height), (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32)


def _looked_up(pixels: Pixels, table: Map) -> Map:
    """(…) 8 or 16 bits → what the table has for each."""
    if pixels.dtype == np.uint8:
        return cv2.LUT(pixels, table).astype(np.float32, copy=False)
    deep: Map = table.take(pixels)
    return deep


@cache
def _defined_table(white: int) -> Map:
    """L of every gray, by definition: (white + 1,) float32."""
    return from_srgb(np.repeat(np.arange(white + 1)[:, None] / white, 3, axis=1))[:, 0].astype(np.float32)


@cache
def _linear_table(white: int) -> Map:
    """Every sample without its gamma: (white + 1,) float32."""
    return linear(np.arange(white + 1) / white).astype(np.float32)


@cache
def _table(white: int) -> Map:
    """L of every gray: (white + 1,) float32."""
    grays = np.arange(white + 1, dtype=np.float32)[None] / white
    return np.ascontiguousarray(_of_colour(np.dstack([grays] * 3).astype(np.float32, copy=False))[0])


def _mixed(pairs: Map, share: Map, axis: int) -> Map:
    """The lower neighbours, then the upper ones, along `axis` (0 or 1) → one sample of each two."""
    count = len(share)
    lower, upper = (pairs[:count], pairs[count:]) if axis == 0 else (pairs[:, :count], pairs[:, count:])
    along = [1] * pairs.ndim
    along[axis] = count
    mixed: Map = lower + (upper - lower) * share.reshape(along)
    return mixed


def _of_colour(bgr: Map) -> Map:
    """(h, w, 3) float32 0 … 1 → (h, w)."""
    return np.ascontiguousarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB)[..., 0])
