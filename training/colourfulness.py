"""How colourful a picture looks, from its Lab."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core import quality


def colourfulness(lightness: npt.NDArray[np.float32], ab: npt.NDArray[np.float32]) -> float:
    """M3 of Hasler and Süsstrunk: 0 for gray; 15 slightly, 45 averagely, 82 highly colourful.

    Args:
        lightness: (h, w) CIE L.
        ab: (2, h, w) CIE ab; what is outside sRGB is clipped.
    """
    return quality.colourfulness(cv2.cvtColor(np.dstack([lightness, *ab]), cv2.COLOR_Lab2BGR).clip(0, 1))
