"""What kind of picture each photograph of the material is found to be: `python -m bench.kinds DATA`; docs/kinds.md has its table.

DATA is a folder with `historical/` (scans of prints, looked at one by one) and `eval/photos.parquet` (colour photographs, of
which the 24 least colourful were looked at); more Parquet files of colour photographs may be named. Each photograph of `eval`
is also turned gray, toned by several recipes and coloured by hand, as JPEGs of quality 75 with 4:2:0, and faded.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pyarrow.parquet as pq

from colorizer_core.image.decode import decode
from colorizer_core.image.picture import Picture
from colorizer_core.kind import Kind, Signs, signs

TONED_PRINTS = frozenset(
    (
        "1880Paris",
        "1892WaterLillies",
        "1897BlindmansBluff",
        "1920sGuadalope",
        "43a8515_MuffinManlLondon1910",
        "5e6e024_Edinburgh1920s",
        "6666663_dorothea_lange_2",
        "6e48563_DutchBabyCoupleEllis",
        "7526e09_1946Wedding",
        "811e5ed_LondonKidsEarly1900s",
        "Ballet1890Russia",
        "OregonTrail1870s",
        "SenecaNative1908",
        "WalkingLibraryLondon1930",
        "b383139_GasPrices1939",
        "b42ae04_FreeportIL",
        "bda7bb4_1870Girl",
        "c2638d6_1890sShoeShopOhio",
        "c65a783_LondonGarbageTruck1910",
        "d13697e_ParisLadies1910",
        "d5cf254_rgs",
    )
)
"""The prints of `historical/` with a tint that the eye sees. The others are gray; none is in colour, none coloured by hand."""
TONED_IN_EVAL = frozenset(("4b94bc8077e3cf84", "e2565e3e389f00d2"))
"""Photographs of `eval` that are toned prints: a rocking chair, a soldier's portrait."""

Stops = Sequence[tuple[int, tuple[int, int, int]]]
"""A gray level and the red, green and blue that it becomes; straight between them."""
TONES: dict[str, Stops] = {
    "gray": ((0, (0, 0, 0)), (255, (255, 255, 255))),
    "sepia filter": ((0, (0, 0, 0)), (189, (255, 227, 177)), (255, (255, 255, 239))),
    "strong sepia": ((0, (40, 10, 0)), (128, (170, 100, 50)), (255, (255, 230, 180))),
    "albumen print": ((0, (44, 24, 20)), (128, (150, 110, 80)), (255, (250, 235, 200))),
    "selenium": ((0, (30, 18, 30)), (128, (125, 115, 125)), (255, (252, 248, 238))),
    "yellowed": ((0, (90, 75, 60)), (255, (235, 215, 170))),
    "cold shadows, warm lights": ((0, (20, 30, 50)), (128, (128, 126, 120)), (255, (255, 240, 205))),
    "cyanotype": ((0, (0, 20, 60)), (110, (20, 90, 150)), (255, (245, 250, 252))),
    "cyanotype on cream paper": ((0, (5, 30, 80)), (128, (80, 130, 170)), (255, (250, 240, 215))),
}
_TARGET = ((0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 255, 255), (255, 0, 255), (255, 255, 0))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.kinds", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("more", type=Path, nargs="*", help="Parquet files of colour photographs with a column jpeg")
    parser.add_argument("--every", type=int, default=2, help="of those, take every n-th (default: 2)")
    options = parser.parse_args()
    found: dict[str, list[tuple[str, Signs]]] = defaultdict(list)
    for group, name, picture in material(options.data, options.more, options.every):
        found[group].append((name, signs(picture)))
    show(found)


def material(data: Path, more: Sequence[Path], every: int) -> Iterator[tuple[str, str, Picture]]:
    """Group, name and picture of all there is."""
    for path in sorted((data / "historical").iterdir()):
        group = "prints, toned by eye" if path.stem in TONED_PRINTS else "prints, gray by eye"
        yield group, path.stem, decode(path.read_bytes(), 10**9)
    for row in pq.read_table(data / "eval/photos.parquet", columns=["id", "jpeg"]).to_pylist():
        picture = decode(row["jpeg"], 10**9)
        is_toned = row["id"] in TONED_IN_EVAL
        yield "eval, toned by eye" if is_toned else "eval, colour by eye", row["id"], picture
        for group, pixels in derived(small(picture.pixels)):
            yield group, row["id"], jpeg(pixels)
    for path in more:
        for row in pq.read_table(path, columns=["id", "jpeg"]).to_pylist()[::every]:
            yield path.stem, row["id"], decode(row["jpeg"], 10**9)
    for name, pixels in empty_pages():
        yield "empty pages", name, jpeg(pixels)


