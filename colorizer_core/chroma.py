"""The network's small ab map at the photograph's size, a strip of rows at a time."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.resizing import Samples

Map = npt.NDArray[np.float32]


class Chroma:
    """Bilinear enlargement, as published: across once, down as the strips ask for it.

    Args:
        ab: (2, m, m) float32, CIE units.
        width: of the photograph, pixels.
        height: likewise.
    """

    def __init__(self, ab: Map, width: int, height: int) -> None:
        side = ab.shape[1]
        # a and b of a row side by side: one pass over a row interpolates both.
        across = [cv2.resize(plane, (width, side), interpolation=cv2.INTER_LINEAR) for plane in ab]
        self._across = np.hstack(across).astype(np.float32, copy=False)
        self._down = Samples.along(side, height)
        self._width = width

    def strip(self, top: int, bottom: int) -> tuple[Map, Map]:
        """The a and b of rows `top` to `bottom`, each (bottom − top, w) float32."""
        both = np.empty((bottom - top, 2 * self._width), np.float32)
        for row in range(top, bottom):
            share = float(self._down.share[row])
            lower, upper = self._across[self._down.lower[row]], self._across[self._down.upper[row]]
            cv2.addWeighted(lower, 1 - share, upper, share, 0, dst=both[row - top].reshape(-1, 1))
        return both[:, : self._width], both[:, self._width :]
