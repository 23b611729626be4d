"""Colours that sRGB can't show, brought into it: chroma is given up at constant L and hue; lightness is the photograph's."""

from __future__ import annotations

from functools import cache
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from colorizer_core.lab import FROM_XYZ, TO_F, from_f, is_in_srgb

Map = npt.NDArray[np.float32]

Gamut = Literal["clip", "lightness"]
"""What becomes of colours that sRGB can't show: R, G and B are clipped, as published, or chroma is given up."""

_LEVELS, _HUES = 512, 720
"""Steps of L, 0 … 100, and of the hue angle, 0 … 360°, between which the greatest chroma is interpolated.

ΔL of a million colours drawn evenly over L, hue and chroma: at most 0.006 before they are rounded, 0.25 in 8 bits.
"""
_HALVINGS = 14
"""Of the range in which that chroma is sought: 140 units become 0.01."""
_MOST = 140.0
"""More chroma than any sRGB colour has."""
_ROW = 256
_MOST_ROWS = 32_766
"""Pixels to a row of what `cv2.remap` is given, and rows: it takes no side over 32,767."""
_BLACK, _WHITE = 1e-6, 1 - 1e-6
"""A channel that OpenCV clipped is 0 or 1."""

_SLACK = 1e-4
"""How far outside 0 … 1 linear R, G and B may be by float32's rounding: a third of a level of 255 in the shadows."""


def share_outside(lab: Map) -> float:
    """How many of some colours sRGB can't show, 0 … 1: from linear R, G and B, which nothing has clipped.

    Args:
        lab: (h, w, 3) float32, CIE L, a, b.
    """
    xyz = from_f(cv2.transform(lab, TO_F).astype(np.float32, copy=False))
    inside = cv2.inRange(cv2.transform(xyz, FROM_XYZ), (-_SLACK,) * 3, (1 + _SLACK,) * 3)
    return (inside.size - cv2.countNonZero(inside)) / inside.size


def keep_lightness(lab: MatLike, bgr: MatLike, conversion: int) -> None:
    """Gives the pixels that were clipped the nearest colour inside sRGB that has their L and hue.

    Args:
        lab: (h, w, 3) float32, CIE L, a, b.
        bgr: (h, w, 3) float32, the same as OpenCV converts and clips it, 0 … 1; changed.
        conversion: which that was: cv2.COLOR_LAB2BGR, or cv2.COLOR_LAB2LBGR for linear light.
    """
    least, most, _, _ = cv2.minMaxLoc(bgr.reshape(1, -1))
    if least > _BLACK and most < _WHITE:
        return
    inside = cv2.inRange(bgr, (_BLACK,) * 3, (_WHITE,) * 3)
    clipped = np.flatnonzero(inside == 0)
    for first in range(0, len(clipped), _MOST_ROWS * _ROW):
        some = clipped[first : first + _MOST_ROWS * _ROW]
        bgr.reshape(-1, 3)[some] = cv2.cvtColor(_less_chroma(lab.reshape(-1, 3)[some])[None], conversion)[0]


def _less_chroma(lab: MatLike) -> MatLike:
    """(n, 3) → the same with no more chroma than fits."""
    padded = np.resize(lab, (-(-len(lab) // _ROW) * _ROW, 3))
    lightness, a, b = (np.ascontiguousarray(padded[:, channel]).reshape(-1, _ROW) for channel in range(3))
    chroma, hue = cv2.cartToPolar(a, b, angleInDegrees=True)
    most = cv2.remap(
        _greatest_chroma(), hue * np.float32(_HUES / 360), lightness * np.float32(_LEVELS / 100), cv2.INTER_LINEAR
    )
    share = np.minimum(1, most / np.maximum(chroma, np.float32(1e-6)))
    return np.stack([lightness, a * share, b * share], axis=-1).reshape(-1, 3)[: len(lab)]


@cache
def _greatest_chroma() -> Map:
    """(levels + 1, hues + 1) float32: the chroma up to which a colour of that L and hue is inside sRGB."""
    lightness = np.linspace(0, 100, _LEVELS + 1)[:, None]
    hue = np.linspace(0, 2 * np.pi, _HUES + 1)[None]
    low = np.zeros((_LEVELS + 1, _HUES + 1))
    high = np.full_like(low, _MOST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        lab = np.stack([lightness + 0 * hue, middle * np.cos(hue), middle * np.sin(hue)], axis=-1)
        inside = is_in_srgb(lab)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    # The least of the neighbours: between steps the true limit may bend inwards.
    least: Map = cv2.erode(low.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.float32, copy=False)
    return least