def derived(bgr: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """What a colour photograph would be as prints of each kind."""
    gray = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    for name, stops in TONES.items():
        yield name, toned(gray, stops)
    yield "albumen print, stained at its edges", stained(toned(gray, TONES["albumen print"]))
    yield "sepia filter, with a red stamp", stamped(toned(gray, TONES["sepia filter"]))
    yield "gray, with a colour target below", with_target(toned(gray, TONES["gray"]))
    yield "sepia filter, coloured by hand", by_hand(toned(gray, TONES["sepia filter"]), bgr)
    yield "gray, a tenth of its contrast", np.dstack([(gray * 0.1 + 150).astype(np.uint8)] * 3)


def toned(gray: np.ndarray, stops: Stops) -> np.ndarray:
    levels = [level for level, _ in stops]
    table = [np.interp(np.arange(256), levels, [rgb[channel] for _, rgb in stops]) for channel in (2, 1, 0)]
    return np.stack(table, axis=-1)[gray].round().astype(np.uint8)


def stained(print_: np.ndarray) -> np.ndarray:
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in print_.shape[:2]), indexing="ij")
    share = 0.6 * np.clip(x * x + y * y - 0.4, 0, 1)[..., None]
    return (print_ * (1 - share * (1 - np.array([0.55, 0.8, 0.95])))).astype(np.uint8)


def stamped(print_: np.ndarray) -> np.ndarray:
    height, width = print_.shape[:2]
    least = min(height, width)
    centre = (int(width * 0.8), int(height * 0.8))
    return cv2.circle(print_.copy(), centre, int(0.1 * least), (40, 30, 200), int(0.02 * least) + 1)


def with_target(print_: np.ndarray) -> np.ndarray:
    height, width = print_.shape[:2]
    target = cv2.resize(np.array([_TARGET], np.uint8), (width, max(8, height // 12)), interpolation=cv2.INTER_NEAREST)
    return np.vstack([print_, target])


def by_hand(print_: np.ndarray, bgr: np.ndarray) -> np.ndarray:
    """Thin, blurred colours over it: 0.4 of the true ones, 0.6 of the print's."""
    true, lab = (cv2.cvtColor(one.astype(np.float32) / 255, cv2.COLOR_BGR2LAB) for one in (bgr, print_))
    blurred = cv2.GaussianBlur(true[..., 1:], (0, 0), max(bgr.shape) / 60)
    lab[..., 1:] = 0.6 * lab[..., 1:] + 0.4 * blurred
    return (cv2.cvtColor(lab, cv2.COLOR_LAB2BGR) * 255).clip(0, 255).astype(np.uint8)


def empty_pages() -> Iterator[tuple[str, np.ndarray]]:
    """Paper and black as a scanner sees them: noise of 2 to 8 levels, with and without light that falls off by 4."""
    rng = np.random.default_rng(0)
    for level in (250, 235, 120, 12, 0):
        for noise in (2, 5, 8):
            for falls in (0, 4):
                page = level - np.linspace(0, falls, 1000)[None, :, None] + rng.normal(0, noise, (1400, 1000, 3))
                yield f"level {level}, noise {noise}, falling {falls}", page.clip(0, 255).astype(np.uint8)


def small(bgr: np.ndarray) -> np.ndarray:
    """768 pixels at the longer side."""
    scale = 768 / max(bgr.shape)
    return cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else bgr


def jpeg(pixels: np.ndarray) -> Picture:
    quality = [cv2.IMWRITE_JPEG_QUALITY, 75, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    return decode(cv2.imencode(".jpg", pixels, quality)[1].tobytes(), 10**9)


def show(found: dict[str, list[tuple[str, Signs]]]) -> None:
    """A table in Markdown; then by name what was taken for colour, or not, against what the eye says."""
    print("| material | photographs | gray | toned | color | blank | least contrast |\n|---|---|---|---|---|---|---|")
    for group, all_signs in found.items():
        kinds = Counter(one.kind for _, one in all_signs)
        cells = " | ".join(str(kinds[kind]) for kind in get_args(Kind))
        print(f"| {group} | {len(all_signs):,} | {cells} | {min(one.contrast for _, one in all_signs):.1f} |")
    for group, all_signs in found.items():
        for name, one in all_signs:
            if "by eye" in group and (one.kind == "color") != ("colour" in group):
                print(f"{group}: {name} is {one.kind}: {one}")


if __name__ == "__main__":
    main()
