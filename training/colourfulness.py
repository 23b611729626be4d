"""How colourful a picture looks. Hasler and Süsstrunk, *Measuring colourfulness in natural images*, 2003."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def colourfulness(lightness: npt.NDArray[np.float32], ab: npt.NDArray[np.float32]) -> float:
    """M3 of the paper: 0 for gray; 15 slightly, 45 averagely, 82 highly colourful.

    Args:
        lightness: (h, w) CIE L.
        ab: (2, h, w) CIE ab; what is outside sRGB is clipped.
    """
    rgb = 255 * cv2.cvtColor(np.dstack([lightness, *ab]), cv2.COLOR_Lab2RGB).clip(0, 1)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    opponents = np.stack([red - green, (red + green) / 2 - blue]).reshape(2, -1)
    spread, away = np.hypot(*opponents.std(axis=1)), np.hypot(*opponents.mean(axis=1))
    return float(spread + 0.3 * away)
