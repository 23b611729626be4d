"""The figures of coloured photographs and which would be flagged: `python -m bench.quality DATA`; docs/kinds.md tells of them.

DATA is a folder with `historical/` and `eval/photos.parquet`. They are coloured by the embedded model, or by `--model`. `--cost`
measures instead what the kind and the figures add to rendering a gray picture of 12 megapixels, by processor time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import pyarrow.parquet as pq

from bench.colorizer import MINI, read
from bench.kinds import small
from colorizer_core import lightness
from colorizer_core.colorizer import STRIP, render
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.image.decode import decode
from colorizer_core.image.picture import Picture
from colorizer_core.kind import signs
from colorizer_core.quality import Quality, Sampled

ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Coloured:
    """A photograph, coloured."""

    name: str
    picture: Picture
    quality: Quality


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--model", type=Path, default=MINI)
    parser.add_argument("--sheet", type=Path, help="write the flagged ones side by side into this PNG")
    parser.add_argument("--cost", action="store_true")
    options = parser.parse_args()
    if options.cost:
        show_cost()
    else:
        show(list(coloured(options.data, options.model)), options.sheet)


def coloured(data: Path, model: Path) -> Iterator[Coloured]:
    engine = OpenCVEngine(read(model), 1)
    for name, picture in photographs(data):
        ab = engine.forward(lightness.network_input(picture, engine.input_size))
        sampled = Sampled(picture)
        done = render(picture, ab, sampled=sampled)
        yield Coloured(name, done, sampled.quality(done))


def photographs(data: Path) -> Iterator[tuple[str, Picture]]:
    for path in sorted((data / "historical").iterdir()):
        yield path.stem, decode(path.read_bytes(), 10**9)
    for row in pq.read_table(data / "eval/photos.parquet", columns=["id", "jpeg"]).to_pylist():
        yield row["id"], Picture(small(decode(row["jpeg"], 10**9).pixels))


def show(found: list[Coloured], sheet: Path | None) -> None:
    shares = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
    print("| figure | " + " | ".join(f"{share:.0%}" for share in shares) + " |\n" + "|---" * 8 + "|")
    for figure in asdict(found[0].quality):
        values = np.quantile([getattr(one.quality, figure) for one in found], shares)
        print(f"| {figure} | " + " | ".join(f"{value:.3g}" for value in values) + " |")
    flagged = [one for one in found if one.quality.flags]
    print(f"{len(flagged)} of {len(found)} are flagged")
    for one in flagged:
        print(f"{one.name}: {','.join(one.quality.flags)} {one.quality}")
    if sheet is not None:
        cells = [cv2.resize(one.picture.pixels, (240, 240), interpolation=cv2.INTER_AREA) for one in flagged]
        cells += [np.zeros_like(cells[0])] * (-len(cells) % 8)
        cv2.imwrite(str(sheet), np.vstack([np.hstack(cells[at : at + 8]) for at in range(0, len(cells), 8)]))


def show_cost() -> None:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    picture = Picture(cv2.resize(rng.integers(0, 256, (75, 100), np.uint8), (4000, 3000)))
    ab = rng.normal(0, 20, (2, 56, 56)).astype(np.float32)
    rounds = [_cost(picture, ab) for _ in range(ROUNDS)]
    shares = sorted(figures / rendering for rendering, figures in rounds)
    print(f"rendering alone: {1000 * median(rendering for rendering, _ in rounds):.0f} ms of processor time")
    print(f"kind and figures: {1000 * median(figures for _, figures in rounds):.1f} ms, {median(shares):.1%} of that")
    print(f"{shares[0]:.1%} … {shares[-1]:.1%} in {ROUNDS} rounds")


def _cost(picture: Picture, ab: np.ndarray) -> tuple[float, float]:
    """Seconds of rendering, and of all that is measured before, meanwhile and behind it (a clock in each strip costs more)."""
    strip = np.zeros((STRIP, picture.width, 3), np.float32)
    begun = time.thread_time()
    signs(picture)
    sampled = Sampled(picture)
    middle = time.thread_time()
    done = render(picture, ab)
    rendered = time.thread_time()
    for top in range(0, picture.height, STRIP):
        sampled.take(top, strip[: picture.height - top])
    sampled.quality(done)
    return rendered - middle, middle - begun + time.thread_time() - rendered


if __name__ == "__main__":
    main()
