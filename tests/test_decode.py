"""Every kind of file: what it becomes, or the code that it gets."""

from __future__ import annotations

import contextlib
import io
import math
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorizer_core.errors import CorruptImage, EmptyFile, ImageError, NotAnImage, TooLarge, UnsupportedImage
from colorizer_core.image.containers.kinds import write
from colorizer_core.image.containers.packets import Packets
from colorizer_core.image.decode import decode
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.orientation import ORIENTATION
from colorizer_core.image.picture import Picture
from tests import models, runs
from tests.carrying import encoded, gray

LIMIT = 1_000_000
GRADIENT = np.add.outer(np.arange(20) * 5, np.arange(30) * 4).astype(np.uint8)
COLOURS = np.dstack([GRADIENT, GRADIENT[::-1], GRADIENT[:, ::-1]])  # R, G, B
DEEP = GRADIENT.astype(np.uint16) * 257 + 3
ROBUST = models.SHARED / "robust"


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def by_opencv(extension: str, pixels: np.ndarray) -> bytes:
    return cv2.imencode(extension, pixels)[1].tobytes()


GRAY, RGB = Image.fromarray(GRADIENT), Image.fromarray(COLOURS)


@pytest.mark.parametrize(
    ("data", "channels", "bits", "alpha"),
    [
        (saved(GRAY, "JPEG"), 1, 8, False),
        (saved(RGB, "JPEG"), 3, 8, False),
        (saved(RGB.convert("CMYK"), "JPEG"), 3, 8, False),
        (saved(GRAY.convert("1"), "TIFF", compression="group4"), 1, 8, False),
        (saved(GRAY.convert("LA"), "PNG"), 1, 8, True),
        (saved(RGB.convert("RGBA"), "PNG"), 3, 8, True),
        (saved(RGB.convert("P"), "PNG"), 3, 8, False),
        (saved(GRAY.convert("P"), "PNG"), 1, 8, False),
        (saved(GRAY, "PNG", transparency=7), 1, 8, True),
        (saved(RGB, "WEBP", lossless=True), 3, 8, False),
        (saved(RGB, "BMP"), 3, 8, False),
        (saved(GRAY, "GIF"), 1, 8, False),
        (saved(RGB, "TIFF", compression="tiff_lzw"), 3, 8, False),
        (saved(RGB, "JPEG2000"), 3, 8, False),
        (saved(Image.fromarray(DEEP), "PNG"), 1, 16, False),
        (saved(Image.fromarray(DEEP), "TIFF"), 1, 16, False),
        (by_opencv(".png", np.dstack([DEEP] * 3)), 3, 16, False),
        (by_opencv(".png", np.dstack([DEEP] * 4)), 3, 16, True),
        (by_opencv(".tif", np.dstack([DEEP] * 3)), 3, 16, False),
    ],
)
def test_channels_bits_and_alpha_are_those_of_the_file(data: bytes, channels: int, bits: int, alpha: bool):
    picture = decode(data, LIMIT)
    assert (picture.width, picture.height) == (30, 20)
    assert (1 if picture.is_gray else 3, picture.bit_depth, picture.alpha is not None) == (channels, bits, alpha)
    assert picture.pixels.flags.c_contiguous


def test_values_are_those_of_the_file():
    assert np.array_equal(decode(saved(GRAY, "PNG"), LIMIT).pixels, GRADIENT)
    assert np.array_equal(decode(saved(RGB, "PNG"), LIMIT).pixels, COLOURS[..., ::-1])
    assert np.array_equal(decode(saved(Image.fromarray(DEEP), "TIFF"), LIMIT).pixels, DEEP)
    big_endian = saved(Image.frombytes("I;16B", (30, 20), DEEP.astype(">u2").tobytes()), "TIFF")
    assert np.array_equal(decode(big_endian, LIMIT).pixels, DEEP)
    deep_colour = np.dstack([DEEP, DEEP + 1, DEEP + 2])
    assert np.array_equal(decode(by_opencv(".png", deep_colour), LIMIT).pixels, deep_colour)
    assert np.unique(decode(saved(GRAY.convert("1"), "PNG"), LIMIT).pixels).tolist() == [0, 255]


