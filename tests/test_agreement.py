"""The engines' pictures: bf16 stays within what the eye can tell, fp32 within rounding. All of it: docs/engines.md."""

from __future__ import annotations

import numpy as np
import pytest

from bench.agreement import MINI, agreements, ciede2000
from colorizer_core.engines import processor
from colorizer_core.engines.choice import EngineChoice
from colorizer_core.image.picture import Picture
from examples import photographs
from tests import models


@pytest.mark.parametrize("name", ["opencv", "openvino", "onnxruntime"])
def test_fp32_is_within_a_twentieth_of_a_unit(monkeypatch: pytest.MonkeyPatch, name: str):
    if name != "opencv":
        pytest.importorskip(name)
    few(monkeypatch)
    (found,) = agreements(MINI, models.MINI, [EngineChoice(name)])
    assert (found.ab or 9) < 0.05
    assert (found.largest_ab or 0) > 15


def test_bf16_is_within_one_just_noticeable_difference(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("openvino")
    if not processor.has_bf16():
        pytest.skip("this processor has no bf16")
    few(monkeypatch)
    (found,) = agreements(MINI, models.MINI, [EngineChoice("openvino", "bf16")])
    assert 0.01 < (found.mean or 9) <= 1.0
    assert 0.01 < (found.percentile or 9) <= 3.0


def test_an_engine_that_does_not_run_here_says_why():
    (found,) = agreements(MINI, models.MINI, [EngineChoice("opencv", "bf16")])
    assert (found.ab, found.obstacle) == (None, "the engine opencv has no bf16 on cpu; --engine openvino has")


def test_the_difference_of_a_picture_from_itself_is_none():
    grey = np.full((4, 4, 3), 120, np.uint8)
    redder = grey + np.array([0, 0, 20], np.uint8)
    assert ciede2000(Picture(grey, None), Picture(grey, None)).max() == 0
    assert ciede2000(Picture(grey, None), Picture(redder, None)).min() > 5


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of the ten photographs."""
    three = list(photographs.gray_photographs())[:3]
    monkeypatch.setattr("bench.agreement.gray_photographs", lambda: iter(three))
