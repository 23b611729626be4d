"""Photographs for training: Parquet files of JPEGs, decoded once, drawn as random crops with the sets balanced."""

from __future__ import annotations

import queue
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

HELD_OUT = 64  # one photograph in 64 is kept for the figures during training
LEAST_CHROMA = 6.0  # CIE units, 95th percentile: below it a photograph teaches that everything is gray
BALANCE = 0.6  # a set of n photographs is drawn in proportion to n^0.6: the landscapes are two in five, and get less
LEAST_SCALE = 0.75  # a photograph is not blown up to more than 1/0.75 of its short side
PREFETCHED = 4  # batches

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Photographs:
    """Decoded photographs.

    Attributes:
        pixels: one (h, w, 3) uint8 RGB array each.
        sets: the name of each one's data set.
    """

    pixels: tuple[Pixels, ...]
    sets: tuple[str, ...]


def load(folder: Path, longest: int = 192) -> tuple[Photographs, Photographs]:
    """Reads every *.parquet of a folder (columns id, set, jpeg): the training photographs and the held-out ones.

    Gray and unreadable ones are left out. The split goes by a checksum of the id, so it is the same every time.
    """
    kept: dict[bool, list[tuple[Pixels, str]]] = {False: [], True: []}
    for path in sorted(folder.glob("*.parquet")):
        table = pq.read_table(path, columns=["id", "set", "jpeg"])
        for name, group, jpeg in zip(*(table[column].to_pylist() for column in ("id", "set", "jpeg")), strict=True):
            pixels = decode(jpeg, longest)
            if pixels is not None and is_coloured(pixels):
                # small ones are for variety alone: held out, they would measure blur
                held = zlib.crc32(str(name).encode()) % HELD_OUT == 0 and min(pixels.shape[:2]) > 64
                kept[held].append((pixels, group))
    return tuple(
        Photographs(tuple(p for p, _ in half), tuple(s for _, s in half)) for half in (kept[False], kept[True])
    )  # type: ignore[return-value]


def decode(jpeg: bytes, longest: int) -> Pixels | None:
    """JPEG bytes → (h, w, 3) uint8 RGB, at most `longest` a side; None where they can't be read."""
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        return None
    scale = longest / max(bgr.shape[:2])
    if scale < 1:
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def is_coloured(pixels: Pixels) -> bool:
    """Whether a photograph, (h, w, 3) uint8 RGB, has colour at all."""
    ab = lab(cv2.resize(pixels, (32, 32), interpolation=cv2.INTER_AREA))[..., 1:]
    return bool(np.percentile(np.hypot(ab[..., 0], ab[..., 1]), 95) >= LEAST_CHROMA)


def lab(pixels: Pixels) -> Floats:
    """(h, w, 3) uint8 sRGB → (h, w, 3) float32 CIE Lab (D65)."""
    return cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def pair(pixels: Pixels, size: int) -> tuple[Floats, Floats]:
    """A photograph as the network meets it, squashed to a square: (size, size) L − 50 and (2, size/4, size/4) ab."""
    return square(pixels, size)[..., 0] - 50, square(pixels, size // 4)[..., 1:].transpose(2, 0, 1)


def pairs(photographs: Photographs, size: int) -> tuple[Floats, Floats]:
    """All of them: (n, 1, size, size) L − 50 and (n, 2, size/4, size/4) ab."""
    both = [pair(pixels, size) for pixels in photographs.pixels]
    return np.stack([lightness for lightness, _ in both])[:, None], np.stack([ab for _, ab in both])


def square(pixels: Pixels, side: int) -> Floats:
    """A photograph squashed to a square of so many pixels a side: (side, side, 3) CIE Lab."""
    return lab(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA))


def draw_weights(photographs: Photographs, size: int) -> npt.NDArray[np.float64]:
    """(n,) probabilities: sets balanced, photographs that would have to be blown up left out."""
    _, index, counts = np.unique(photographs.sets, return_inverse=True, return_counts=True)
    weights = counts[index] ** (BALANCE - 1.0)
    shortest = np.array([min(pixels.shape[:2]) for pixels in photographs.pixels])
    weights *= shortest >= min(LEAST_SCALE * size, shortest.max())
    return weights / weights.sum()


def crop(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A random window of 50 to 100% of the area (half of the time the whole), mirrored half of the time; (h, w, 3) uint8."""
    height, width = pixels.shape[:2]
    if rng.random() < 0.5:
        h, w = (int(side * rng.uniform(0.71, 1)) for side in (height, width))
        top, left = rng.integers(height - h + 1), rng.integers(width - w + 1)
        pixels = pixels[top : top + h, left : left + w]
    return pixels[:, ::-1] if rng.random() < 0.5 else pixels


def expose(lightness: Floats, rng: np.random.Generator) -> Floats:
    """Another exposure and contrast of L − 50, (s, s) float32, as old photographs have them; the colours asked for stay."""
    bright = np.clip((lightness + 50) / 100, 0, 1) ** np.exp(rng.normal(0, 0.15))
    return ((bright - 0.5) * rng.uniform(0.8, 1.1) * 100).astype(np.float32)


def draw(
    photographs: Photographs, weights: npt.NDArray[np.float64], size: int, count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """One batch: (count, 1, size, size) L − 50 and (count, 2, size/4, size/4) ab."""
    chosen = rng.choice(len(weights), count, p=weights)
    drawn = [pair(np.ascontiguousarray(crop(photographs.pixels[i], rng)), size) for i in chosen]
    lightness = np.stack([expose(bright, rng) for bright, _ in drawn])
    return lightness[:, None], np.stack([ab for _, ab in drawn])


def batches(
    photographs: Photographs, size: int, count: int, seed: int, threads: int = 1
) -> Iterator[tuple[Floats, Floats]]:
    """Batches without end, made by threads ahead of the training. Close the iterator to end them."""
    ready: queue.Queue[tuple[Floats, Floats]] = queue.Queue(PREFETCHED * threads)
    ended = threading.Event()
    weights = draw_weights(photographs, size)

    def fill(rng: np.random.Generator) -> None:
        while not ended.is_set():
            batch = draw(photographs, weights, size, count, rng)
            while not ended.is_set():
                try:
                    ready.put(batch, timeout=1)
                    break
                except queue.Full:
                    continue

    for rng in np.random.default_rng(seed).spawn(threads):
        threading.Thread(target=fill, args=(rng,), daemon=True).start()
    try:
        while True:
            yield ready.get()
    finally:
        ended.set()
