"""The palette: the ab bins that the network tells apart. Derived, or read from an .npy file, which is never unpickled."""

from __future__ import annotations

import io
import tokenize

import cv2
import numpy as np
import numpy.typing as npt
from numpy.lib.format import read_array

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
"""What NumPy raises for bytes that are no .npy file."""
_FARTHEST = 128.0
_SAMPLES = 256
_AT_ONCE = 256


def shadow() -> Points:
    """The convex hull of the sRGB gamut's ab shadow: (n, 2) float64, its corners in order.

    It needs only the six edges of the RGB cube between saturated colours.
    """
    return _hull(from_srgb(_saturated_edges())[:, 1:])


def published_points() -> npt.NDArray[np.int64]:
    """The 313 ab bins of Zhang, Isola and Efros 2016, derived, in the published order (by a, then b).

    They are the multiples of 10 in the convex hull of the sRGB gamut's ab shadow, dilated by a square of ±10.
    """
    corners = GRID * np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    hull = _hull(np.concatenate([shadow() + corner for corner in corners]))
    steps = GRID * np.arange(-13, 14)
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    return grid[inside(hull, grid)].astype(np.int64)


def load_points(npy: bytes) -> Points:
    """The bins of a palette file.

    Returns:
        (k, 2) float64, CIE a and b.

    Raises:
        ModelError: these bytes are no palette.
    """
    try:
        points = read_array(io.BytesIO(npy), allow_pickle=False)  # `numpy.load` would open a zip file too
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


def nearest(points: Points, to: Points) -> npt.NDArray[np.intp]:
    """For each of (n, 2) points the number of the nearest of (k, 2) others; of two at one distance the first."""
    squares = (to**2).sum(axis=1)
    found = np.empty(len(points), np.intp)
    for at in range(0, len(points), _AT_ONCE):
        found[at : at + _AT_ONCE] = np.argmin(squares - 2 * points[at : at + _AT_ONCE] @ to.T, axis=1)
    return found


def _saturated_edges() -> Points:
    """(6 · 256, 3): along the cube's edges red → yellow → green → cyan → blue → magenta → red."""
    corners = np.array([(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1)], np.float64)
    along = np.linspace(0, 1, _SAMPLES)[:, None]
    return np.concatenate([a + (b - a) * along for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)])


def _hull(points: Points) -> Points:
    return cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)


def inside(hull: Points, points: npt.NDArray[np.int64] | Points) -> npt.NDArray[np.bool_]:
    """(corners, 2) and (n, 2) → (n,): which points lie in a convex polygon, on the same side of every edge."""
    edges = np.roll(hull, -1, axis=0) - hull
    away = points[:, None, :] - hull[None, :, :]
    side = edges[None, :, 0] * away[:, :, 1] - edges[None, :, 1] * away[:, :, 0]
    found: npt.NDArray[np.bool_] = np.all(side >= 0, axis=1) | np.all(side <= 0, axis=1)
    return found
