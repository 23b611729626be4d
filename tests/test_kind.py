"""What kind of picture a source is: toned prints are no colour photographs, and only what is as good as even is blank."""

from __future__ import annotations

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from bench.kinds import TONED_PRINTS, TONES, derived, jpeg, toned
from colorizer_core.image.decode import decode
from colorizer_core.image.picture import Picture
from colorizer_core.kind import signs
from examples.photographs import gray_photographs
from tests.models import SHARED

needs_shared = pytest.mark.skipif(not (SHARED / "eval").is_dir(), reason="the photographs are not beside the checkout")
PRINT = next(gray_photographs())[1]


def kind(picture: Picture) -> str:
    return signs(picture).kind


def noisy(level: float, height: int = 1400, width: int = 1000) -> np.ndarray:
    """A page as a scanner sees it."""
    return np.random.default_rng(1).normal(level, 3, (height, width, 3)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", TONES)
def test_a_print_of_any_tone_is_toned_and_one_without_is_gray(name: str):
    assert kind(jpeg(toned(PRINT, TONES[name]))) == ("gray" if name == "gray" else "toned")


def test_one_channel_is_gray_and_so_is_gray_in_three():
    assert {kind(Picture(PRINT)), kind(Picture(np.dstack([PRINT] * 3)))} == {"gray"}


def test_sixteen_bits_are_the_same_kind():
    deep = Picture(toned(PRINT, TONES["strong sepia"]).astype(np.uint16) * 257)
    assert kind(deep) == "toned"


def test_colours_that_differ_at_one_lightness_are_colour_and_so_is_a_red_that_no_print_has():
    lab = np.dstack([np.full((90, 90), 60.0), *np.random.default_rng(0).normal(0, 12, (2, 90, 90))]).astype(np.float32)
    many = cv2.cvtColor(cv2.GaussianBlur(lab, (0, 0), 2), cv2.COLOR_LAB2BGR)
    many = cv2.resize(cv2.cvtColor(lab[::9, ::9], cv2.COLOR_LAB2BGR), (900, 900))
    assert kind(Picture((255 * many).astype(np.uint8))) == "color"
    red = toned(PRINT, ((0, (0, 0, 0)), (255, (255, 0, 0))))
    assert kind(Picture(red)) == "color"


@pytest.mark.parametrize("level", [252, 235, 120, 12, 0])
def test_paper_and_black_are_blank_whatever_the_scanners_noise(level: int):
    assert kind(jpeg(noisy(level))) == kind(Picture(noisy(level)[..., 0])) == "blank"


def test_specks_of_dust_leave_a_page_blank_and_a_line_of_writing_does_not():
    page = noisy(240)
    page[700:703, 400:403] = 0
    assert kind(Picture(page)) == "blank"
    page[400:410, 200:800:20] = 60
    assert kind(Picture(page)) != "blank"


def test_a_photograph_of_a_twelfth_of_its_contrast_is_not_blank():
    assert kind(Picture((PRINT / 12 + 200).astype(np.uint8))) == "gray"


def test_the_margin_is_not_looked_at():
    framed = np.dstack([PRINT] * 3)
    thick = min(PRINT.shape) // 16
    framed[:thick], framed[:, -thick:] = (0, 0, 255), (255, 0, 0)
    assert kind(Picture(framed)) == "gray"


@pytest.mark.parametrize("size", [(1, 1), (1, 9000), (3, 5), (15, 15)])
def test_in_few_pixels_nothing_can_be_told(size: tuple[int, int]):
    colours = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert kind(Picture(colours)) == "gray"


@needs_shared
def test_old_prints_are_gray_or_toned_as_the_eye_says_but_for_one_on_a_card_of_another_colour():
    found = {path.stem: kind(decode(path.read_bytes(), 10**9)) for path in (SHARED / "historical").iterdir()}
    wrong = {stem for stem, is_ in found.items() if is_ != ("toned" if stem in TONED_PRINTS else "gray")}
    assert (len(found), wrong) == (48, {"SenecaNative1908"})


@needs_shared
def test_of_colour_photographs_98_percent_are_colour_and_none_is_blank():
    jpegs = pq.read_table(SHARED / "eval" / "photos.parquet", columns=["jpeg"])["jpeg"].to_pylist()
    found = [kind(decode(jpeg, 10**9)) for jpeg in jpegs]
    assert found.count("blank") == 0
    assert found.count("color") >= 0.98 * (len(found) - 2)  # two are toned prints


@needs_shared
def test_the_same_photographs_as_prints_are_no_colour_photographs():
    jpegs = pq.read_table(SHARED / "eval" / "photos.parquet", columns=["jpeg"])["jpeg"].to_pylist()[::12]
    found = [
        (name, kind(jpeg(pixels)))
        for data in jpegs
        for name, pixels in derived(decode(data, 10**9).pixels)
        if name in TONES
    ]
    assert [one for one in found if one[1] != ("gray" if one[0] == "gray" else "toned")] == []
