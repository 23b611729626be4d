"""The project's own test picture: made, not shipped; a worker colours it before it is given rows."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

_SIZE = (4000, 3000)


def sample_picture(max_pixels: int = _SIZE[0] * _SIZE[1]) -> bytes:
    """A gray JPEG of 12 megapixels: a sky that fades, a horizon, a disc. The same bytes for the same limit.

    As large as a scan, so that a worker that has coloured it has shown what memory it needs, and has it at hand.

    Args:
        max_pixels: the picture is smaller where this is; at least 1.
    """
    shrink = min(1.0, (max_pixels / (_SIZE[0] * _SIZE[1])) ** 0.5)
    width, height = (max(1, int(side * shrink)) for side in _SIZE)
    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    picture = np.where(y < 40, 235 - 1.5 * y, 60 + y)
    picture = np.where((x - 70) ** 2 + (y - 18) ** 2 < 100, 250, picture)
    encoded = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).resize((width, height)).save(encoded, "JPEG")
    return encoded.getvalue()
