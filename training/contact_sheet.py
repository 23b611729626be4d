"""Pictures to look at: gray, coloured and true side by side. `python -m training.contact_sheet --out PNG PARQUET|IMAGE…`."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq

from colorizer_core import lightness
from colorizer_core.colorizer import render
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.image.picture import Picture
from colorizer_core.recipe import RECIPES
from examples.contact_sheet import lay_out
from training.data import Pixels, decode
from training.model_folder import read_model

LONGEST = 320
"""Side to which a photograph is brought, pixels."""
RECIPE = RECIPES["photograph"]
TALL = 150
"""On the sheet, pixels."""


def main() -> None:
    options = parse()
    engine = OpenCVEngine(read_model(options.model))
    strips = [
        strip(engine, pixels, options.gray) for path in options.photographs for pixels in read(path, options.every)
    ]
    cv2.imwrite(str(options.out), cv2.cvtColor(lay_out(strips, TALL), cv2.COLOR_RGB2BGR))


def read(path: Path, every: int) -> list[Pixels]:
    """The photographs of a Parquet file (each `every`-th), or the one of an image file; unreadable ones left out."""
    jpegs = (
        pq.read_table(path, columns=["jpeg"])["jpeg"].to_pylist()[::every]
        if path.suffix == ".parquet"
        else [path.read_bytes()]
    )
    decoded = (decode(jpeg, LONGEST) for jpeg in jpegs)
    return [pixels for pixels in decoded if pixels is not None]


def strip(engine: OpenCVEngine, true: Pixels, gray_only: bool) -> list[Pixels]:
    """One photograph as gray, coloured and, unless it was gray to begin with, true."""
    gray = cv2.cvtColor(cv2.cvtColor(true, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return [gray, colour(engine, gray)] + ([] if gray_only else [true])


def colour(engine: OpenCVEngine, gray: Pixels) -> Pixels:
    """(h, w, 3) uint8 gray → the same with the network's colours, as the job makes them by default, at the size of the sheet."""
    picture = Picture(np.ascontiguousarray(gray[..., 0]), None)
    ab = engine.forward(lightness.network_input(picture, engine.input_size))
    return cv2.cvtColor(render(picture, ab, RECIPE.chroma, RECIPE.gamut).pixels, cv2.COLOR_BGR2RGB)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.contact_sheet", description=__doc__)
    parser.add_argument("photographs", type=Path, nargs="+", help="Parquet files with a column jpeg, or image files")
    parser.add_argument("--out", type=Path, required=True, help="the sheet: a .png or .jpg")
    parser.add_argument("--model", type=Path, default=Path("models/mini"), help="a folder of three files")
    parser.add_argument("--every", type=int, default=1, help="take every n-th photograph of a Parquet file")
    parser.add_argument("--gray", action="store_true", help="the photographs are gray: show no third picture")
    return parser.parse_args()


if __name__ == "__main__":
    main()
