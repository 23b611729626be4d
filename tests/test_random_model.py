"""The random model of the benches: its colours follow the picture, or it would prove nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.random_model import random_model
from colorizer_core.colorizer import Colorizer
from colorizer_core.engines.opencv import OpenCVEngine
from examples.photographs import gray_photographs
from tests import models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.full_width(tmp_path_factory.getbasetemp() / "full-width")


def test_ab_varies_over_each_photograph_by_ten_units_and_more(folder: Path):
    engine = OpenCVEngine(models.load(folder), threads=2)
    for name, photograph in gray_photographs():
        small = cv2.resize(photograph, (224, 224), interpolation=cv2.INTER_AREA).astype(np.float32) / 2.55 - 50
        assert engine.forward(small).std(axis=(1, 2)).min() >= 10, name


def test_another_photograph_gets_other_colours(folder: Path):
    colorizer = Colorizer(OpenCVEngine(models.load(folder), threads=2))
    photographs = [cv2.imencode(".png", one)[1].tobytes() for _, one in list(gray_photographs())[:2]]
    assert len({colorizer.colorize(one, "jpeg").data for one in photographs}) == 2


def test_it_is_as_large_as_the_published_one(folder: Path):
    prototxt, caffemodel, points = models.read(folder)
    assert abs(len(caffemodel) - 128_946_764) < 100_000
    assert (len(models.load(folder).points), prototxt[:6], points[:6]) == (313, b"name: ", b"\x93NUMPY")


def test_the_same_seed_gives_the_same_files():
    assert random_model(0.125, 32, seed=3) == random_model(0.125, 32, seed=3)
    assert random_model(0.125, 32, seed=3)[1] != random_model(0.125, 32, seed=4)[1]
