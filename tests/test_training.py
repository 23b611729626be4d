"""What training/ promises of its data and figures, which need no PyTorch; `make train-smoke` runs the rest."""

from __future__ import annotations

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from colorizer_core.palette import published_points
from tests import models
from training import data, schedule
from training.colourfulness import colourfulness
from training.evaluate import figures
from training.model_folder import read_model
from training.score import heaviest, median, rebalancing, score

POINTS = published_points().astype(np.float64)


def photograph(rng, height=96, width=128):
    """A smooth coloured picture, JPEG bytes."""
    small = rng.integers(0, 256, (4, 4, 3), np.uint8)
    return cv2.imencode(".jpg", cv2.resize(small, (width, height)))[1].tobytes()


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    jpegs = [photograph(rng) for _ in range(90)] + [photograph(rng, 64, 64) for _ in range(10)]
    table = {"id": [f"p{i}" for i in range(100)], "set": ["a"] * 90 + ["b"] * 10, "jpeg": jpegs}
    pq.write_table(pa.table(table), tmp_path / "photographs.parquet")
    return tmp_path


def test_the_truth_scores_full_and_gray_scores_less():
    ab = np.random.default_rng(1).normal(0, 20, (1000, 2)).astype(np.float32)
    prior = np.full(len(POINTS), 1 / len(POINTS))
    weights = rebalancing(ab, POINTS, prior)
    truth, gray = score(ab, ab, weights), score(np.zeros_like(ab), ab, weights)
    assert (truth.plain, truth.rebalanced, truth.rmse) == (100, 100, 0)
    assert truth.chroma_ratio == pytest.approx(1)
    assert gray.plain < 90
    assert gray.chroma == 0


def test_a_constant_error_of_ten_and_a_half_is_within_140_of_151_thresholds():
    true = np.full((10, 2), 20.0)
    assert score(true + np.array([10.5, 0]), true, np.ones(10)).plain == pytest.approx(100 * 140 / 151)


@pytest.mark.parametrize("progress", [0, 0.3, 0.61, 0.7, 0.9, 1, 1.2])
def test_a_crop_is_a_multiple_of_eight_and_full_in_the_end(progress):
    assert schedule.crop_size(progress, 112) % 8 == 0
    assert schedule.crop_size(1, 112) == 112


def test_the_learning_rate_rises_once_and_falls():
    rates = [schedule.learning_rate(progress / 100, 1.0) for progress in range(101)]
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_the_same_photographs_are_held_out_every_time_and_none_is_in_both_halves(folder):
    first, again = data.load(folder), data.load(folder)
    assert [len(half.pixels) for half in first] == [len(half.pixels) for half in again]
    assert len(first[0].pixels) + len(first[1].pixels) == 100
    assert all(min(pixels.shape[:2]) > 64 for pixels in first[1].pixels)


def test_a_gray_photograph_is_left_out():
    assert not data.is_coloured(np.full((50, 60, 3), 90, np.uint8))
    assert data.is_coloured(np.full((50, 60, 3), (90, 120, 200), np.uint8))


def test_small_photographs_are_left_out_of_large_crops(folder):
    training, _ = data.load(folder)
    small = np.array([min(pixels.shape[:2]) == 64 for pixels in training.pixels])
    assert data.draw_weights(training, 64)[small].sum() > 0
    assert data.draw_weights(training, 96)[small].sum() == 0


def test_a_batch_holds_lightness_less_fifty_and_ab_at_a_quarter(folder):
    training, _ = data.load(folder)
    stream = data.batches(training, 64, 3, seed=1)
    lightness, ab = next(stream)
    stream.close()
    assert (lightness.shape, ab.shape) == ((3, 1, 64, 64), (3, 2, 16, 16))
    assert np.abs(lightness).max() <= 60
    assert np.abs(ab).max() > 5


def test_gray_has_no_colourfulness_and_a_rainbow_has_much():
    lightness = np.full((8, 8), 60, np.float32)
    ab = np.random.default_rng(0).normal(0, 40, (2, 8, 8)).astype(np.float32)
    assert colourfulness(lightness, np.zeros_like(ab)) == pytest.approx(0, abs=0.5)
    assert colourfulness(lightness, ab / 8) < 20 < 60 < colourfulness(lightness, ab)


def test_the_best_constant_colour_is_the_median_and_no_mean():
    ab = np.concatenate([np.tile([5.0, -3.0], (2_100_000, 1)), np.tile([90.0, 60.0], (900_000, 1))]).astype(np.float32)
    assert median(ab) == pytest.approx([5, -3], abs=0.2)


def test_the_photograph_that_counts_most_is_named():
    prior = np.full(len(POINTS), 1.0)
    prior[0] = 1e-6
    true = np.zeros((30, 2), np.float32)
    true[17] = POINTS[0]
    at, share = heaviest(rebalancing(true, POINTS, prior), np.repeat(np.arange(3), 10))
    assert at == 1
    assert share > 0.99


def test_the_embedded_model_is_evaluated_beside_gray_a_constant_and_the_truth(folder, tmp_path):
    np.save(tmp_path / "prior.npy", np.full(len(POINTS), 1 / len(POINTS)))
    photographs = folder / "photographs.parquet"
    pq.write_table(pq.read_table(photographs).slice(0, 6), tmp_path / "six.parquet")
    found = figures(read_model(models.MINI), tmp_path / "six.parquet", tmp_path / "prior.npy", folder)
    gray, constant, mini, truth = found.scores.values()
    assert (gray.chroma, truth.plain, truth.chroma_ratio) == (0, 100, pytest.approx(1))
    assert constant.plain >= gray.plain - 0.5
    assert 0 < mini.chroma_ratio < 2
    assert found.photographs == 6
    assert found.heaviest in {f"p{i}" for i in range(6)}
    assert list(found.without) == list(found.scores)
    assert found.colourfulness["gray"] < found.colourfulness["true"]