def test_of_several_frames_the_first_is_taken():
    frames = [Image.fromarray(np.full((20, 30), value, np.uint8)) for value in (40, 200)]
    for kind in ("GIF", "TIFF"):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        assert np.unique(decode(data, LIMIT).pixels).tolist() == [40]


# EXIF 2.32, tag 0x0112: what has to be done to the stored rows to see the picture.
UPRIGHT = {
    1: lambda p: p, 2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1],
    5: lambda p: p.T, 6: lambda p: np.rot90(p, -1), 7: lambda p: p[::-1, ::-1].T, 8: lambda p: np.rot90(p),
}  # fmt: skip


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize(
    ("kind", "stored"), [("PNG", GRADIENT), ("TIFF", GRADIENT), ("WEBP", GRADIENT), ("PNG", DEEP), ("TIFF", DEEP)]
)
def test_orientation_is_applied_once(orientation: int, kind: str, stored: np.ndarray):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = Image.fromarray(stored)
    image = image.convert("RGB") if kind == "WEBP" else image
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = decode(saved(image, kind, exif=exif, **options), LIMIT)
    seen = picture.pixels if picture.is_gray else picture.pixels[..., 0]
    assert np.array_equal(seen, UPRIGHT[orientation](stored))


def test_orientation_of_deep_colour_is_applied_once():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    tags = saved(GRAY, "PNG", exif=exif)
    chunk = tags[tags.index(b"eXIf") - 4 :].partition(b"IDAT")[0][:-4]
    plain = by_opencv(".png", np.dstack([DEEP] * 3))
    picture = decode(plain[:33] + chunk + plain[33:], LIMIT)
    assert np.array_equal(picture.pixels[..., 0], np.rot90(DEEP, -1))


@pytest.mark.parametrize("format", CAPACITIES)
def test_orientation_that_stands_in_xmp_alone_turns_nothing(format: Format):
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
    )
    picture = decode(write(encoded(format), format, Packets(xmp=xmp)), LIMIT)
    assert (picture.height, picture.width) == gray().shape


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyFile),
        (b"no picture, only words", NotAnImage),
        (b"<html>404</html>", NotAnImage),
        (saved(RGB.resize((300, 200)), "JPEG")[:1500], CorruptImage),
        (saved(RGB.resize((300, 200)), "PNG")[:-60], CorruptImage),
        (saved(RGB.resize((300, 200)), "TIFF")[:900], CorruptImage),
        (by_opencv(".png", np.random.default_rng(0).integers(0, 65536, (90, 90, 3), np.uint16))[:9000], CorruptImage),
        (runs.bomb(), TooLarge),
        (saved(Image.fromarray(GRADIENT.astype(np.float32)), "TIFF"), UnsupportedImage),
        (saved(Image.fromarray(GRADIENT.astype(np.int32)), "TIFF"), UnsupportedImage),
    ],
)
def test_what_is_wrong_has_its_own_error(data: bytes, error: type[ImageError]):
    with pytest.raises(error):
        decode(data, LIMIT)


def chunk(name: bytes, body: bytes, sum_is_wrong: bool = False) -> bytes:
    crc = zlib.crc32(name + body) ^ sum_is_wrong
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)


def with_chunk(png: bytes, one: bytes) -> bytes:
    """Right behind the header."""
    return png[:33] + one + png[33:]


NOISE = np.random.default_rng(0).integers(0, 256, (90, 120), np.uint8)
PNGS = (saved(Image.fromarray(NOISE), "PNG"), by_opencv(".png", NOISE.astype(np.uint16) * 257))


@pytest.mark.parametrize("png", PNGS, ids=["8 bits", "16 bits"])
def test_a_png_with_damaged_pixels_is_corrupt(png: bytes):
    middle = len(png) // 2
    flipped = png[:middle] + bytes([png[middle] ^ 16]) + png[middle + 1 :]
    for damaged in (flipped, png[:middle], png[:middle] + bytes(64) + png[middle + 64 :]):
        with pytest.raises(CorruptImage):
            decode(damaged, LIMIT)


LONG = np.random.default_rng(1).bytes(1_200_000)


