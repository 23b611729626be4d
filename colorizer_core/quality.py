"""Figures about one coloured photograph, which need no true colours to compare with; and what of them a person should look at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from colorizer_core import lightness
from colorizer_core.gamut import share_outside
from colorizer_core.image.picture import Picture, Pixels
from colorizer_core.lab import TO_XYZ, to_f
from colorizer_core.resizing import spread

Flag = Literal["no_color", "one_tint", "clipped"]
"""Hardly any chroma; hardly more than one hue; colours that sRGB can't show, clipped so far that lightness has moved."""

NO_COLOR = 5.0
"""Mean CIE chroma below which a picture looks almost gray."""
ONE_TINT = 0.25
"""Hue entropy below which everything looks tinted alike: grass and what stands on it, say."""
CLIPPED = 1.0
"""CIE L that one pixel in a hundred may move without being seen."""

_POINTS = 128
"""Rows and columns at most, evenly over the picture."""
_OPPONENTS = np.array([[0.0, -1.0, 1.0], [-1.0, 0.5, 0.5]])
"""B, G, R → red less green, and yellow less blue."""
_HUES = 36
"""Of the histogram of hue: 10° each."""
_LEAST = 0.5
"""CIE chroma, which rounding to 8 bits can make of gray: of less no hue is counted."""


@dataclass(frozen=True, slots=True)
class Quality:
    """One coloured photograph in figures, over a grid of at most 128 × 128 of its pixels.

    Attributes:
        colourfulness: M3 of Hasler and Süsstrunk 2003; 0 for gray, 15 slightly, 45 averagely, 82 highly colourful.
        mean_chroma: of the output, CIE units.
        out_of_gamut: share of the pixels, 0 … 1, whose colour lay outside sRGB before it was clipped or its chroma given up.
        delta_l_p99: |L of the output − L of the source| that 99 % of the pixels do not exceed; CIE L, by definition.
        delta_l_max: and that none exceeds.
        hue_entropy: of the hues, each pixel by its chroma, in 36 bins: 0 for one hue or none, 1 for all alike.
    """

    colourfulness: float
    mean_chroma: float
    out_of_gamut: float
    delta_l_p99: float
    delta_l_max: float
    hue_entropy: float

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Why a person should look at it; most often nothing."""
        no_color = self.mean_chroma < NO_COLOR
        said: dict[Flag, bool] = {
            "no_color": no_color,
            "one_tint": not no_color and self.hue_entropy < ONE_TINT,
            "clipped": self.delta_l_p99 > CLIPPED,
        }
        return tuple(flag for flag, holds in said.items() if holds)


class Sampled:
    """A grid of a photograph's pixels, whose Lab is gathered while strips of it are rendered.

    Args:
        picture: the photograph.
    """

    def __init__(self, picture: Picture) -> None:
        self._rows, self._columns = spread(picture.height, _POINTS), spread(picture.width, _POINTS)
        self._source = picture.pixels[np.ix_(self._rows, self._columns)]
        self._lab = np.empty((len(self._rows), len(self._columns), 3), np.float32)

    def take(self, top: int, lab: MatLike) -> None:
        """The rows from `top` on, (n, w, 3) L, a and b as they are to be shown, whether or not sRGB can."""
        first, last = np.searchsorted(self._rows, (top, top + len(lab)))
        for at in range(first, last):
            self._lab[at] = lab[self._rows[at] - top].take(self._columns, axis=0)

    def quality(self, colored: Picture) -> Quality:
        """The figures, once every row was taken.

        Args:
            colored: what is handed to the encoder.
        """
        output = colored.pixels[np.ix_(self._rows, self._columns)]
        found = _lab(output)
        moved = np.abs(found[..., 0] - lightness.defined_strip(Picture(self._source), 0, len(self._rows))).ravel()
        rank = math.ceil(0.99 * moved.size) - 1
        chroma, hue = cv2.cartToPolar(found[..., 1], found[..., 2], angleInDegrees=True)
        return Quality(
            colourfulness=colourfulness(output.astype(np.float32) / np.float32(colored.white)),
            mean_chroma=cv2.mean(chroma)[0],
            out_of_gamut=share_outside(self._lab),
            delta_l_p99=float(np.partition(moved, rank)[rank]),
            delta_l_max=float(moved.max()),
            hue_entropy=_hue_entropy(np.asarray(chroma), np.asarray(hue)),
        )


def colourfulness(bgr: MatLike) -> float:
    """How colourful a picture looks: M3 of Hasler and Süsstrunk, *Measuring colourfulness in natural images*, 2003.

    Args:
        bgr: (h, w, 3) float32, sRGB, 0 … 1.
    """
    means, spreads = cv2.meanStdDev(cv2.transform(bgr, 255 * _OPPONENTS))
    return float(np.linalg.norm(spreads) + 0.3 * np.linalg.norm(means))


def _hue_entropy(chroma: npt.NDArray[np.float32], hue: npt.NDArray[np.float32]) -> float:
    """Shannon's entropy of the hues, weighted by chroma, as a share of the most that so many bins can have."""
    seen = chroma >= _LEAST
    bins = np.minimum((hue[seen] * (_HUES / 360)).astype(np.int64), _HUES - 1)
    weights = np.bincount(bins, chroma[seen], _HUES)
    shares = weights[weights > 0] / max(weights.sum(), _LEAST)
    return float(-(shares * np.log(shares)).sum() / np.log(_HUES))


def _lab(pixels: Pixels) -> npt.NDArray[np.float32]:
    """(h, w, 3) B, G, R → L, a and b by definition, which OpenCV's are up to 0.25 off."""
    xyz = cv2.transform(lightness.linear_samples(Picture(pixels), 0, len(pixels)), TO_XYZ[:, ::-1])
    x, y, z = cv2.split(to_f(xyz.astype(np.float32, copy=False)))
    return cv2.merge([116 * y - 16, 500 * (x - y), 200 * (y - z)]).astype(np.float32, copy=False)
