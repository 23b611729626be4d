"""Colorizer between an engine that is a fake and files that are real."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from colorizer_core.colorizer import Colorizer, Options
from colorizer_core.errors import AlreadyColor, Blank, EmptyFile, ImageError, TooLarge, TooLargeForFormat
from colorizer_core.image.formats import CAPACITIES, Format

GRAY = np.add.outer(np.arange(60) * 2, np.arange(80) * 1).astype(np.uint8)

COLOUR = cv2.cvtColor(
    np.dstack([np.tile(hue, (60, 1)) for hue in (np.arange(80) * 2, np.full(80, 120), np.full(80, 170))]).astype(
        np.uint8
    ),
    cv2.COLOR_HSV2BGR,
)


class Flat:
    """The same a and b everywhere."""

    input_size = 32

    def __init__(self, a: float = 0, b: float = 0) -> None:
        self.ab, self.calls = (a, b), 0

    def forward(self, lightness: np.ndarray) -> np.ndarray:
        assert lightness.shape == (32, 32)
        assert lightness.dtype == np.float32
        assert -50.01 <= lightness.min() <= lightness.max() <= 50.01
        self.calls += 1
        return np.stack([np.full((8, 8), value, np.float32) for value in self.ab])


def png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def opened(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def lightness(bgr: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[..., 0]


def test_without_colour_the_photograph_comes_back():
    colored = opened(Colorizer(Flat()).colorize(png(GRAY), "png").data)
    assert np.abs(colored.astype(int) - GRAY[..., None]).max() <= 1


@pytest.mark.parametrize("ab", [(6, 4), (-5, 6), (4, -8), (0, 10)])
def test_lightness_is_the_photographs_wherever_the_colour_is_inside_srgb(ab: tuple[float, float]):
    middle = np.clip(GRAY, 60, 190)
    colored = opened(Colorizer(Flat(*ab)).colorize(png(middle), "png").data)
    before = lightness(cv2.cvtColor(middle, cv2.COLOR_GRAY2BGR))
    assert np.abs(lightness(colored) - before).max() < 0.5  # 8-bit rounding
    assert np.abs(colored.astype(int) - middle[..., None]).max() > 3


@pytest.mark.parametrize("format", CAPACITIES)
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_bits_and_alpha_are_kept_where_the_format_has_room(format: Format, deep: bool, has_alpha: bool):
    pixels = np.dstack([GRAY] * 4 if has_alpha else [GRAY] * 3)
    source = png(pixels.astype(np.uint16) * 257 if deep else pixels)
    colored = Colorizer(Flat(5, 5)).colorize(source, format)
    capacity = CAPACITIES[format]
    read = opened(colored.data)
    assert (colored.width, colored.height, colored.format) == (80, 60, format)
    assert colored.bit_depth == (16 if deep and capacity.deep else 8) == read.dtype.itemsize * 8
    assert colored.channels == (4 if has_alpha and capacity.alpha else 3) == read.shape[2]
    if colored.channels == 4:
        assert np.abs(read[..., 3] / (257 if read.dtype == np.uint16 else 1) - GRAY).max() <= 1


@pytest.mark.parametrize(("format", "width"), [("jpeg", 65_501), ("webp", 16_384)])
def test_a_picture_that_does_not_fit_its_format_is_found_before_the_network_runs(format: Format, width: int):
    engine = Flat()
    with pytest.raises(TooLargeForFormat, match=str(width)):
        Colorizer(engine).colorize(png(np.zeros((1, width), np.uint8)), format)
    assert engine.calls == 0


@pytest.mark.parametrize("shape", [(1, 1_000_000), (1_000_000, 1)])
def test_a_picture_longer_than_there_is_memory_for_is_found_before_the_network_runs(shape: tuple[int, int]):
    engine = Flat()
    long = np.zeros(shape, np.uint8)
    long.flat[::7] = 200
    with pytest.raises(TooLarge, match="the memory of"):
        Colorizer(engine, Options(max_pixels=2_000_000)).colorize(png(long), "tiff")
    assert engine.calls == 0


def test_stages_are_told_in_order_as_far_as_they_came():
    stages: list[str] = []
    Colorizer(Flat()).colorize(png(GRAY), "jpeg", stages.append)
    assert stages == ["decode", "infer", "render", "encode"]
    with pytest.raises(EmptyFile):
        Colorizer(Flat()).colorize(b"", "jpeg", stages.append)
    assert len(stages) == 4


def test_options_are_obeyed():
    sizes = [len(Colorizer(Flat(9, 9), Options(quality=q)).colorize(png(GRAY), "jpeg").data) for q in (30, 95)]
    assert sizes[0] < sizes[1]
    with pytest.raises(TooLarge):
        Colorizer(Flat(), Options(max_pixels=100)).colorize(png(GRAY), "jpeg")


@pytest.mark.parametrize(("pixels", "error"), [(COLOUR, AlreadyColor), (np.full((60, 80), 250, np.uint8), Blank)])
def test_what_is_not_to_be_coloured_is_found_before_the_network_runs(pixels: np.ndarray, error: type[ImageError]):
    engine, stages = Flat(5, 5), []
    with pytest.raises(error):
        Colorizer(engine).colorize(png(pixels), "png", stages.append)
    assert (engine.calls, stages) == (0, [])


def test_of_a_colour_photograph_only_lightness_is_taken():
    both = [Colorizer(Flat(5, 5), Options(already_color="recolor")).colorize(png(one), "png") for one in (COLOUR, GRAY)]
    assert [one.kind for one in both] == ["color", "gray"]
    before, after = lightness(COLOUR), lightness(opened(both[0].data))
    assert np.abs(after - before).max() < 0.6
    assert both[0].quality.mean_chroma == pytest.approx(both[1].quality.mean_chroma, abs=0.5)


def test_the_figures_are_of_the_output():
    colored = Colorizer(Flat(20, 10)).colorize(png(np.clip(GRAY, 60, 190)), "png")
    assert colored.quality.mean_chroma == pytest.approx(np.hypot(20, 10), abs=0.5)
    assert colored.quality.out_of_gamut == 0
