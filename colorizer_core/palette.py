"""The palette: the ab bins that the network tells apart. Derived, or read from an .npy file, which is never unpickled."""

from __future__ import annotations

import io
import tokenize

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.errors import ModelError
from colorizer_core.lab import from_srgb
from colorizer_core.network.caffe import what_it_is

Points = npt.NDArray[np.float64]

GRID = 10
"""Spacing of the published bins, CIE units."""
_UNREADABLE = (
    *(ValueError, EOFError, OSError, SyntaxError, TypeError, MemoryError, OverflowError, RecursionError),
    tokenize.TokenError,  # NumPy reads a header that is no Python literal once more, word by word
)
"""What `numpy.load` raises for bytes that are no .npy file."""
_FARTHEST = 128.0
_SAMPLES = 256


def published_points() -> npt.NDArray[np.int64]:
    """The 313 ab bins of Zhang, Isola and Efros 2016, derived, in the published order (by a, then b).

    They are the multiples of 10 in the convex hull of the sRGB gamut's ab shadow, dilated by a square of ±10. The hull
    needs only the six edges of the RGB cube between saturated colours.
    """
    shadow = from_srgb(_saturated_edges())[:, 1:]
    dilated = np.concatenate([shadow + corner for corner in GRID * np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])])
    hull = cv2.convexHull(dilated.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    steps = GRID * np.arange(-13, 14)
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    return grid[_inside(hull, grid)].astype(np.int64)


def load_points(npy: bytes) -> Points:
    """The bins of a palette file.

    Returns:
        (k, 2) float64, CIE a and b.

    Raises:
        ModelError: these bytes are no palette.
    """
    try:
        points = np.load(io.BytesIO(npy), allow_pickle=False)
    except _UNREADABLE as error:
        raise ModelError(f"the palette is no .npy file of numbers: {what_it_is(npy)}") from error
    if not isinstance(points, np.ndarray) or points.dtype.kind not in "iuf" or points.ndim != 2 or points.shape[1] != 2:
        raise ModelError(f"the palette must be an array of shape (k, 2): {what_it_is(npy)}")
    if not len(points) or not np.all(np.abs(points) <= _FARTHEST):
        raise ModelError(f"the palette's {len(points)} points do not all lie within ±{_FARTHEST:.0f}")
    return points.astype(np.float64)


def save_points(points: npt.NDArray[np.int64] | Points) -> bytes:
    """The .npy file of a palette, (k, 2)."""
    file = io.BytesIO()
    np.save(file, points, allow_pickle=False)
    return file.getvalue()


def _saturated_edges() -> Points:
    """(6 · 256, 3): along the cube's edges red → yellow → green → cyan → blue → magenta → red."""
    corners = np.array([(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1)], np.float64)
    along = np.linspace(0, 1, _SAMPLES)[:, None]
    return np.concatenate([a + (b - a) * along for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)])


def _inside(hull: Points, points: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which points lie in a convex polygon: on the same side of every edge."""
    edges = np.roll(hull, -1, axis=0) - hull
    away = points[:, None, :] - hull[None, :, :]
    side = edges[None, :, 0] * away[:, :, 1] - edges[None, :, 1] * away[:, :, 0]
    inside: npt.NDArray[np.bool_] = np.all(side >= 0, axis=1) | np.all(side <= 0, axis=1)
    return inside
