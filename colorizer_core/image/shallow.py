"""What Pillow has decoded: all of 8 bits a sample and less, of whatever kind of file."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from PIL import Image

from colorizer_core.errors import CorruptImage, UnsupportedImage, brief
from colorizer_core.image.containers.png import BIT_DEPTH
from colorizer_core.image.damage import BROKEN
from colorizer_core.image.picture import Picture, Pixels
from colorizer_core.image.samples import Samples, contiguous

_GRAY8 = ("1", "L", "LA", "La")
_STEPS = {b"\x02": 85, b"\x04": 17}
"""Between the levels of a PNG of 2 and 4 bits, as Pillow has its gray samples; but not its transparent one."""
_COLOUR = ("RGB", "RGBA", "RGBX", "YCbCr", "P", "PA", "RGBa")


def shallow_samples(image: Image.Image, data: bytes) -> Samples:
    """A loaded image's.

    Args:
        image: what Pillow has made of it.
        data: the file.

    Raises:
        CorruptImage: its palette or colours are broken.
        UnsupportedImage: its samples are of a kind that is not read.
    """
    profile = image.info.get("icc_profile")
    try:
        if image.mode in _GRAY8:
            return _gray(image, data, profile)
        if image.mode == "CMYK":
            return Samples(_pixels(image), None, profile)
        if image.mode in _COLOUR:
            return _colour(image, profile)
    except BROKEN as error:
        raise CorruptImage(f"{image.format} whose colours can't be read: {brief(error)}") from error
    raise UnsupportedImage(
        f"{image.format} with samples of the kind {image.mode!r}; convert it to 8 or 16 bits a sample"
    )


def without_colour(picture: Picture, image: Image.Image) -> Picture:
    """A palette of grays is a gray picture."""
    if image.mode != "P" or picture.is_gray:
        return picture
    pixels: Any = picture.pixels
    is_gray = bool((pixels[..., :2] == pixels[..., 1:]).all())
    return Picture(contiguous(pixels[..., 0]), picture.alpha) if is_gray else picture


def _gray(image: Image.Image, data: bytes, profile: bytes | None) -> Samples:
    if image.format == "PNG" and image.mode == "L" and "transparency" in image.info:
        image.info["transparency"] *= _STEPS.get(data[BIT_DEPTH], 1)
    if image.mode in ("L", "1") and "transparency" not in image.info:
        return Samples(_pixels(image if image.mode == "L" else image.convert("L")), None, profile)
    both = _pixels(image if image.mode == "LA" else image.convert("LA"))
    return Samples(contiguous(both[..., 0]), contiguous(both[..., 1]), profile)


def _colour(image: Image.Image, profile: bytes | None) -> Samples:
    if not image.has_transparency_data:
        return Samples(_pixels(image if image.mode == "RGB" else image.convert("RGB")), None, profile)
    four = _pixels(image if image.mode == "RGBA" else image.convert("RGBA"))
    return Samples(
        cv2.cvtColor(four, cv2.COLOR_RGBA2RGB).astype(np.uint8, copy=False), contiguous(four[..., 3]), profile
    )


def _pixels(image: Image.Image) -> Pixels:
    """A view of bytes that nobody may change."""
    pixels: Pixels = np.asarray(image)
    return pixels
