"""Counting colours: where their definition puts them, over the pixels that were asked for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorizer_core.histogram import MIDDLE, SIDE, Histogram, histogram, points_of
from colorizer_core.image.decode import decode
from colorizer_core.image.picture import Picture
from colorizer_core.lab import from_srgb
from examples.photographs import paths


def one_colour(bgr: tuple[int, int, int], height: int = 6, width: int = 9) -> Picture:
    return Picture(np.full((height, width, 3), bgr, np.uint8))


@given(st.tuples(*[st.integers(0, 255)] * 3))
@settings(deadline=None, max_examples=300)
def test_a_colour_is_where_its_definition_puts_it(bgr: tuple[int, int, int]):
    found = histogram(one_colour(bgr))
    (at,) = points_of(found.bins)
    defined = from_srgb(np.array(bgr[::-1], float) / 255)[1:]
    assert np.abs(at - defined).max() <= 2.6
    assert found.counts.tolist() == [54]


def test_nearly_every_colour_is_within_a_unit_of_its_definition():
    colours = np.random.default_rng(0).integers(0, 256, (300, 3), np.uint8)
    found = [points_of(histogram(one_colour(tuple(colour))).bins)[0] for colour in colours.tolist()]
    defined = from_srgb(colours[:, ::-1] / 255)[:, 1:]
    assert (np.abs(np.array(found) - defined).max(axis=1) <= 1.0).mean() >= 0.99


def test_the_same_colours_in_16_bits_are_counted_alike():
    pixels = np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)
    shallow, deep = Picture(pixels), Picture(pixels.astype(np.uint16) * 257)
    assert np.array_equal(histogram(shallow).bins, histogram(deep).bins)
    assert np.array_equal(histogram(shallow).counts, histogram(deep).counts)


def test_a_border_is_left_out_at_each_side():
    pixels = np.full((40, 60, 3), (0, 0, 255), np.uint8)
    pixels[4:36, 6:54] = (255, 0, 0)
    inner = histogram(Picture(pixels), border=0.1)
    assert inner.counts.tolist() == [32 * 48]
    assert len(histogram(Picture(pixels), border=0.09).bins) == 2
    assert histogram(one_colour((9, 9, 9), 1, 1), border=0.49).counts.sum() == 1


def test_a_gray_picture_has_one_colour():
    gray = histogram(Picture(np.zeros((8, 8), np.uint8)))
    assert (points_of(gray.bins).tolist(), gray.counts.tolist()) == ([[0, 0]], [64])


def test_the_chroma_that_most_pixels_do_not_exceed():
    bins = [(MIDDLE + a) * SIDE + MIDDLE for a in (0, 3, 40)]
    found = Histogram(np.array(bins, np.uint16), np.array([900, 95, 5], np.uint32))
    assert [found.chroma(percentile) for percentile in (0, 50, 99, 99.9, 100)] == [0, 0, 3, 40, 40]
    assert Histogram(np.empty(0, np.uint16), np.empty(0, np.uint32)).chroma(99) == 0


def mean_ab(found: Histogram) -> np.ndarray:
    return np.average(points_of(found.bins), axis=0, weights=found.counts)


COLOURED = [path for path in paths() if cv2.imread(str(path)).std(axis=2).max() > 0]
HALVED = {False: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, True: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420}


@pytest.mark.parametrize("is_halved", HALVED)
@pytest.mark.parametrize("path", COLOURED, ids=lambda path: path.stem)
def test_a_jpeg_that_is_decoded_at_a_quarter_of_its_size_has_the_colours_of_its_means(path: Path, is_halved: bool):
    """libjpeg takes means from the coefficients, and enlarges no chroma that is halved; the rest is rounding.

    Sides are of whole blocks, for else the means that it is compared with lie a fraction of a pixel beside it.
    """
    bgr = cv2.imread(str(path))
    bgr = bgr[: bgr.shape[0] // 8 * 8, : bgr.shape[1] // 8 * 8]
    options = [cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, HALVED[is_halved]]
    data = cv2.imencode(".jpg", bgr, options)[1].tobytes()
    whole, less = decode(data, 10**7), decode(data, 10**7, 4)
    means = Picture(cv2.resize(whole.pixels, (less.width, less.height), interpolation=cv2.INTER_AREA))
    away = np.abs(less.pixels.astype(int) - means.pixels)
    assert away.mean() < 1
    assert np.quantile(away, 0.99) <= 6
    quick, exact = histogram(less), histogram(means)
    assert np.abs(mean_ab(quick) - mean_ab(exact)).max() < 0.2
    assert abs(quick.chroma(99) - exact.chroma(99)) < 2
