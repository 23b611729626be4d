"""Every kind of file, in and out: the pixels that it holds, its alpha, its bits a sample, its pages."""

from __future__ import annotations

import io
import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from colorizer_core.colorizer import Colorizer, Options
from colorizer_core.image import writing
from colorizer_core.image.decode import decode, read
from colorizer_core.image.encode import encode
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.kinds import KINDS
from colorizer_core.image.picture import Picture
from tests.kinds import ALPHA, ALPHA16, FILES, GRAY16, RGB, RGB16, File, saved, tiff
from tests.test_colorizer import Flat
from tests.test_decode import UPRIGHT

LIMIT = 1_000_000


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_in_the_pixels_are_those_of_the_file(file: File):
    decoded = read(file.data, LIMIT)
    picture = decoded.picture
    seen = picture.pixels if picture.is_gray else picture.pixels[..., ::-1]
    assert (seen.shape, seen.dtype) == (file.pixels.shape, file.pixels.dtype)
    assert np.abs(seen.astype(int) - file.pixels).max() <= file.off * (
        1 if picture.bit_depth == 8 or file.off == 1 else 257
    )
    assert (picture.alpha is None) == (file.alpha is None)
    assert picture.alpha is None or np.array_equal(picture.alpha, file.alpha)
    assert (decoded.kind, decoded.frames) == (file.kind, file.frames)
    assert picture.pixels.flags.c_contiguous


def test_every_kind_of_the_table_that_is_an_archives_has_files_here():
    rest = {"pcx", "qoi", "sgi", "tga"}
    assert {file.kind for file in FILES} == {kind.name for kind in KINDS} - rest
    assert {kind.name for kind in KINDS if kind.write is not None} == set(CAPACITIES)


def opened(data: bytes, format: Format, deep: bool) -> np.ndarray:
    """By another library than the one that wrote it: R, G, B and alpha."""
    if format == "tiff":
        return tifffile.imread(io.BytesIO(data))
    if deep:
        return (imagecodecs.png_decode if format == "png" else imagecodecs.jpeg2k_decode)(data)
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("format", CAPACITIES)
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_out_another_library_reads_the_same_pixels(format: Format, deep: bool, has_alpha: bool):
    capacity = CAPACITIES[format]
    if (deep and not capacity.deep) or (has_alpha and not capacity.alpha):
        pytest.skip("the format has no room for it; tests/test_colorizer.py holds what becomes of it")
    rgb, alpha = (RGB16, ALPHA16) if deep else (RGB, ALPHA)
    picture = Picture(np.ascontiguousarray(rgb[..., ::-1]), alpha if has_alpha else None)
    read_back = opened(encode(picture, format, None), format, deep)
    assert read_back.dtype == rgb.dtype
    assert np.abs(read_back[..., :3].astype(int) - rgb).max() <= {"jpeg": 30, "webp": 30}.get(format, 0)
    assert read_back.shape[2] == (4 if has_alpha else 3)
    assert not has_alpha or np.array_equal(read_back[..., 3], alpha)


@pytest.mark.parametrize("format", ["png", "tiff", "jp2"])
@pytest.mark.parametrize("type_", [np.uint8, np.uint16])
def test_lossless_formats_lose_nothing_of_noise(format: Format, type_: type):
    noise = np.random.default_rng(0).integers(0, np.iinfo(type_).max, (90, 120, 4), type_, endpoint=True)
    picture = Picture(np.ascontiguousarray(noise[..., :3]), np.ascontiguousarray(noise[..., 3]))
    back = decode(encode(picture, format, None), LIMIT)
    assert np.array_equal(back.pixels, picture.pixels)
    assert np.array_equal(back.alpha, picture.alpha)


