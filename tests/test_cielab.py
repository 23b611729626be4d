"""CIE Lab in TIFFs: by LittleCMS, another computation than ours, and colours whose Lab is known."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from colorizer_core.errors import UnsupportedImage
from colorizer_core.image.decode import decode
from colorizer_core.kind import signs
from tests import models
from tests.kinds import ALPHA, GRAY, RGB, tiff

LIMIT = 1_000_000
SRGB = ImageCms.createProfile("sRGB")
SCANS = models.SHARED / "robust" / "pillow"
# Under D50: white, black, L 50, and sRGB's red, green and blue by its ICC profile and CIE 15.
KNOWN = np.array(
    [[100, 0, 0], [0, 0, 0], [50, 0, 0], [54.29, 80.81, 69.89], [87.82, -79.29, 80.99], [29.57, 68.30, -112.03]]
)
COLOURS = np.array([[255] * 3, [0] * 3, [119] * 3, [255, 0, 0], [0, 255, 0], [0, 0, 255]])


def encoded(lab: np.ndarray, photometric: str, bits: int) -> np.ndarray:
    """As a TIFF has them: TIFF 6.0, section 23, or ICC's."""
    unit = 1 if bits == 8 else 256
    white = 2**bits - 1 if photometric == "cielab" else 255 * unit
    ab = lab[..., 1:] * unit + (0 if photometric == "cielab" else 128 * unit)
    both = np.concatenate([lab[..., :1] * white / 100, ab], axis=-1)
    return np.rint(both).astype(np.int64).astype(np.uint8 if bits == 8 else np.uint16)


def by_littlecms(data: bytes) -> np.ndarray:
    """Of 8 bits, by Pillow's; computed, not from a table."""
    image, lab = Image.open(io.BytesIO(data)), ImageCms.createProfile("LAB", 5000)
    flags = ImageCms.Flags.NOOPTIMIZE | ImageCms.Flags.NOCACHE
    return np.asarray(ImageCms.profileToProfile(image, lab, SRGB, outputMode="RGB", flags=flags)).astype(int)


def seen(data: bytes) -> np.ndarray:
    return decode(data, LIMIT).pixels[..., ::-1]


@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
@pytest.mark.parametrize(("bits", "off"), [(8, 9), (16, 0.6)])
def test_known_colours_are_found(photometric: str, bits: int, off: float):
    found = seen(tiff(encoded(KNOWN[None], photometric, bits), photometric=photometric))
    assert found.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert np.abs(found[0] * (255 / (2**bits - 1)) - COLOURS).max() <= off


def test_eight_bits_are_littlecms():
    lab = encoded(np.dstack([GRAY / 2.55, RGB[..., 0] / 4 - 30, RGB[..., 1] / 4 - 30]), "cielab", 8)
    data = tiff(lab, photometric="cielab", compression="lzw", predictor=2, tile=(16, 16))
    assert np.abs(seen(data) - by_littlecms(tiff(lab, photometric="cielab"))).max() <= 1


@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
@pytest.mark.parametrize("bits", [8, 16])
def test_lightness_without_colour_is_gray_and_rises_over_the_whole_range(photometric: str, bits: int):
    ramp = np.zeros((1, 256, 3))
    ramp[..., 0] = np.linspace(0, 100, 256)
    found = seen(tiff(encoded(ramp, photometric, bits), photometric=photometric)).astype(int)
    white = 2**bits - 1
    assert np.abs(found - found[..., :1]).max() <= (0 if bits == 8 else 1)
    assert (found[0, 0, 0], found[0, -1, 0]) == (0, white)
    assert (np.diff(found[0, :, 0]) >= 0).all()


def test_a_scan_of_a_black_and_white_print_is_gray_and_a_toned_one_is_toned():
    lightness = np.tile(np.linspace(0, 100, 300), (200, 1))
    for a, b, kind in ((0, 0, "gray"), (6, 14, "toned")):
        lab = np.dstack([lightness, np.full_like(lightness, a), np.full_like(lightness, b)])
        assert signs(decode(tiff(encoded(lab, "cielab", 8), photometric="cielab"), LIMIT)).kind == kind


def test_alpha_goes_along():
    lab = encoded(np.dstack([GRAY / 2.55, 0 * GRAY, 0 * GRAY]), "cielab", 8)
    data = tiff(np.dstack([lab, ALPHA]), photometric="cielab", extrasamples=["unassalpha"])
    assert np.array_equal(decode(data, LIMIT).alpha, ALPHA)


def test_other_depths_are_unsupported():
    with pytest.raises(UnsupportedImage, match="Lab of 12 bits"):
        decode(tiff(np.zeros((4, 6, 3), np.uint16), photometric="cielab", bitspersample=12), LIMIT)


@pytest.mark.skipif(not SCANS.is_dir(), reason="Pillow's files in Lab are not beside the checkout")
@pytest.mark.parametrize("name", ["lab", "lab-red", "lab-green"])
def test_pillows_own_files_are_littlecms(name: str):
    data = (SCANS / f"Tests__images__{name}.tif").read_bytes()
    assert np.abs(seen(data) - by_littlecms(data)).max() <= 1
