"""From the bytes of a file to an upright picture in sRGB. What is wrong with them is an `ImageError`, and nothing else."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import cv2
from PIL import Image, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError

from colorizer_core.errors import CorruptImage, EmptyFile, NotAnImage, UnsupportedImage, brief
from colorizer_core.image.containers.kinds import kind_of as container_of
from colorizer_core.image.containers.kinds import read as read_parts
from colorizer_core.image.containers.packets import Packets
from colorizer_core.image.containers.png import LONGEST_TEXT, without_damaged
from colorizer_core.image.containers.tags import layout_of
from colorizer_core.image.damage import BROKEN
from colorizer_core.image.exif import stated
from colorizer_core.image.frames import tiff_pages
from colorizer_core.image.kinds import PILLOW_NAMES, Kind, kind_of
from colorizer_core.image.limits import check_canvas, check_repeats, check_size, check_supply
from colorizer_core.image.orientation import ORIENTATION, upright
from colorizer_core.image.picture import Picture, Pixels
from colorizer_core.image.profile import to_srgb
from colorizer_core.image.samples import Samples
from colorizer_core.image.shallow import shallow_samples, without_colour
from colorizer_core.image.tiff import read_tiff

# Our own limit is checked in the header, before a decoder allocates; Pillow's would be a second one for the whole process.
Image.MAX_IMAGE_PIXELS = None
PngImagePlugin.MAX_TEXT_CHUNK = LONGEST_TEXT  # long XMP and a scanner's profile exceed Pillow's MiB
TiffImagePlugin.logger.disabled = True  # what it would print is in the errors here

_JPEG_SCALES = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file holds.

    Attributes:
        picture: its first page or frame.
        kind: of file, a name of `kinds.KINDS`.
        frames: how many pages or frames there are.
    """

    picture: Picture
    kind: str
    frames: int


def decode(data: bytes, max_pixels: int, reduction: int = 1) -> Picture:
    """The picture of `read`."""
    return read(data, max_pixels, reduction).picture


def read(data: bytes, max_pixels: int, reduction: int = 1) -> Decoded:
    """The first page of an image file.

    8 and 16 bits a sample stay what they are, fewer become 8, 9 … 15 become 16. An ICC profile is applied, and so is EXIF
    orientation, once.

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
        MemoryError: the machine has too little for what the limit allows.
    """
    if not data:
        raise EmptyFile("the file has no bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the picture is what counts here
        check_canvas(data, max_pixels)
        check_repeats(data)
        image = _opened(data)
        if image is None:
            samples = read_tiff(data, max_pixels)
            left = Fraction(reduction), Fraction(reduction)
            return Decoded(_finished(samples, left), "tiff", tiff_pages(None, data))
        with image:
            check_size(*image.size, max_pixels)
            check_supply(image, data, max_pixels)
            kind = kind_of(image)
            return Decoded(_picture(image, kind, data, max_pixels, reduction), kind.name, kind.frames(image, data))


def _opened(data: bytes) -> Image.Image | None:
    """By Pillow; None for a TIFF that Pillow does not know."""
    try:
        return Image.open(io.BytesIO(data), formats=PILLOW_NAMES)
    except UnidentifiedImageError as error:
        if layout_of(data):
            return None
        if container_of(data) == "png":
            return _opened_without_damaged(data)
        raise NotAnImage(f"no decoder knows these {len(data):,} bytes; they begin with {data[:8]!r}") from error
    except BROKEN as error:
        if "unsupported" in str(error).lower():  # Pillow tells it in words alone
            raise UnsupportedImage(f"{brief(error)}; convert it to 8 or 16 bits a sample") from error
        raise CorruptImage(f"its header is broken: {brief(error)}") from error


def _opened_without_damaged(data: bytes) -> Image.Image:
    """A PNG that Pillow gave up over a wrong sum: libpng would leave such chunks out, where the pixels do without them."""
    try:
        return Image.open(io.BytesIO(without_damaged(data)), formats=("PNG",))
    except BROKEN as error:
        raise CorruptImage("PNG of which a chunk before its pixels is damaged") from error


def _picture(image: Image.Image, kind: Kind, data: bytes, max_pixels: int, reduction: int) -> Picture:
    parts = read_parts(data) if container_of(data) else None
    if image.format == "JPEG2000" and parts and parts.icc:  # in a box that Pillow does not look into
        image.info["icc_profile"] = parts.icc
    image.info.pop("xmp", None)  # by which Pillow would turn a picture too
    orientation = _orientation(image, parts)
    deep = _deep(image, kind, data, max_pixels)
    if deep is not None:
        return _finished(replace(deep, orientation=orientation), (Fraction(reduction), Fraction(reduction)))
    left = _load(image, reduction)
    left_to_turn = 1 if image.format == "TIFF" else orientation  # Pillow turns TIFFs by itself while it loads them
    picture = without_colour(to_srgb(shallow_samples(image, data)), image)
    return upright(_reduced(picture, left), left_to_turn)


def _deep(image: Image.Image, kind: Kind, data: bytes, max_pixels: int) -> Samples | None:
    if kind.deep is None:
        return None
    try:
        return kind.deep(image, data, max_pixels)
    except BROKEN as error:
        raise CorruptImage(f"{image.format} that breaks off or is damaged: {brief(error)}") from error


def _finished(samples: Samples, left: tuple[Fraction, Fraction]) -> Picture:
    return upright(_reduced(to_srgb(samples), left), samples.orientation)


def _orientation(image: Image.Image, parts: Packets | None) -> int:
    """The EXIF orientation, 1 … 8, from where the resolution is read too; 1 where none can be read.

    Pillow is asked only of the kinds that have no reader here: of a PNG it would decode the pixels first.
    """
    if parts is not None:
        return stated(parts.exif).orientation if parts.exif else 1
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except BROKEN:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _load(image: Image.Image, reduction: int) -> tuple[Fraction, Fraction]:
    """Decodes, a JPEG at less than its size where that is asked for; how many times too wide and too high it is left."""
    width, height = image.size
    scale = max(scale for scale in _JPEG_SCALES if scale <= reduction)
    try:
        if scale > 1:
            image.draft("", (max(1, width // scale), max(1, height // scale)))
        left = Fraction(reduction * image.width, width), Fraction(reduction * image.height, height)
        image.load()
    except BROKEN as error:
        raise CorruptImage(f"{image.format} that breaks off or is damaged: {brief(error)}") from error
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
