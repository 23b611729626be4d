"""The project's own test picture: made, not shipped; a worker colours it before it is given rows."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

_SIZE = (4000, 3000)


def sample_picture() -> bytes:
    """A gray JPEG of 12 megapixels: a sky that fades, a horizon, a disc. The same bytes for every call.

    As large as a scan, so that a worker that has coloured it has shown what memory it needs, and has it at hand.
    """
    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    picture = np.where(y < 40, 235 - 1.5 * y, 60 + y)
    picture = np.where((x - 70) ** 2 + (y - 18) ** 2 < 100, 250, picture)
    encoded = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).resize(_SIZE).save(encoded, "JPEG")
    return encoded.getvalue()
