"""The recipes: how the network's small map of colours becomes the colours of the photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colorizer_core.chroma import Enlarging
from colorizer_core.gamut import Gamut

Recipe = Literal["published", "photograph"]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a recipe consists of.

    Attributes:
        chroma: how the network's colours are enlarged.
        gamut: what becomes of colours that sRGB can't show.
    """

    chroma: Enlarging
    gamut: Gamut


RECIPES: dict[Recipe, Rendering] = {
    "published": Rendering("published", "clip"),  # Zhang, Isola, Efros 2016: the pixels of the paper's own script
    "photograph": Rendering("guided", "lightness"),  # colour stops at outlines, and every pixel keeps its L
}


def rendering(recipe: Recipe, chroma: Enlarging | None = None, gamut: Gamut | None = None) -> Rendering:
    """A recipe's, with what was asked for by itself in its place."""
    found = RECIPES[recipe]
    return Rendering(chroma or found.chroma, gamut or found.gamut)
