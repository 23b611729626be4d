"""The same pixels as the published recipe: within one level of 255, on every pixel."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from colorizer_core.colorizer import Colorizer, Options
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.recipe import RECIPES
from examples.photographs import paths
from tests import models
from tests.published_recipe import PublishedRecipe

PHOTOGRAPHS = {path.stem: path for path in paths()}


@pytest.fixture(scope="module", params=["mini", "full width"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "mini":
        return models.MINI
    return models.full_width(tmp_path_factory.getbasetemp() / "full-width")


@pytest.fixture(scope="module")
def recipe(model: Path) -> PublishedRecipe:
    return PublishedRecipe(model)


@pytest.fixture(scope="module")
def colorizer(model: Path) -> Colorizer:
    options = Options(rendering=RECIPES["published"], already_color="recolor")
    return Colorizer(OpenCVEngine(models.load(model), threads=2), options)


def noise(height: int, width: int) -> np.ndarray:
    """A picture of blotches, in colour."""
    small = np.random.default_rng(height * width).integers(0, 256, (9, 9, 3), np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def check(colorizer: Colorizer, recipe: PublishedRecipe, picture: np.ndarray) -> None:
    """`picture` is (h, w) or (h, w, 3), uint8."""
    colored = colorizer.colorize(cv2.imencode(".png", picture)[1].tobytes(), "png")
    ours = cv2.imdecode(np.frombuffer(colored.data, np.uint8), cv2.IMREAD_UNCHANGED)
    theirs = recipe(picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(int) - theirs).max() <= 1
    assert ours.std(axis=(0, 1)).max() > 0 or picture.size < 10


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("flag", [cv2.IMREAD_COLOR, cv2.IMREAD_GRAYSCALE], ids=["colour", "gray"])
def test_photographs_have_the_published_pixels(
    colorizer: Colorizer, recipe: PublishedRecipe, name: str, flag: int
) -> None:
    check(colorizer, recipe, cv2.imread(str(PHOTOGRAPHS[name]), flag))


@pytest.mark.parametrize(
    ("height", "width"),
    [(1, 1), (2, 3), (1, 300), (301, 1), (17, 16), (128, 128), (224, 224), (448, 448), (517, 331), (1501, 2003)],
)
def test_odd_sizes_have_the_published_pixels(
    colorizer: Colorizer, recipe: PublishedRecipe, height: int, width: int
) -> None:
    check(colorizer, recipe, noise(height, width))
    check(colorizer, recipe, cv2.cvtColor(noise(height, width), cv2.COLOR_BGR2GRAY))


def test_16_bits_agree_with_8(colorizer: Colorizer, recipe: PublishedRecipe) -> None:
    gray = cv2.imread(str(PHOTOGRAPHS["camera"]), cv2.IMREAD_GRAYSCALE)
    deep = cv2.imencode(".png", gray.astype(np.uint16) * 257)[1].tobytes()
    colored = colorizer.colorize(deep, "png")
    ours = cv2.imdecode(np.frombuffer(colored.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (ours.dtype, colored.bit_depth) == (np.uint16, 16)
    theirs = recipe(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR))
    assert np.abs(ours / 257 - theirs).max() <= 1