@pytest.mark.parametrize(
    "one",
    [
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + zlib.compress(LONG.hex().encode())),
        chunk(b"zTXt", b"Raw profile type 8bim\0\0" + zlib.compress(b"\n8bim\n 1200000\n" + LONG.hex().encode())),
        chunk(b"iCCP", b"a scanner\0\0" + zlib.compress(LONG)),
        chunk(b"tEXt", b"Comment\0words", sum_is_wrong=True),
        chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0\0\0\0\0", sum_is_wrong=True),
        chunk(b"tIME", b"\x07\xd0\1\1\1\1\1", sum_is_wrong=True),
    ],
    ids=["long XMP", "long text", "long profile", "text's sum", "EXIF's sum", "time's sum"],
)
@pytest.mark.parametrize("png", PNGS, ids=["8 bits", "16 bits"])
def test_a_png_is_read_whatever_stands_beside_its_pixels(png: bytes, one: bytes):
    assert np.array_equal(decode(with_chunk(png, one), LIMIT).pixels, decode(png, LIMIT).pixels)


def test_a_png_with_a_damaged_header_is_corrupt():
    with pytest.raises(CorruptImage, match="before its pixels"):
        decode(PNGS[0][:20] + b"\1" + PNGS[0][21:], LIMIT)


@pytest.mark.parametrize("reduction", [1, 2, 3, 4, 5, 8, 20, 100])
@pytest.mark.parametrize(
    "data",
    [
        *(saved(image.resize((300, 200)), "JPEG") for image in (GRAY, RGB, RGB.convert("CMYK"))),
        saved(RGB.resize((300, 200)), "PNG"),
        saved(RGB.resize((300, 200)).convert("RGBA"), "PNG"),
        by_opencv(".png", np.dstack([cv2.resize(DEEP, (300, 200))] * 3)),
    ],
)
def test_reduced_each_n_by_n_pixels_are_one_of_their_mean(data: bytes, reduction: int):
    whole, less = decode(data, LIMIT), decode(data, LIMIT, reduction)
    assert (less.width, less.height) == (math.ceil(300 / reduction), math.ceil(200 / reduction))
    assert (less.is_gray, less.bit_depth) == (whole.is_gray, whole.bit_depth)
    assert less.alpha is None or less.alpha.shape == less.pixels.shape[:2]
    mean = less.pixels.reshape(-1, less.pixels.size // (less.width * less.height)).mean(0) / less.white
    assert mean == pytest.approx(whole.pixels.reshape(60_000, -1).mean(0) / whole.white, abs=0.02)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 12), st.sampled_from(["JPEG", "PNG"]))
@settings(deadline=None, max_examples=200)
def test_reduced_every_kind_has_the_same_size(width: int, height: int, reduction: int, kind: str):
    picture = decode(saved(RGB.resize((width, height)), kind), LIMIT, reduction)
    assert (picture.width, picture.height) == (math.ceil(width / reduction), math.ceil(height / reduction))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_reduced_pictures_are_upright(kind: str):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    corner = np.zeros((201, 302, 3), np.uint8)
    corner[:60, :90] = 255
    picture = decode(saved(Image.fromarray(corner), kind, exif=exif), LIMIT, 4)
    assert (picture.width, picture.height) == (51, 76)
    assert picture.pixels[5, -5].min() > 250
    assert picture.pixels[5, 5].max() < 5


def test_the_limit_is_on_pixels_in_the_header():
    data = saved(GRAY, "PNG")
    assert decode(data, 600).width == 30
    with pytest.raises(TooLarge, match="30 × 20 is 600"):
        decode(data, 599)


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_damaged_bytes_are_an_image_error_or_a_picture(data: st.DataObject):
    whole = bytearray(data.draw(st.sampled_from([saved(RGB, kind) for kind in ("PNG", "JPEG", "TIFF", "GIF", "WEBP")])))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError):
        assert isinstance(decode(bytes(whole), LIMIT, data.draw(st.integers(1, 9))), Picture)


@pytest.mark.slow
@pytest.mark.skipif(not ROBUST.is_dir(), reason="the odd and hostile files are not beside the checkout")
def test_every_odd_broken_and_hostile_file_is_an_image_error_or_a_picture():
    pictures, messages = 0, []
    for number, path in enumerate(sorted(path for path in ROBUST.rglob("*") if path.is_file())):
        try:
            pictures += decode(path.read_bytes(), 100_000_000, 1 + number % 3).pixels.size > 0
        except ImageError as error:
            messages.append(str(error))
    assert pictures > 1000
    assert len(messages) > 100
    assert all(messages)
