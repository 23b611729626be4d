"""More than 8 bits a sample, of the kinds that Pillow would cut to 8: PNG, JPEG 2000, AVIF and PNM."""

from __future__ import annotations

import re
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image

from colorizer_core.errors import CorruptImage, UnsupportedImage
from colorizer_core.image.codestream import SIZ, codestream_at
from colorizer_core.image.containers.jp2 import without_conversion
from colorizer_core.image.containers.png import BIT_DEPTH
from colorizer_core.image.picture import Pixels
from colorizer_core.image.samples import Samples, contiguous, widened

_AV1C = b"av1C"
_HIGH, _TWELVE = 0x40, 0x20  # AV1-ISOBMFF, 2.3.3: high_bitdepth and twelve_bit
_GAP = rb"(?:\s|#[^\n]*\n)+"  # no repetition within the repetition, which would try every way to divide a gap
_PNM = re.compile(rb"P([2356])" + (_GAP + rb"0*\d{1,9}") * 2 + _GAP + rb"0*(\d{1,5})\s")
_NUMBERS = re.compile(rb"\s*(?:\d{1,5}(?:\s+|$))*")


def deep_png(image: Image.Image, data: bytes, _max_pixels: int) -> Samples | None:
    """A PNG of 16 bits, by libpng; None for another. Transparency by a colour of its own becomes alpha."""
    if data[BIT_DEPTH] != b"\x10":
        return None
    return _split(_checked(imagecodecs.png_decode(data), image), image)


def deep_jp2(image: Image.Image, data: bytes, _max_pixels: int) -> Samples | None:
    """A JPEG 2000 of 9 … 16 bits, by OpenJPEG; None for another.

    Its codestream says once more how large it is, and the decoder believes that: so it is held against the header.
    """
    found = codestream_at(data, data.find(SIZ))
    if found is None or found.bits <= 8:
        return None
    if (found.width, found.height) != image.size:
        raise CorruptImage(f"JP2 whose codestream has {found.width} × {found.height} pixels, its header {image.size}")
    if found.bits > 16 or not found.is_plain or found.channels > 4:
        raise UnsupportedImage(
            f"JP2 with {found.channels} channels of {found.bits} bits; convert it to 8 or 16 bits a sample"
        )
    pixels = _checked(imagecodecs.jpeg2k_decode(without_conversion(data)), image)
    if found.bits < 16:
        widened(pixels, found.bits)
    return _split(pixels, image)


def deep_avif(image: Image.Image, data: bytes, _max_pixels: int) -> Samples | None:
    """An AVIF of 10 or 12 bits, by libavif; None for another."""
    at = data.find(_AV1C)
    if at < 0 or len(data) < at + 7 or not data[at + 6] & _HIGH:
        return None
    pixels = _checked(imagecodecs.avif_decode(data, index=0), image)
    widened(pixels, 12 if data[at + 6] & _TWELVE else 10)
    return _split(pixels, image)


def deep_pnm(image: Image.Image, data: bytes, _max_pixels: int) -> Samples | None:
    """A PGM or PPM whose greatest sample is more than 255 (Netpbm's formats: two bytes each, big-endian); None for another."""
    found = _PNM.match(data)
    if found is None or not 255 < (white := int(found[2])) < 65536:
        return None
    channels = 3 if found[1] in b"36" else 1
    count = image.width * image.height * channels
    body = data[found.end() :]
    flat = _plain(body, count) if found[1] in b"23" else np.frombuffer(body[: 2 * count], ">u2")
    if flat.size < count:
        raise CorruptImage(f"PNM that breaks off after {flat.size:,} of {count:,} samples")
    whole: npt.NDArray[np.float32] = np.minimum(flat, white).astype(np.float32) * np.float32(65535 / white)
    pixels = np.rint(whole).astype(np.uint16).reshape(image.height, image.width, channels)
    return Samples(pixels[..., 0] if channels == 1 else pixels)


def _plain(body: bytes, count: int) -> npt.NDArray[np.float64]:
    if _NUMBERS.fullmatch(body) is None:
        raise CorruptImage("plain PNM with something in it that is no number")
    return np.array(body.split()[:count], np.float64)


def _checked(decoded: Any, image: Image.Image) -> Pixels:
    if decoded.dtype != np.uint16 or decoded.shape[1::-1] != image.size or decoded.ndim > 3:
        raise UnsupportedImage(f"{image.format} with samples that are no 16-bit integers; convert it to 8 or 16 bits")
    pixels: Pixels = decoded
    return pixels


def _split(pixels: Pixels, image: Image.Image) -> Samples:
    """Gray, gray and alpha, RGB, or RGB and alpha."""
    profile = image.info.get("icc_profile")
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels == 1:
        return Samples(pixels.reshape(pixels.shape[:2]), None, profile)
    if channels in (2, 4):
        colours = pixels[..., 0] if channels == 2 else pixels[..., :3]
        return Samples(contiguous(colours), contiguous(pixels[..., -1]), profile)
    return Samples(pixels, None, profile)
