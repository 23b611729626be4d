"""What kind of picture a source is: gray, toned (sepia, cyanotype), in colour, or blank.

A print is toned where its colour is a curve over its lightness; in a colour photograph things of one lightness differ in
colour. The thresholds were chosen on photographs: docs/kinds.md has what each is found to be, by `python -m bench.kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.image.picture import Picture
from colorizer_core.resizing import spread

Map = npt.NDArray[np.float32]

Kind = Literal["gray", "toned", "color", "blank"]
"""No colour to speak of, one tint or a curve of tints over lightness, a colour photograph, nothing at all."""

Already = Literal["skip", "recolor"]
"""What becomes of a colour photograph: it is left alone, or coloured from its lightness as if it were gray."""

BLANK = 3.0
"""CIE L: a picture whose lightness has less range than this shows nothing. About 8 levels of 255."""
GRAY = 3.0
"""CIE chroma: below it nobody sees a tint."""
OFF_CURVE, OFF_CURVE_PER_CHROMA = 3.0, 0.05
"""CIE units off the curve of tints that still are a toned print's, and more per unit of chroma: strong tints are noisier."""
VIVID = 60.0
"""CIE chroma that no toned print has: strong sepia and cyanotypes have 47 at most."""

_SIDE = 64
_MARGIN = 0.08
"""Of each side, where mounts, stamps, rulers and colour targets lie, that is not looked at."""
_FEWEST = 256
"""Places. In a picture that has fewer nothing can be told, and it is taken for gray."""
_STEPS = 16
"""Of lightness, as many places in each, between whose medians the curve is straight."""
_ALONG = 0.6
"""What a distance along the tint's own hue counts: there JPEG's coarse chroma, and places both light and dark, shift colours."""
_MOST = 0.95
"""Of the places: what has a colour of its own on a twentieth of a print (a stamp, ink) does not make it a colour photograph."""
_SPECKS = 0.001
"""Of the places at either end of lightness that may be dust."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What was measured of a picture, in CIE units.

    A picture is looked at in 64 × 64 places at most, each by its mean, its margins left out.

    Attributes:
        contrast: the range of L, but for specks.
        chroma: that 95 % of the places do not exceed; 0 … about 130.
        off_curve: how far from the curve of tints over L the colours of 95 % of the places are at most; 0 for gray.
    """

    contrast: float
    chroma: float
    off_curve: float

    @property
    def kind(self) -> Kind:
        """What they say. A picture that is even in lightness and not in colour is no blank."""
        limit = OFF_CURVE + OFF_CURVE_PER_CHROMA * self.chroma
        if self.off_curve > limit or (self.chroma > VIVID and self.contrast >= BLANK):
            return "color"
        if self.contrast < BLANK:
            return "blank"
        return "gray" if self.chroma < GRAY else "toned"


_TOO_SMALL = Signs(contrast=100.0, chroma=0.0, off_curve=0.0)


def signs(picture: Picture) -> Signs:
    """Measures a picture. Alpha is not looked at."""
    places = _places(picture)
    rows, columns = (round(side * _MARGIN) for side in places.shape[:2])
    inner = places[rows : places.shape[0] - rows, columns : places.shape[1] - columns]
    if inner.shape[0] * inner.shape[1] < _FEWEST:
        return _TOO_SMALL
    if picture.is_gray:
        inner = np.dstack([inner] * 3)
    lab = cv2.cvtColor(inner, cv2.COLOR_BGR2LAB).reshape(-1, 3).astype(np.float32, copy=False)
    lightness, ab = lab[:, 0], lab[:, 1:]
    ordered, specks = np.sort(lightness), int(_SPECKS * len(lightness))
    contrast = float(ordered[-1 - specks] - ordered[specks])
    chroma = 0.0 if picture.is_gray else float(np.quantile(np.hypot(ab[:, 0], ab[:, 1]), _MOST))
    return Signs(contrast, chroma, _off_curve(lightness, ab) if chroma >= GRAY else 0.0)


def _places(picture: Picture) -> Map:
    """(h, w) or (h, w, 3) B, G, R of at most 64 × 64 places, 0 … 1: each the mean of at most 4 × 4 samples, gamma and all."""
    pixels = picture.pixels
    points = pixels[np.ix_(*(spread(side, 4 * _SIDE) for side in pixels.shape[:2]))].astype(np.float32)
    size = (min(pixels.shape[1], _SIDE), min(pixels.shape[0], _SIDE))
    means: Any = cv2.resize(points, size, interpolation=cv2.INTER_AREA)
    found: Map = means / np.float32(picture.white)
    return found


def _off_curve(lightness: Map, ab: Map) -> float:
    """How far from the curve of tints 95 % of the colours are at most; (n,) and (n, 2)."""
    order = np.argsort(lightness, kind="stable")
    steps = order[: len(order) // _STEPS * _STEPS].reshape(_STEPS, -1)
    at, tints = np.median(lightness[steps], axis=1), np.median(ab[steps], axis=1)
    curve = np.stack([np.interp(lightness, at, tints[:, channel]) for channel in range(2)], axis=-1)
    along = np.linalg.eigh(curve.T @ curve)[1][:, -1]  # the curve's own direction, from neutral
    off = ab - curve
    distance = np.hypot(_ALONG * (off @ along), off @ np.array([-along[1], along[0]]))
    return float(np.quantile(distance, _MOST))