@pytest.mark.parametrize("format", ["png", "tiff", "jp2"])
@pytest.mark.parametrize("file", [file for file in FILES if file.pixels.dtype == np.uint16], ids=lambda file: file.name)
def test_sixteen_bits_stay_sixteen(format: Format, file: File):
    colored = Colorizer(Flat(), Options(already_color="recolor")).colorize(file.data, format)
    pixels = opened(colored.data, format, True)
    assert (colored.bit_depth, pixels.dtype) == (16, np.uint16)
    assert colored.source_frames == file.frames
    if file.pixels.ndim == 2:  # L is OpenCV's, within half a level of 255
        assert np.abs(pixels[..., :3].astype(int) - file.pixels[..., None]).max() < 128


@pytest.mark.parametrize("has_alpha", [False, True])
def test_a_tiff_that_is_written_has_strips_a_type_of_alpha_and_the_same_bytes_again(has_alpha: bool):
    rows = np.repeat(RGB16, 100, axis=1)
    picture = Picture(rows, np.repeat(ALPHA16, 100, axis=1) if has_alpha else None)
    data = encode(picture, "tiff", None)
    assert data == encode(picture, "tiff", None)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        assert [int(one) for one in page.extrasamples] == ([2] if has_alpha else [])
        assert (page.compression, page.predictor, page.photometric) == (8, 2, 2)
        assert page.rowsperstrip < page.imagelength
        assert not file.is_bigtiff


def test_a_tiff_beyond_four_gigabytes_is_a_bigtiff(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writing, "_CLASSIC", 1000)
    data = encode(Picture(RGB16), "tiff", None)
    assert struct.unpack_from("<H", data, 2) == (43,)
    assert np.array_equal(decode(data, LIMIT).pixels, RGB16)


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("options", [{}, {"compression": "lzw", "tile": (16, 16)}, {"byteorder": ">"}])
def test_a_deep_tiff_is_turned_once(orientation: int, options: dict[str, object]):
    tags = [(274, 3, 1, orientation, True)]
    for pixels in (GRAY16, RGB16):
        data = tiff(pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack", extratags=tags, **options)
        seen = decode(data, LIMIT).pixels
        seen = seen if seen.ndim == 2 else seen[..., 2]
        assert np.array_equal(seen, UPRIGHT[orientation](GRAY16))


def test_the_first_of_several_pages_is_coloured_and_they_are_counted():
    pages = np.stack([GRAY16, GRAY16[::-1]])
    colored = Colorizer(Flat()).colorize(tiff(pages, photometric="minisblack"), "tiff")
    assert colored.source_frames == 2
    assert np.abs(tifffile.imread(io.BytesIO(colored.data))[..., 0].astype(int) - GRAY16).max() < 128


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_photographs_with_an_orientation_are_turned_once(orientation: int, kind: str):
    exif = Image.Exif()
    exif[274] = orientation
    gray = (GRAY16 >> 8).astype(np.uint8)
    picture = decode(saved(np.dstack([gray] * 3), kind, exif=exif, quality=95), LIMIT)
    turned = UPRIGHT[orientation](gray)
    assert picture.pixels.shape[:2] == turned.shape
    assert np.abs(picture.pixels[..., 0].astype(int) - turned).max() < 12


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (31, 31), (2, 500), (40, 16), (32, 32)])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_a_jpeg_2000_may_be_as_small_as_one_pixel(height: int, width: int, deep: bool, has_alpha: bool):
    white = 65535 if deep else 255
    noise = np.random.default_rng(0).integers(
        0, white, (height, width, 4), np.uint16 if deep else np.uint8, endpoint=True
    )
    picture = Picture(np.ascontiguousarray(noise[..., :3]), np.ascontiguousarray(noise[..., 3]) if has_alpha else None)
    data = encode(picture, "jp2", None)
    back = decode(data, LIMIT)
    assert np.array_equal(back.pixels, picture.pixels)
    assert np.array_equal(back.alpha, picture.alpha) if has_alpha else back.alpha is None
    assert (b"cdef" in data) == has_alpha  # the box that calls a channel alpha
