"""From the bytes of a file to an upright picture. Whatever is wrong with them is an `ImageError`, and never anything else."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from colorizer_core.errors import CorruptImage, EmptyFile, NotAnImage, TooLarge, UnsupportedImage
from colorizer_core.image.containers.kinds import read
from colorizer_core.image.exif import stated
from colorizer_core.image.orientation import ORIENTATION, upright
from colorizer_core.image.picture import Picture, Pixels

# Our own limit is checked in the header, before a decoder allocates; Pillow's would be a second one for the whole process.
Image.MAX_IMAGE_PIXELS = None

# What Pillow's parsers raise over bytes that somebody broke on purpose; each was seen on a file.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    EOFError,
    RuntimeError,
    MemoryError,
    ArithmeticError,
    struct.error,
    zlib.error,
)
_GRAY8 = ("1", "L", "LA")
_GRAY16 = ("I;16", "I;16L", "I;16B", "I;16N")
_COLOUR = ("RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "P", "PA", "La", "RGBa")
_BITS_PER_SAMPLE = 258
_JPEG_SCALES = (1, 2, 4, 8)
_PNG_DEPTH = slice(24, 25)


def decode(data: bytes, max_pixels: int, reduction: int = 1) -> Picture:
    """The first page of an image file.

    8 and 16 bits a sample stay what they are, fewer become 8. EXIF orientation is applied, once.

    Args:
        data: the file.
        max_pixels: width × height at most, as they stand in the file.
        reduction: each n × n pixels become one, of their mean. A JPEG is then decoded at less than its size, which is quicker.

    Raises:
        EmptyFile: there is nothing in it.
        NotAnImage: no decoder knows it.
        CorruptImage: it begins as an image, and the rest is broken or missing.
        TooLarge: its header states more than `max_pixels`.
        UnsupportedImage: its samples are of a kind that is not read.
    """
    if not data:
        raise EmptyFile("the file has no bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the picture is what counts here
        with _opened(data) as image:
            _check_size(image, max_pixels)
            orientation, size = _boxed_orientation(image, data) or _orientation(image), image.size
            left = _load(image, reduction)
            if _is_deep(image, data):
                return upright(_reduced(_deep(image, data, size), left), orientation)
            # Pillow turns TIFFs by itself while it loads them, and takes the tag away.
            left_to_turn = orientation if image.format != "TIFF" or _orientation(image) == orientation else 1
            return upright(_reduced(_picture(image), left), left_to_turn)


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data))
    except UnidentifiedImageError as error:
        raise NotAnImage(f"no decoder knows these {len(data):,} bytes; they begin with {data[:8]!r}") from error
    except _BROKEN as error:
        raise CorruptImage(f"its header is broken: {_brief(error)}") from error


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise CorruptImage(f"its header states {width} × {height} pixels")
    if width * height > max_pixels:
        raise TooLarge(f"{width} × {height} is {width * height:,} pixels; --max-pixels is {max_pixels:,}")


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 … 8; 1 where none can be read."""
    try:
        stated = image.getexif().get(ORIENTATION, 1)
    except _BROKEN:
        return 1
    return stated if isinstance(stated, int) and 1 <= stated <= 8 else 1


def _boxed_orientation(image: Image.Image, data: bytes) -> int | None:
    """Of a JPEG 2000 file, whose EXIF lies in a box that Pillow does not look into."""
    exif = read(data).exif if image.format == "JPEG2000" else None
    return stated(exif).orientation if exif else None


def _load(image: Image.Image, reduction: int) -> tuple[Fraction, Fraction]:
    """Decodes, a JPEG at less than its size where that is asked for; how many times too wide and too high it is left."""
    width, height = image.size
    scale = max(scale for scale in _JPEG_SCALES if scale <= reduction)
    try:
        if scale > 1:
            image.draft("", (max(1, width // scale), max(1, height // scale)))
        left = Fraction(reduction * image.width, width), Fraction(reduction * image.height, height)
        image.load()
    except _BROKEN as error:
        raise CorruptImage(f"{image.format} that breaks off or is damaged: {_brief(error)}") from error
    return left


def _reduced(picture: Picture, left: tuple[Fraction, Fraction]) -> Picture:
    """Each n × n pixels by their mean; what is over at the right and the bottom counts as well."""
    size = (math.ceil(picture.width / left[0]), math.ceil(picture.height / left[1]))
    if size == (picture.width, picture.height):
        return picture
    alpha = None if picture.alpha is None else _shrunk(picture.alpha, size)
    return Picture(_shrunk(picture.pixels, size), alpha)


def _shrunk(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    shrunk: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    mean: Pixels = shrunk
    return mean


def _picture(image: Image.Image) -> Picture:
    if image.mode in _GRAY16:
        return Picture(np.ascontiguousarray(np.asarray(image).astype(np.uint16)))
    if image.mode in _GRAY8:
        return _gray(image)
    if image.mode in _COLOUR:
        return _colour(image)
    raise UnsupportedImage(
        f"{image.format} with samples of the kind {image.mode!r}; convert it to 8 or 16 bits a sample"
    )


def _gray(image: Image.Image) -> Picture:
    if image.mode == "LA":
        both = np.asarray(image)
        return Picture(np.ascontiguousarray(both[..., 0]), np.ascontiguousarray(both[..., 1]))
    if "transparency" in image.info:
        return _gray(image.convert("LA"))
    return Picture(np.asarray(image.convert("L")))


def _colour(image: Image.Image) -> Picture:
    try:
        if image.has_transparency_data:
            four = np.asarray(image.convert("RGBA"))
            return Picture(cv2.cvtColor(four, cv2.COLOR_RGBA2BGR).astype(np.uint8, copy=False), four[..., 3].copy())
        three = np.asarray(image.convert("RGB"))
    except _BROKEN as error:
        raise CorruptImage(f"{image.format} whose colours can't be read: {_brief(error)}") from error
    return _without_colour(Picture(cv2.cvtColor(three, cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)), image)


def _without_colour(picture: Picture, image: Image.Image) -> Picture:
    """A palette of grays is a gray picture."""
    if image.mode != "P":
        return picture
    pixels: Any = picture.pixels
    is_gray = bool((pixels[..., :2] == pixels[..., 1:]).all())
    return Picture(np.ascontiguousarray(pixels[..., 0])) if is_gray else picture


def _is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether it has more than 8 bits a sample in a form that Pillow does not keep."""
    if image.mode in _GRAY16:
        return False
    if image.format == "PNG":
        return data[_PNG_DEPTH] == b"\x10"
    tags: Any = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE, (8,)) if image.format == "TIFF" else (8,)
    return max(bits, default=8) > 8 if isinstance(bits, tuple) else False


def _deep(image: Image.Image, data: bytes, size: tuple[int, int]) -> Picture:
    try:
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UnsupportedImage(f"{image.format} of more than 8 bits: {_brief(error)}") from error
    if read is None or read.dtype != np.uint16 or read.shape[1::-1] != size:
        raise UnsupportedImage(f"{image.format} with samples that are no 16-bit integers; convert it to 8 or 16 bits")
    pixels: Pixels = read.astype(np.uint16, copy=False)
    if pixels.ndim == 2:
        return Picture(pixels)
    if pixels.shape[2] == 4:
        colours, alpha = np.split(pixels, [3], axis=2)
        return Picture(np.ascontiguousarray(colours), np.ascontiguousarray(alpha[..., 0]))
    return Picture(pixels)


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
