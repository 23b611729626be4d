"""The figures of a coloured photograph, against plain computations over the same grid; and a case for each flag."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorizer_core import colorizer, lab
from colorizer_core.chroma import Chroma
from colorizer_core.colorizer import render
from colorizer_core.gamut import Gamut, share_outside
from colorizer_core.image.picture import Picture
from colorizer_core.lightness import strip
from colorizer_core.quality import Quality, Sampled
from examples.photographs import gray_photographs

PRINT = next(gray_photographs())[1]
GRID = st.tuples(st.integers(1, 300), st.integers(1, 300))


def map_of(seed: int, spread: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, spread, (2, 8, 8)).astype(np.float32)


def figures(picture: Picture, ab: np.ndarray, gamut: Gamut = "clip") -> Quality:
    sampled = Sampled(picture)
    return sampled.quality(render(picture, ab, gamut=gamut, sampled=sampled))


def grid(side: int) -> np.ndarray:
    """Where the figures are taken, said otherwise: the middles of at most 128 equal stretches."""
    count = min(side, 128)
    return np.floor((np.arange(count) + 0.5) * side / count).astype(int)


def lab_of(pixels: np.ndarray) -> np.ndarray:
    colours = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
    return lab.from_srgb(colours[..., ::-1].astype(float) / np.iinfo(pixels.dtype).max)


def random_picture(size: tuple[int, int], seed: int, deep: bool) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 256, size, np.uint8)
    return Picture(pixels.astype(np.uint16) * 257 if deep else pixels)


@given(GRID, st.integers(0, 9), st.floats(0, 60), st.booleans())
@settings(deadline=None, max_examples=40)
def test_they_are_those_of_the_definitions_on_the_grid(size: tuple[int, int], seed: int, spread: float, deep: bool):
    picture, ab = random_picture(size, seed, deep), map_of(seed, spread)
    found, pixels = figures(picture, ab), render(picture, ab).pixels
    at = np.ix_(grid(picture.height), grid(picture.width))
    after, before = lab_of(pixels[at]), lab_of(picture.pixels[at])
    moved = np.sort(np.abs(after[..., 0] - before[..., 0]).ravel())
    assert found.delta_l_max == pytest.approx(moved[-1], abs=0.01)
    assert found.delta_l_p99 == pytest.approx(moved[int(np.ceil(0.99 * len(moved))) - 1], abs=0.01)
    assert found.mean_chroma == pytest.approx(np.hypot(after[..., 1], after[..., 2]).mean(), abs=0.01)
    rgb = 255 * pixels[at].astype(float)[..., ::-1] / picture.white
    rg, yb = rgb[..., 0] - rgb[..., 1], (rgb[..., 0] + rgb[..., 1]) / 2 - rgb[..., 2]
    m3 = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert found.colourfulness == pytest.approx(m3, abs=0.01)


@given(GRID, st.integers(0, 9), st.floats(0, 60))
@settings(deadline=None, max_examples=40)
def test_the_share_out_of_gamut_is_that_of_a_computation_in_float64(size: tuple[int, int], seed: int, spread: float):
    picture, ab = random_picture(size, seed, deep=False), map_of(seed, spread)
    bright = strip(picture, 0, picture.height)
    asked = np.stack([bright, *Chroma(ab, picture).strip(0, picture.height, bright)], axis=-1)
    colours = asked[np.ix_(grid(picture.height), grid(picture.width))].astype(float)
    y = (colours[..., 0] + 16) / 116
    f = np.stack([y + colours[..., 1] / 500, y, y - colours[..., 2] / 200], axis=-1)
    linear = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2) @ lab.FROM_XYZ.T
    sure, perhaps = (np.any((linear < -most) | (linear > 1 + most), axis=-1).mean() for most in (1.1e-4, 0.9e-4))
    assert sure <= figures(picture, ab).out_of_gamut <= perhaps


@pytest.mark.parametrize("level", [0, 1, 128, 254, 255])
def test_no_gray_is_out_of_gamut_by_rounding(level: int):
    bright = strip(Picture(np.full((9, 9), level, np.uint8)), 0, 9)
    assert share_outside(np.dstack([bright, 0 * bright, 0 * bright])) == 0


@pytest.mark.parametrize("gamut", ["clip", "lightness"])
def test_the_height_of_strips_changes_no_figure(monkeypatch: pytest.MonkeyPatch, gamut: Gamut):
    picture, ab = Picture(PRINT), map_of(3, 40)
    usual = figures(picture, ab, gamut)
    for height in (1, 7, 10_000):
        monkeypatch.setattr(colorizer, "STRIP", height)
        assert figures(picture, ab, gamut) == usual


def test_a_gray_output_has_neither_chroma_nor_hue_and_keeps_its_lightness():
    found = figures(Picture(PRINT), np.zeros((2, 8, 8), np.float32))
    assert asdict(found) == pytest.approx(dict.fromkeys(asdict(found), 0), abs=0.01)


def test_lightness_moves_where_rgb_is_clipped_and_hardly_where_chroma_is_given_up():
    picture, ab = Picture(PRINT), map_of(1, 60)
    clipped, kept = figures(picture, ab), figures(picture, ab, "lightness")
    assert clipped.delta_l_p99 > 2 > 0.5 >= kept.delta_l_max
    assert clipped.out_of_gamut == pytest.approx(kept.out_of_gamut, abs=0.01)


def test_one_hue_has_no_entropy_and_all_hues_alike_have_all():
    one = np.stack([np.full((8, 8), 12, np.float32), np.full((8, 8), 12, np.float32)])
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False).reshape(8, 8)
    every = (12 * np.stack([np.cos(angles), np.sin(angles)])).astype(np.float32)
    middle = Picture(np.full((200, 200), 128, np.uint8))
    assert figures(middle, one).hue_entropy == pytest.approx(0, abs=0.01)
    assert figures(middle, every).hue_entropy > 0.9


@pytest.mark.parametrize(
    ("ab", "flags"),
    [
        (np.zeros((2, 8, 8)), ("no_color",)),
        (np.full((2, 8, 8), 12), ("one_tint",)),
        (map_of(1, 12), ()),
        (map_of(1, 60), ("clipped",)),
    ],
)
def test_each_flag_has_a_case_and_plain_colours_have_none(ab: np.ndarray, flags: tuple[str, ...]):
    assert figures(Picture(np.clip(PRINT, 40, 215)), ab.astype(np.float32)).flags == flags


def test_flags_come_together():
    found = Quality(30, 20, out_of_gamut=0.3, delta_l_p99=1.1, delta_l_max=4, hue_entropy=0.2)
    assert found.flags == ("one_tint", "clipped")
