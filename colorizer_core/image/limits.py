"""What a header may state. It is asked before a decoder allocates anything."""

from __future__ import annotations

import struct
from typing import Any

from PIL import Image

from colorizer_core.errors import CorruptImage, TooLarge
from colorizer_core.image.containers.jpeg import exif_segments, scans
from colorizer_core.image.containers.png import BIT_DEPTH
from colorizer_core.image.frames import gif_images

_ALWAYS = 10_000_000
"""Pixels for which there is memory, however few a photograph may have."""
_BYTES_PER_PIXEL = 8
"""Of the largest kind that is read: four channels of 16 bits."""
_EXPANSION = {
    "raw": 1,
    "packbits": 64,  # two bytes for 128
    "tiff_lzw": 4096,  # 12 bits for a string of at most 2¹² − 2⁸ bytes
    "tiff_adobe_deflate": 1032,  # zlib's documentation: 258 bytes for two bits
    "tiff_deflate": 1032,
    "zip": 1032,
}
"""How many bytes one can become at most, by Pillow's names of codecs and of TIFF's compressions."""
_MOST_REPEATED = 100
"""Scans of a JPEG, and segments of its EXIF. Encoders that look for the smallest file write a dozen; EXIF is meant for one."""
_TOLD_BY_TILE = ("PNG", "BMP", "DIB", "PPM")  # what Pillow calls raw in others is what their own decoders give it
_BITS_PER_SAMPLE, _TILE_SIDES = 258, (322, 323)
_COLOUR_TYPE = slice(25, 26)
_PNG_CHANNELS = {b"\x02": 3, b"\x04": 2, b"\x06": 4}


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raises `TooLarge` for more than `max_pixels`, `CorruptImage` for none."""
    if width < 1 or height < 1:
        raise CorruptImage(f"its header states {width} × {height} pixels")
    check_pixels(width, height, max_pixels)


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raises `TooLarge` for more than `max_pixels`."""
    if width * height > max_pixels:
        raise TooLarge(f"{width} × {height} is {width * height:,} pixels; --max-pixels is {max_pixels:,}")


def check_side(width: int, height: int, least: int, max_pixels: int) -> None:
    """Raises `TooLarge` for a picture so long and narrow that what is computed for each of its columns or rows is too much.

    Args:
        width: of the picture, pixels.
        height: likewise.
        least: samples that are held for each column and each row, even of a picture that has fewer: the network's side.
        max_pixels: as for a photograph.
    """
    if max(width, height) * least > max(max_pixels, _ALWAYS):
        raise TooLarge(
            f"{width} × {height} takes the memory of {max(width, height) * least:,} pixels; --max-pixels is {max_pixels:,}"
        )


def check_bytes(pixels: int, bytes_per_pixel: int, max_pixels: int) -> None:
    """Raises `TooLarge` where samples would take more memory than the largest picture of a kind that is read."""
    needed, most = pixels * bytes_per_pixel, max_pixels * _BYTES_PER_PIXEL
    if needed > most:
        raise TooLarge(f"{needed:,} bytes of samples; --max-pixels {max_pixels:,} allows {most:,}")


def check_canvas(data: bytes, max_pixels: int) -> None:
    """Raises `TooLarge` for a GIF or WebP whose canvas is too large: their decoders take memory for it as they are opened.

    A GIF's canvas is large enough for its first frame too, wherever that lies.
    """
    if data[:4] == b"GIF8" and (at := next(gif_images(data), len(data))) + 9 <= len(data):
        screen = struct.unpack_from("<HH", data, 6)
        left, top, width, height = struct.unpack_from("<HHHH", data, at + 1)
        check_pixels(max(screen[0], left + width), max(screen[1], top + height), max_pixels)
    elif data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X" and len(data) >= 30:
        across, down = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        check_pixels(across, down, max_pixels)


def check_repeats(data: bytes) -> None:
    """Raises `CorruptImage` for a JPEG that repeats itself.

    Each scan is a pass over all pixels, however few bytes it has; each segment of EXIF makes Pillow copy those before it.
    """
    if data[:3] != b"\xff\xd8\xff":
        return
    if exif_segments(data) > _MOST_REPEATED:
        raise CorruptImage(f"JPEG with EXIF in more than {_MOST_REPEATED} segments")
    if scans(data, _MOST_REPEATED + 1) > _MOST_REPEATED:
        raise CorruptImage(f"JPEG of more than {_MOST_REPEATED} scans")


def check_supply(image: Image.Image, data: bytes, max_pixels: int) -> None:
    """Whether the file could hold its picture, and a TIFF one of its tiles, however well it were compressed.

    Raises:
        CorruptImage: it could not: a bomb, or a rest.
        TooLarge: a tile has more than `max_pixels`.
    """
    tile = _tile(image)
    check_pixels(*tile, max_pixels)
    bits, expansion = _least_bits(image, data), _EXPANSION.get(_compression(image))
    if expansion is None:
        return
    needed, most = max(image.width * image.height, tile[0] * tile[1]) * bits // 8, len(data) * expansion
    if needed > most:
        raise CorruptImage(
            f"{image.format} of {len(data):,} bytes, which can't hold {image.width} × {image.height} pixels"
        )


def _tile(image: Image.Image) -> tuple[int, int]:
    """A tile's width and height; 0 where there are none. A decoder takes memory for one even where the picture is less."""
    tags: Any = getattr(image, "tag_v2", {})
    width, height = (tags.get(number, 0) for number in _TILE_SIDES)
    return (width, height) if isinstance(width, int) and isinstance(height, int) else (0, 0)


def _compression(image: Image.Image) -> str:
    if image.format == "TIFF":
        return str(image.info.get("compression", ""))
    tiles = getattr(image, "tile", ()) if image.format in _TOLD_BY_TILE else ()
    return str(tiles[0][0]) if tiles else ""


def _least_bits(image: Image.Image, data: bytes) -> int:
    """A pixel's, at least."""
    if image.format == "PNG" and data[BIT_DEPTH]:
        return data[BIT_DEPTH][0] * _PNG_CHANNELS.get(data[_COLOUR_TYPE], 1)
    tags: Any = getattr(image, "tag_v2", {})
    stated = tags.get(_BITS_PER_SAMPLE, ())
    return stated[0] if isinstance(stated, tuple) and stated and isinstance(stated[0], int) else 1  # of one plane
