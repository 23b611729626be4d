"""A picture of a palette: the counted colours over the sRGB gamut, the centres, each as large as its share."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.histogram import MIDDLE, SIDE, Counts
from colorizer_core.palette import Points, shadow

Pixels = npt.NDArray[np.uint8]

_SCALE = 4
"""Pixels a unit."""
_L = 70.0
"""The lightness at which colours are shown."""
_PAPER = 24
_LARGEST = 26.0
"""Radius of a centre with all of the colours, pixels; areas are as shares."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def chart(counts: Counts, points: Points, shares: npt.NDArray[np.float64]) -> bytes:
    """A PNG of 1,024 × 1,024: a to the right, b upwards, −128 … 127; brighter where more pixels are (logarithmic).

    Args:
        counts: (256, 256), pixels by a and b.
        points: (k, 2), the palette.
        shares: (k,), of the pixels that are nearest to each point.
    """
    picture = _colours(counts).repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)[::-1].copy()  # b upwards
    _draw_axes(picture)
    cv2.polylines(picture, [_places(shadow())], True, (170, 170, 170), 2, cv2.LINE_AA)
    for place, share in sorted(zip(_places(points).tolist(), shares.tolist(), strict=True), key=lambda one: -one[1]):
        radius = max(2, round(_LARGEST * (max(share, 0.0) / max(shares.max(), 1e-12)) ** 0.5))
        cv2.circle(picture, place, radius, (255, 255, 255), 1, cv2.LINE_AA)
    return cv2.imencode(".png", picture)[1].tobytes()


def _colours(counts: Counts) -> Pixels:
    """(256, 256, 3) B, G, R by b and a: every bin in its own colour, as bright as it is frequent."""
    steps = np.arange(SIDE, dtype=np.float32) - MIDDLE
    a, b = np.meshgrid(steps, steps)
    bgr = cv2.cvtColor(np.dstack([np.full_like(a, _L), a, b]), cv2.COLOR_LAB2BGR)
    strength = np.log1p(counts.T.astype(np.float64))
    strength /= max(float(strength.max()), 1e-12)
    seen = (counts.T > 0) * (0.25 + 0.75 * strength)
    mixed = _PAPER + seen[..., None] * (bgr.clip(0, 1) * 255 - _PAPER)
    colours: Pixels = mixed.round().astype(np.uint8)
    return colours


def _draw_axes(picture: Pixels) -> None:
    for at in range(-100, 101, 50):
        column, row = _places(np.array([(at, at)], np.float64))[0].tolist()
        colour = (90, 90, 90) if at else (140, 140, 140)
        cv2.line(picture, (column, 0), (column, picture.shape[0]), colour, 1)
        cv2.line(picture, (0, row), (picture.shape[1], row), colour, 1)
        cv2.putText(picture, f"{at}", (column + 4, picture.shape[0] - 8), _FONT, 0.45, (200, 200, 200), 1, cv2.LINE_AA)
        cv2.putText(picture, f"{at}", (6, row - 5), _FONT, 0.45, (200, 200, 200), 1, cv2.LINE_AA)
    for name, place in (
        ("a", (picture.shape[1] - 24, picture.shape[0] // 2 - 8)),
        ("b", (picture.shape[1] // 2 + 8, 20)),
    ):
        cv2.putText(picture, name, place, _FONT, 0.6, (220, 220, 220), 1, cv2.LINE_AA)


def _places(points: Points) -> npt.NDArray[np.int32]:
    """(n, 2) a and b → the pixels of the picture where they are."""
    a, b = points[:, 0], points[:, 1]
    places: npt.NDArray[np.int32] = (
        np.stack([a + MIDDLE, SIDE - 1 - MIDDLE - b], axis=1).dot(_SCALE).round().astype(np.int32)
    )
    return places
