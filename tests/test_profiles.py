"""ICC profiles: the pixels become sRGB, by an independent computation; what can't be used is ignored."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from colorizer_core.image.decode import decode
from colorizer_core.image.profile import to_srgb
from colorizer_core.image.samples import Samples
from tests import models
from tests.kinds import GRAY, GRAY16, INKS16, RGB, RGB16, saved, tiff

LIMIT = 10_000_000
ADOBE = imagecodecs.cms_profile("adobergb")
GAMMA = imagecodecs.cms_profile("gray", gamma=1.8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PRESS = models.SHARED / "robust" / "libjpeg_turbo" / "testimages" / "test1.icc"
# Adobe RGB (1998), 4.3.4 and 4.3.5, and IEC 61966-2-1, 5.2: linear RGB → XYZ, both with D65.
FROM_ADOBE = [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
FROM_SRGB = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def encoded(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1: linear light → sRGB's samples."""
    light = np.clip(linear, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def by_matrices(adobe: np.ndarray) -> np.ndarray:
    """Adobe RGB → sRGB, 0 … 1."""
    return encoded(adobe ** (563 / 256) @ (np.linalg.inv(FROM_SRGB) @ FROM_ADOBE).T)


def seen(data: bytes) -> np.ndarray:
    picture = decode(data, LIMIT)
    return picture.pixels if picture.is_gray else picture.pixels[..., ::-1]


CUBE = np.stack(np.meshgrid(*[np.linspace(0, 65535, 33)] * 3), axis=-1).reshape(33, -1, 3).astype(np.uint16)


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_of_rgb_are_converted_in_sixteen(order: str):
    found = seen(tiff(CUBE, photometric="rgb", iccprofile=ADOBE, byteorder=order))
    away = np.abs(found - by_matrices(CUBE / 65535) * 65535)
    assert found.dtype == np.uint16
    assert away.max() < 128  # half a level of 255
    assert away.mean() < 10
    assert len(np.unique(found)) > 5000


def test_eight_bits_of_rgb_are_converted():
    for data in (saved(RGB, "PNG", icc_profile=ADOBE), tiff(RGB, photometric="rgb", iccprofile=ADOBE)):
        assert np.abs(seen(data) - by_matrices(RGB / 255) * 255).max() <= 1
    jpeg = seen(saved(RGB, "JPEG", icc_profile=ADOBE, quality=98, subsampling=0))
    assert np.abs(jpeg - by_matrices(RGB / 255) * 255).mean() < 2


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_a_gray_profiles_curve_becomes_srgbs(kind: str):
    found = seen(saved(GRAY, kind, icc_profile=GAMMA))
    assert found.shape == GRAY.shape
    assert np.abs(found - encoded((GRAY / 255) ** 1.8) * 255).max() <= (1 if kind != "JPEG" else 5)


def test_a_gray_profiles_curve_is_applied_in_sixteen_bits():
    found = seen(tiff(GRAY16, iccprofile=GAMMA))
    assert np.abs(found - encoded((GRAY16 / 65535) ** 1.8) * 65535).max() <= 2
    assert len(np.unique(found)) == len(np.unique(GRAY16))


def test_min_is_white_is_turned_before_the_curve_is_applied():
    found = seen(tiff(GRAY16, photometric="miniswhite", iccprofile=GAMMA))
    assert np.abs(found - encoded(((65535 - GRAY16) / 65535) ** 1.8) * 65535).max() <= 2


@pytest.mark.parametrize("profile", [SRGB, imagecodecs.cms_profile("srgb")])
@pytest.mark.parametrize("pixels", [RGB, RGB16])
def test_what_is_srgb_stays_as_it_is(profile: bytes, pixels: np.ndarray):
    assert np.array_equal(seen(tiff(pixels, photometric="rgb", iccprofile=profile)), pixels)


@pytest.mark.parametrize(
    "profile", [b"", b"no profile", ADOBE[:200], ADOBE[:36] + b"xxxx" + ADOBE[40:], ADOBE[:128] + b"\xff" * 300, GAMMA]
)
def test_a_profile_that_is_damaged_or_another_colour_spaces_is_ignored(profile: bytes):
    assert np.array_equal(seen(saved(RGB, "PNG", icc_profile=profile)), RGB)
    assert np.array_equal(seen(tiff(RGB16, photometric="rgb", iccprofile=profile)), RGB16)


def test_a_colour_profile_on_gray_is_ignored():
    assert np.array_equal(seen(saved(GRAY, "PNG", icc_profile=ADOBE)), GRAY)
    assert np.array_equal(seen(tiff(GRAY16, iccprofile=ADOBE)), GRAY16)


def test_alpha_is_not_converted():
    four = np.dstack([RGB, GRAY])
    picture = decode(saved(four, "PNG", icc_profile=ADOBE), LIMIT)
    assert np.array_equal(picture.alpha, GRAY)
    assert np.abs(picture.pixels[..., ::-1] - by_matrices(RGB / 255) * 255).max() <= 1


press = pytest.mark.skipif(not PRESS.is_file(), reason="the press profile is not beside the checkout")


def by_pillow(inks: np.ndarray) -> np.ndarray:
    """CMYK → sRGB in 8 bits, by Pillow's LittleCMS, relative to white and with black on black."""
    convert = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(PRESS.read_bytes())),
        ImageCms.ImageCmsProfile(io.BytesIO(SRGB)),
        "CMYK",
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return np.asarray(ImageCms.applyTransform(Image.fromarray(inks, "CMYK"), convert))


@press
def test_cmyk_goes_through_its_profile():
    inks = (INKS16 >> 8).astype(np.uint8)
    profile = PRESS.read_bytes()
    whole = saved(Image.fromarray(inks, "CMYK"), "TIFF", icc_profile=profile)
    assert np.abs(seen(whole) - by_pillow(inks).astype(int)).max() <= 1
    jpeg = seen(saved(Image.fromarray(inks, "CMYK"), "JPEG", icc_profile=profile, quality=98, subsampling=0))
    assert np.abs(jpeg - by_pillow(inks).astype(int)).mean() < 2
    assert np.abs(jpeg - seen(saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=98)).astype(int)).mean() > 5


@press
def test_sixteen_bits_of_cmyk_go_through_their_profile_in_sixteen():
    found = seen(tiff(INKS16, photometric="separated", iccprofile=PRESS.read_bytes()))
    assert found.dtype == np.uint16
    assert np.abs(found / 257 - by_pillow(np.rint(INKS16 / 257).astype(np.uint8))).mean() < 1
    assert len(np.unique(found)) > 1000


@press
def test_paper_is_white_and_all_inks_are_black():
    inks = np.zeros((2, 2, 4), np.uint16)
    inks[1] = 65535
    picture = to_srgb(Samples(inks, None, PRESS.read_bytes()))
    assert picture.pixels[0].min() > 65_400
    assert picture.pixels[1].max() < 200
