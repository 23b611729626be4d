"""CIE L*a*b* of sRGB colours under D65, and sRGB's gamma, by definition: for the palette, the gamut, L and the figures.

The recipe `published` goes through OpenCV's conversion instead, as its script does.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Real = TypeVar("Real", np.float32, np.float64)

L_MIDDLE = 50.0
"""What the network's input is shifted by: L runs from 0 to 100."""

# IEC 61966-2-1: linear sRGB → CIE XYZ, and the D65 white that the matrix gives for (1, 1, 1).
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)
TO_XYZ = _TO_XYZ / _WHITE[:, None]
"""Linear R, G, B → CIE XYZ, each as a share of white's."""
FROM_XYZ = np.linalg.inv(_TO_XYZ) * _WHITE
"""The inverse."""
LUMINANCE = _TO_XYZ[1]
"""What linear R, G and B count in CIE Y."""
# CIE 15: f(t) is a cube root above (6/29)³ and the tangent below it.
KNEE = (6 / 29) ** 3
_SLOPE = (29 / 6) ** 2 / 3
TO_F = np.array([[1 / 116, 1 / 500, 0, 16 / 116], [1 / 116, 0, 0, 16 / 116], [1 / 116, 0, -1 / 200, 16 / 116]])
"""L, a, b, 1 → f of X, Y and Z."""


def from_srgb(rgb: Floats) -> Floats:
    """SRGB to Lab.

    Args:
        rgb: (…, 3) float64, gamma-encoded, 0 … 1.

    Returns:
        (…, 3) float64: L 0 … 100, a and b about −110 … 110.
    """
    f = to_f(linear(rgb) @ _TO_XYZ.T / _WHITE)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def linear(rgb: Floats) -> Floats:
    """SRGB without its gamma, 0 … 1 (IEC 61966-2-1). Of any shape."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def encoded(light: Floats) -> Floats:
    """Linear light, 0 … 1, with sRGB's gamma: what `linear` undoes. Of any shape."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def to_f(shares: npt.NDArray[Real]) -> npt.NDArray[Real]:
    """CIE 15's f of X, Y and Z, each as a share of white's. Of any shape; float32 stays float32."""
    f: npt.NDArray[Real] = np.where(shares > KNEE, np.cbrt(shares), _SLOPE * shares + 4 / 29)
    return f


def from_f(f: npt.NDArray[Real]) -> npt.NDArray[Real]:
    """The inverse of `to_f`."""
    shares: npt.NDArray[Real] = np.where(f > 6 / 29, f * f * f, (f - 4 / 29) / _SLOPE)
    return shares


def is_in_srgb(lab: Floats) -> npt.NDArray[np.bool_]:
    """Whether colours lie in sRGB, its surface included.

    Args:
        lab: (…, 3) float64.

    Returns:
        (…) bool.
    """
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    rgb = from_f(f) @ FROM_XYZ.T
    inside: npt.NDArray[np.bool_] = np.all((rgb >= 0) & (rgb <= 1), axis=-1)
    return inside
