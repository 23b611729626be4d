"""What the recipes do at an outline, at 100%: `python -m examples.outline SHEET`.

A photograph's own colours, made as small as the network's answer (56 × 56) and enlarged again: as they were, by the recipe
published, by the recipe photograph. So only the recipe differs, and no network's taste.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from colorizer_core.colorizer import render
from colorizer_core.image.picture import Picture
from colorizer_core.recipe import RECIPES
from examples.contact_sheet import lay_out
from examples.photographs import paths

_SHOWN = {"flower": (20, 150), "astronaut": (130, 30), "coffee": (30, 160)}
"""Photographs, and where each crop begins: row, column."""
_CROP = 220
_SIDE = 56


def outline(sheet: Path) -> None:
    """Writes the sheet, a JPEG: a strip for each photograph, pixel for pixel."""
    strips = []
    for path in (path for path in paths() if path.stem in _SHOWN):
        true = cv2.imread(str(path), cv2.IMREAD_COLOR).astype(np.uint8)
        top, left = _SHOWN[path.stem]
        versions = [true, *_restored(Picture(true))]
        strips.append([one[top : top + _CROP, left : left + _CROP] for one in versions])
    cv2.imwrite(str(sheet), lay_out(strips, _CROP), [cv2.IMWRITE_JPEG_QUALITY, 90])


def _restored(picture: Picture) -> list[np.ndarray]:
    lab = cv2.cvtColor(picture.pixels.astype(np.float32) / picture.white, cv2.COLOR_BGR2LAB)
    small = cv2.resize(lab, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)[..., 1:].transpose(2, 0, 1)
    ab = np.ascontiguousarray(small)
    return [render(picture, ab, recipe.chroma, recipe.gamut).pixels for recipe in RECIPES.values()]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.outline", description=__doc__)
    parser.add_argument("sheet", type=Path, help="the JPEG to write")
    outline(parser.parse_args().sheet)


if __name__ == "__main__":
    main()
