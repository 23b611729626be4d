"""Archives made for measuring: the same files for the same arguments."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def large_photographs(folder: Path, count: int = 24, width: int = 4000, height: int = 3000) -> Path:
    """`count` gray JPEGs of 12 megapixels, each another crop of one noisy landscape of clouds; about 2.5 MB each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"plate-{number:03d}.jpg"
        if not path.exists():
            path.write_bytes(_jpeg(_clouds(number, width, height), 90))
    return folder


def coloured_photographs(folder: Path, count: int = 240, different: int = 24) -> Path:
    """`count` colour JPEGs of 12 megapixels, of which so many are different; the others are links to them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path, first = (folder / f"plate-{n:03d}.jpg" for n in (number, number % different))
        if path.exists():
            continue
        if number < different:
            channels = [_clouds(3 * number + channel, 4000, 3000) for channel in range(3)]
            path.write_bytes(_jpeg(cv2.merge(channels), 90))
        else:
            path.hardlink_to(first)
    return folder


def tiny_photographs(folder: Path, count: int) -> Path:
    """`count` gray JPEGs of about 1 KB."""
    folder.mkdir(parents=True, exist_ok=True)
    data = [_jpeg(_clouds(seed, 40, 30), 80) for seed in range(16)]
    for number in range(count):
        path = folder / f"{number // 1000:03d}" / f"tiny-{number:06d}.jpg"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data[number % len(data)])
    return folder


def _clouds(seed: int, width: int, height: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width), np.float32)
    for octave in (4, 16, 64, 256):
        coarse = rng.standard_normal((octave * 3 // 4 + 1, octave + 1), dtype=np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / octave**0.5
    picture += rng.standard_normal((height, width), dtype=np.float32) * 0.02
    return cv2.normalize(picture, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def _jpeg(picture: np.ndarray, quality: int) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
