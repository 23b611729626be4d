"""The small ab map at full size: `cv2.resize`'s values, in strips; and colour that stops at the photograph's outlines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from colorizer_core import lightness
from colorizer_core.chroma import Chroma, Enlarging
from colorizer_core.image.picture import Picture


def enlarged(ab: np.ndarray, picture: Picture, enlarging: Enlarging, rows: int = 16) -> np.ndarray:
    chroma = Chroma(ab, picture, enlarging)
    strips = []
    for top in range(0, picture.height, rows):
        bottom = min(top + rows, picture.height)
        strips.append(np.stack(chroma.strip(top, bottom, lightness.strip(picture, top, bottom))))
    return np.concatenate(strips, axis=1)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (56, 56), (301, 417), (40, 30)])
@pytest.mark.parametrize(("enlarging", "interpolation"), [("published", cv2.INTER_LINEAR), ("cubic", cv2.INTER_CUBIC)])
def test_the_values_are_those_of_opencv(size: tuple[int, int], enlarging: Enlarging, interpolation: int):
    ab = np.random.default_rng(0).normal(0, 30, (2, 56, 56)).astype(np.float32)
    ours = enlarged(ab, Picture(np.zeros(size, np.uint8)), enlarging)
    theirs = np.stack([cv2.resize(plane, size[::-1], interpolation=interpolation) for plane in ab])
    np.testing.assert_allclose(ours, theirs, atol=0.01)


@pytest.mark.parametrize("enlarging", ["published", "cubic", "guided"])
def test_strips_of_any_height_give_the_same_values(enlarging: Enlarging):
    rng = np.random.default_rng(1)
    ab = rng.normal(0, 30, (2, 32, 32)).astype(np.float32)
    picture = Picture(rng.integers(0, 256, (130, 90, 3), np.uint8))
    whole = enlarged(ab, picture, enlarging, 130)
    for rows in (1, 7, 16):
        np.testing.assert_array_equal(enlarged(ab, picture, enlarging, rows), whole)


def test_guided_colour_stops_at_an_outline_where_bilinear_colour_bleeds():
    """A bright red half beside a dark blue one; the map's samples are 20 pixels wide, the outline in the middle of one."""
    picture = Picture(np.full((640, 640), 60, np.uint8))
    picture.pixels[:, 330:] = 190
    true = np.where(picture.pixels[None] > 100, np.array([60, 30])[:, None, None], np.array([-10, -40])[:, None, None])
    small = np.stack([cv2.resize(p.astype(np.float32), (32, 32), interpolation=cv2.INTER_AREA) for p in true])
    near = np.s_[:, :, 310:350]
    wrong = {way: np.abs(enlarged(small, picture, way) - true)[near].mean() for way in ("published", "cubic", "guided")}
    assert wrong["guided"] < 0.7 * wrong["cubic"] < wrong["published"]


def test_where_nothing_has_an_outline_guided_colours_have_the_means_of_the_map():
    ab = np.random.default_rng(2).normal(0, 30, (2, 32, 32)).astype(np.float32)
    whole = enlarged(ab, Picture(np.full((640, 960), 127, np.uint8)), "guided")
    means = whole.reshape(2, 32, 20, 32, 30).mean(axis=(2, 4))
    np.testing.assert_allclose(means, ab, atol=0.5)


@pytest.mark.parametrize("side", [1, 2, 32])
def test_one_colour_stays_one_colour(side: int):
    ab = np.full((2, side, side), 25, np.float32)
    picture = Picture(np.random.default_rng(4).integers(0, 256, (50, 70), np.uint8))
    np.testing.assert_allclose(enlarged(ab, picture, "guided"), 25, atol=1e-3)


@pytest.mark.parametrize("size", [(700, 900), (1101, 1499), (2100, 4300)])
def test_the_mean_of_l_is_taken_around_each_place(size: tuple[int, int]):
    pixels = np.random.default_rng(3).integers(0, 256, size, np.uint8)
    whole = lightness.strip(Picture(pixels), 0, size[0])
    expected = cv2.resize(whole, (32, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(lightness.reduced(Picture(pixels), 32) - expected).max() < 3
    smooth = Picture(cv2.GaussianBlur(pixels, (0, 0), 9))
    expected = cv2.resize(lightness.strip(smooth, 0, size[0]), (32, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(lightness.reduced(smooth, 32) - expected).max() < 0.3
