"""`python -m bench.rounding FOLDER [COUNT]`: what becomes of ab that is rounded otherwise once a picture is encoded.

Photographs of the folder, made gray and at most 700 pixels a side, are coloured by the embedded model: as it is, with noise in
ab, and with 1 more in a and b. For each format: the farthest sample, and the farthest mean of a tile, in levels of 255.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bench.colorizer import MINI, read
from colorizer_core.colorizer import Colorizer, Options
from colorizer_core.engines import Engine
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.image.decode import decode
from colorizer_core.image.difference import levels_apart, means_apart
from colorizer_core.image.formats import Format
from colorizer_core.image.picture import Picture

SIDE = 700
FORMATS: list[tuple[Format, int | None]] = [("png", None), ("jpeg", None), ("jpeg", 30), ("webp", None), ("webp", 30)]
CHANGES = {"±0.001": (0.001, 0.0), "±0.05": (0.05, 0.0), "+1": (0.0, 1.0)}


class Changed:
    """An engine whose ab is another one's, within `noise`, and `more`."""

    def __init__(self, engine: Engine, noise: float, more: float) -> None:
        self.input_size = engine.input_size
        self._engine, self._noise, self._more = engine, noise, more
        self._random = np.random.default_rng(1)

    def forward(self, lightness: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        ab = self._engine.forward(lightness)
        return (ab + self._random.uniform(-self._noise, self._noise, ab.shape) + self._more).astype(np.float32)


def gray(path: Path) -> bytes:
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    scale = min(1, SIDE / max(pixels.shape))
    return cv2.imencode(".png", cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))[1].tobytes()


def coloured(engine: Engine, data: bytes, format: Format, quality: int | None) -> Picture:  # noqa: A002
    return decode(Colorizer(engine, Options(quality=quality)).colorize(data, format).data, 2**40)


def main() -> None:
    paths = sorted(Path(sys.argv[1]).rglob("*.jp*g"))[: int(sys.argv[2]) if len(sys.argv) > 2 else 9]
    engine = OpenCVEngine(read(MINI), 1)
    photographs = [gray(path) for path in paths]
    for format, quality in FORMATS:  # noqa: A001
        plain = [coloured(engine, data, format, quality) for data in photographs]
        for name, (noise, more) in CHANGES.items():
            changed = Changed(engine, noise, more)
            pairs = [
                (one, coloured(changed, data, format, quality)) for one, data in zip(plain, photographs, strict=True)
            ]
            levels, means = ([float(apart(*pair) or 0) for pair in pairs] for apart in (levels_apart, means_apart))
            print(
                f"{format} {quality or ''} ab {name}: samples {min(levels):.0f} to {max(levels):.0f}, "
                f"means {min(means):.2f} to {max(means):.2f}, of {len(pairs)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
