"""What a 16-bit TIFF of 100 megapixels takes, coloured into another: `python -m bench.deep_tiff_memory FILE` measures one.

In a process of its own, with a network that costs nothing: the memory resident at most, less what was after all imports. The
file's own bytes, the derivative's, and all that is between are in it. Noise, since it deflates to no less than it was.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile

from bench.fake_engine import FakeEngine
from bench.figures import Figure, mebibytes
from bench.measured import python
from colorizer_core.colorizer import Colorizer, Options
from jobs.machine import peak_memory

WIDTH, HEIGHT = 12_500, 8_000
PROMISED = 2.2
"""Bytes of memory for each byte of the pixels that go in and come out."""
_ONE_STRIP = {"rowsperstrip": HEIGHT}
_DEFLATED = {"compression": "deflate", "predictor": 2, "byteorder": ">"}
LAYOUTS: dict[str, tuple[int, dict[str, object]]] = {
    "gray in one strip": (1, _ONE_STRIP),
    "gray in one deflated strip, turned": (1, _ONE_STRIP | _DEFLATED | {"extratags": [(274, 3, 1, 6, True)]}),
    "RGB in one strip": (3, _ONE_STRIP),
    "RGB in one deflated strip, turned": (3, _ONE_STRIP | _DEFLATED | {"extratags": [(274, 3, 1, 6, True)]}),
    "RGB in strips of 16 rows, Adobe RGB": (
        3,
        {"rowsperstrip": 16, "iccprofile": imagecodecs.cms_profile("adobergb")},
    ),
    "RGB in tiles": (3, {"tile": (256, 256)}),
}


def write(folder: Path, name: str) -> Path:
    """The file of one layout, made where it is not there."""
    path = folder / f"deep-{name.replace(' ', '-').replace(',', '')}.tif"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        channels, options = LAYOUTS[name]
        shape = (HEIGHT, WIDTH) if channels == 1 else (HEIGHT, WIDTH, channels)
        pixels = np.random.default_rng(0).integers(0, 65536, shape, np.uint16)
        tifffile.imwrite(path, pixels, photometric="rgb" if channels == 3 else "minisblack", metadata=None, **options)
    return path


def deep_tiff_memory(folder: Path, rounds: int) -> list[Figure]:
    """Of each layout: the pixels' bytes by the memory, so that more is better."""
    found = []
    for name, (channels, _) in LAYOUTS.items():
        path = write(folder, name)
        peaks = [python("-m", "bench.deep_tiff_memory", str(path)).worker_memory for _ in range(rounds)]
        pixels = WIDTH * HEIGHT * 2 * (channels + 3)
        runs = [round(pixels / peak, 3) for peak in peaks]
        title = f"16-bit TIFF to TIFF, 100 megapixels, {name}: pixels in and out by peak memory"
        found.append(Figure(title, min(runs), "×", round(1 / PROMISED, 3), runs, {"worker": mebibytes(max(peaks))}))
        path.unlink()
    return found


def main() -> None:
    colorizer = Colorizer(FakeEngine(), Options(already_color="recolor"))
    before = peak_memory()
    colored = colorizer.colorize(Path(sys.argv[1]).read_bytes(), "tiff")
    assert (colored.bit_depth, colored.channels) == (16, 3)
    print(json.dumps({"images_per_second": 0.0, "worker_memory": peak_memory() - before}))


if __name__ == "__main__":
    main()
