"""CIE L*a*b* as TIFFs have it → sRGB.

Both encodings are relative to white, and white is D50 (TIFF 6.0, section 23; TIFF Technical Note 4 for ICC's): Lab becomes
CIE XYZ by CIE 15, and that sRGB by its colorants under D50, which are Bradford's of D65. What sRGB can't show is clipped.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.image.picture import Pixels
from colorizer_core.image.samples import strips
from colorizer_core.image.srgb import COLORANTS
from colorizer_core.lab import TO_F, encoded, from_f

Encoding = Literal["cielab", "icclab"]
"""TIFF's own, PhotometricInterpretation 8: a and b are signed. ICC's, 9: they are offset, and 16 bits of L end at 0xFF00."""

_TO_XYZ = np.transpose(list(COLORANTS.values()))
_FROM_SHARES = np.linalg.inv(_TO_XYZ) * _TO_XYZ.sum(axis=1)
"""X, Y and Z, each as a share of white's, → linear R, G and B. White is the colorants' sum: D50, and gray stays gray."""


def lab_to_srgb(pixels: Pixels, encoding: Encoding) -> Pixels:
    """The colours in sRGB, in strips: there is no second picture in floating point.

    Args:
        pixels: (h, w, 3) uint8 or uint16, L, a, b as the file has them; changed in place.
        encoding: which it is.

    Returns:
        `pixels`, as R, G, B.
    """
    white = int(np.iinfo(pixels.dtype).max)
    for rows in strips(*pixels.shape[:2]):
        shares = from_f(cv2.transform(_lab(pixels[rows], encoding), TO_F).astype(np.float32, copy=False))
        light = np.clip(cv2.transform(shares, _FROM_SHARES), 0, 1)
        pixels[rows] = np.rint(white * encoded(light.astype(np.float64)))
    return pixels


def _lab(some: Pixels, encoding: Encoding) -> npt.NDArray[np.float32]:
    """(h, w, 3) float32: L 0 … 100, a and b −128 … 128, CIE units."""
    unit = 1 if some.dtype == np.uint8 else 256
    if encoding == "cielab":
        ab = some[..., 1:].view(f"i{some.itemsize}") / np.float32(unit)
    else:
        ab = some[..., 1:] / np.float32(unit) - np.float32(128)
    most = 255 * unit if encoding == "icclab" else np.iinfo(some.dtype).max
    return np.dstack([some[..., :1] * np.float32(100 / most), ab]).astype(np.float32, copy=False)
