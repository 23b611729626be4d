"""The project's own test picture: made, not shipped; a worker colours it before it is given rows."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def sample_picture() -> bytes:
    """A gray PNG of 96 × 64: a sky that fades, a horizon, a disc. The same bytes for every call."""
    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    picture = np.where(y < 40, 235 - 1.5 * y, 60 + y)
    picture = np.where((x - 70) ** 2 + (y - 18) ** 2 < 100, 250, picture)
    encoded = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).save(encoded, "PNG")
    return encoded.getvalue()
