"""TIFFs of more than 8 bits, and of what kinds Pillow does not know, by tifffile: a strip or tile at a time.

Nothing that a file states is believed before it is held against the limits: not its size, and not that of a tile.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from colorizer_core.errors import CorruptImage, UnsupportedImage, brief
from colorizer_core.image.cielab import Encoding, lab_to_srgb
from colorizer_core.image.codestream import codestream_at, webp_size
from colorizer_core.image.damage import BROKEN
from colorizer_core.image.limits import check_bytes, check_size
from colorizer_core.image.picture import Pixels
from colorizer_core.image.samples import Samples, contiguous, widened, without_premultiplication

_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _SEPARATED = 0, 1, 2, 5
_LABS: dict[int, Encoding] = {8: "cielab", 9: "icclab"}
_CHANNELS = {_MIN_IS_WHITE: 1, _MIN_IS_BLACK: 1, _RGB: 3, _SEPARATED: 4, **dict.fromkeys(_LABS, 3)}
_ASSOCIATED, _UNASSOCIATED = 1, 2
_BITS_PER_SAMPLE, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _ORIENTATION = 258, 259, 262, 266, 274
_PLANAR, _INK_SET, _EXTRA_SAMPLES, _CMYK = 284, 332, 338, 1
_COMPRESSIONS = (1, 5, 8, 32946, 32773, 34925, 50000)
"""None, LZW, deflate, PackBits, LZMA, zstd."""
_WEBP, _JPEG_2000 = 50001, (34712, 33004, 33005)
"""Pictures inside: each strip or tile is one, and states a size of its own. (33003 has chroma that is subsampled.)"""
_ADVICE = "convert it to gray, RGB or CMYK of 8 or 16 bits a sample"


def deep_tiff(image: Image.Image, data: bytes, max_pixels: int) -> Samples | None:
    """A TIFF that Pillow has opened and would read wrongly or not at all; None for another.

    It has 9 … 16 bits, CIE Lab, WebP inside, alpha in a plane of its own, or the least bit first in planes or in inverted gray.

    Raises:
        ImageError: as `read_tiff`.
    """
    tags: Any = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE, (8,))
    is_deep = isinstance(bits, tuple) and max(bits, default=8) > 8
    is_ours = is_deep or tags.get(_PHOTOMETRIC) in _LABS or image.info.get("compression") == "webp"
    return read_tiff(data, max_pixels) if is_ours or _is_odd(tags) else None


def _is_odd(tags: Any) -> bool:
    """Of 8 bits, and yet not as Pillow takes it."""
    has_planes, is_turned = tags.get(_PLANAR) == 2, tags.get(_FILL_ORDER) == 2
    is_odd = has_planes and (_EXTRA_SAMPLES in tags or is_turned)
    is_odd |= is_turned and tags.get(_PHOTOMETRIC) == _MIN_IS_WHITE
    is_read = tags.get(_PHOTOMETRIC) in _CHANNELS and tags.get(_COMPRESSION, 1) in _COMPRESSIONS
    return is_odd and is_read and set(tags.get(_BITS_PER_SAMPLE, ())) == {8}


def read_tiff(data: bytes, max_pixels: int) -> Samples:
    """The first page.

    Args:
        data: the file.
        max_pixels: width × height at most.

    Raises:
        CorruptImage: its structure or its samples are broken, or some are missing.
        TooLarge: it states more pixels, or more of them in a tile, than `max_pixels`.
        UnsupportedImage: its samples are of a kind that is not read.
    """
    try:
        with _opened(data) as file:
            page = file.pages.first
            _check(page, max_pixels)
            return _samples(page, _assembled(page))
    except BROKEN as error:
        raise CorruptImage(f"TIFF that is damaged: {brief(error)}") from error


def _opened(data: bytes) -> Any:
    import tifffile  # a fifth of a second, which commands and runs without such files do without

    tifffile.logger().disabled = True  # what it would print is in the errors here
    # The dialects of microscopes, for which it would read more than the first directory, are no photographs.
    return tifffile.TiffFile(io.BytesIO(data), is_lsm=False, is_ndpi=False, is_scanimage=False, is_stk=False)


def _check(page: Any, max_pixels: int) -> None:
    check_size(page.imagewidth, page.imagelength, max_pixels)
    if page.imagedepth != 1 or page.sampleformat != 1 or page.bitspersample not in range(8, 17):
        raise UnsupportedImage(
            f"TIFF with samples of {page.bitspersample} bits, SampleFormat {page.sampleformat}; {_ADVICE}"
        )
    wanted = _CHANNELS.get(int(page.photometric))
    if wanted is None or page.samplesperpixel < wanted or page.tags.valueof(_INK_SET, _CMYK) != _CMYK:
        raise UnsupportedImage(
            f"TIFF with {page.samplesperpixel} samples a pixel, PhotometricInterpretation {int(page.photometric)}; {_ADVICE}"
        )
    if int(page.photometric) in _LABS and page.bitspersample not in (8, 16):
        raise UnsupportedImage(f"TIFF in CIE Lab of {page.bitspersample} bits; {_ADVICE}")
    if int(page.compression) not in (*_COMPRESSIONS, _WEBP, *_JPEG_2000):
        raise UnsupportedImage(
            f"TIFF of {page.bitspersample} bits with compression {int(page.compression)}; use LZW or deflate"
        )
    each = page.samplesperpixel * page.dtype.itemsize
    check_bytes(page.imagewidth * page.imagelength, each, max_pixels)
    _check_segments(page, each, max_pixels)


def _check_segments(page: Any, each: int, max_pixels: int) -> None:
    """Of strips and tiles: as many as the picture takes, none larger than a picture may be."""
    if page.is_tiled:
        check_size(page.tilewidth, page.tilelength, max_pixels)
        check_bytes(page.tilewidth * page.tilelength * page.tiledepth, each, max_pixels)
    elif page.compression == 1:
        needed = page.imagewidth * page.imagelength * page.bitspersample // 8
        if needed > page.parent.filehandle.size:
            raise CorruptImage(f"TIFF with fewer bytes than the {needed:,} that its pixels take")
    if len(page.dataoffsets) < math.prod(page.chunked):
        raise CorruptImage(f"TIFF with {len(page.dataoffsets):,} of {math.prod(page.chunked):,} strips or tiles")


def _assembled(page: Any) -> Pixels:
    """(h, w, samples) uint8 or uint16. A page of one strip is that strip: there is no second copy."""
    height, width, count = page.imagelength, page.imagewidth, page.samplesperpixel
    whole: Pixels | None = None
    for segment, (plane, _, top, left, _), _ in _segments(page):
        if segment is None:
            raise CorruptImage("TIFF of which a strip or tile is missing")
        part = segment[0][: height - top, : width - left]
        if part.shape == (height, width, count) and part.dtype == page.dtype:
            only: Pixels = np.require(part, requirements=["W", "C"])
            return only
        if whole is None:
            whole = np.empty((height, width, count), page.dtype)
        rows, columns = slice(top, top + part.shape[0]), slice(left, left + part.shape[1])
        whole[rows, columns, plane : plane + part.shape[2]] = part
    if whole is None:
        raise CorruptImage("TIFF without pixels")
    return whole


def _segments(page: Any) -> Iterator[Any]:
    """As tifffile's own; of a picture inside a strip or tile the header is held against the file's before it is decoded."""
    if int(page.compression) in _COMPRESSIONS:
        yield from page.segments(maxworkers=1)
        return
    length = math.prod(page.chunked)
    for data, index in page.parent.filehandle.read_segments(
        page.dataoffsets, page.databytecounts, length=length, sort=False
    ):
        if data is not None:
            _check_inside(page, data)
        yield page.decode(data, index, _fullsize=page.is_tiled)


def _check_inside(page: Any, data: bytes) -> None:
    """Raises `CorruptImage` where the picture inside is not the strip or tile that the file states."""
    if int(page.compression) == _WEBP:
        size = webp_size(data)
        fits = page.samplesperpixel in (3, 4) and page.planarconfig == 1 and page.bitspersample == 8
    else:
        found = codestream_at(data, 0)
        size = None if found is None else (found.width, found.height)
        channels = page.samplesperpixel if page.planarconfig == 1 else 1
        fits = found is not None and found.is_plain and (found.channels, found.bits) == (channels, page.bitspersample)
    tile = (
        (page.tilewidth, page.tilelength)
        if page.is_tiled
        else (page.imagewidth, min(page.rowsperstrip, page.imagelength))
    )
    if size is None or not fits or size[0] > tile[0] or size[1] > tile[1]:
        raise CorruptImage(
            f"TIFF with a picture inside that is not one of {tile[0]} × {tile[1]} pixels as its header has it"
        )


def _samples(page: Any, pixels: Pixels) -> Samples:
    if 8 < page.bitspersample < 16:
        widened(pixels, page.bitspersample)
    channels = _CHANNELS[int(page.photometric)]
    colours = contiguous(pixels[..., :channels])
    if channels == 1:
        colours = colours[..., 0]
    if int(page.photometric) == _MIN_IS_WHITE:
        np.invert(colours, out=colours)
    encoding = _LABS.get(int(page.photometric))
    if encoding:
        lab_to_srgb(colours, encoding)
    kind = _alpha_kind(page, channels)
    alpha = contiguous(pixels[..., channels]) if kind else None
    if kind == _ASSOCIATED and alpha is not None:
        without_premultiplication(colours, alpha)
    stated = page.tags.valueof(_ORIENTATION, 1)
    orientation = int(stated) if stated in range(1, 9) else 1
    return Samples(colours, alpha, None if encoding else _profile(page), orientation)


def _alpha_kind(page: Any, channels: int) -> int:
    """ExtraSamples' word for the sample behind the colours; RGB with four and no word has alpha. 0: there is none."""
    if page.samplesperpixel <= channels:
        return 0
    stated = tuple(int(one) for one in page.extrasamples)
    if not stated:
        return _UNASSOCIATED if channels == 3 else 0
    return stated[0] if stated[0] in (_ASSOCIATED, _UNASSOCIATED) else 0


def _profile(page: Any) -> bytes | None:
    profile = page.iccprofile
    return profile if isinstance(profile, bytes) else None
