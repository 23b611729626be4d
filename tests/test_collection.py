"""The palette of a collection: in the gamut's shadow, the same for the same archive, and honest about its shares."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from colorizer_core.chart import chart
from colorizer_core.collection import into_hull, kmeans, prior
from colorizer_core.errors import PaletteError
from colorizer_core.histogram import SIDE
from colorizer_core.lab import from_srgb
from colorizer_core.palette import inside, load_points, nearest, published_points, save_points, shadow


def scattered(seed: int, colours: int) -> np.ndarray:
    """Counts of colours anywhere within ±110, out of the gamut too."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((SIDE, SIDE), np.int64)
    counts[rng.integers(18, 239, colours), rng.integers(18, 239, colours)] = rng.integers(1, 10**6, colours)
    return counts


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(40, 400))
@settings(deadline=None, max_examples=30)
def test_every_centre_lies_in_the_shadow_of_the_gamut(seed: int, k: int, colours: int):
    counts = scattered(seed, colours)
    centres = kmeans(counts, min(k, np.count_nonzero(counts)), seed)
    assert inside(shadow(), centres).all()
    assert np.array_equal(centres, np.round(centres, 2))
    assert prior(counts, centres).sum() == pytest.approx(1)


def test_the_shadow_holds_the_gamut_and_no_more():
    rgb = np.random.default_rng(0).random((20_000, 3))
    assert inside(shadow(), from_srgb(rgb)[:, 1:] * 0.9999).all()
    reached = from_srgb(np.array([(1.0, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1)]))[:, 1:]
    assert np.hypot(*(into_hull(reached * 1.2) - reached).T).max() < 25
    assert not inside(shadow(), reached * 1.01).any()


def test_the_same_counts_and_seed_give_the_same_file():
    counts = scattered(7, 2000)
    assert save_points(kmeans(counts, 64, 5)) == save_points(kmeans(counts, 64, 5))
    assert save_points(kmeans(counts, 64, 5)) != save_points(kmeans(counts, 64, 6))


def test_the_number_of_threads_changes_nothing():
    counts = scattered(11, 20_000)
    with threadpool_limits(1):
        one = kmeans(counts, 200)
    with threadpool_limits(16):
        assert np.array_equal(kmeans(counts, 200), one)


def test_a_centre_at_the_very_edge_is_inside_when_it_is_rounded():
    counts = np.zeros((SIDE, SIDE), np.int64)
    counts[128 - 79, 128 + 57], counts[128 - 82, 128 + 60] = 527, 473
    assert inside(shadow(), kmeans(counts, 1)).all()


def test_as_many_centres_as_colours_are_the_colours():
    counts = np.zeros((SIDE, SIDE), np.int64)
    counts[128, 128], counts[148, 118], counts[108, 158] = 10, 20, 70
    centres = kmeans(counts, 3)
    assert centres.tolist() == [[-20, 30], [0, 0], [20, -10]]
    assert prior(counts, centres).tolist() == [0.7, 0.1, 0.2]
    assert np.array_equal(load_points(save_points(centres)), centres)


def test_a_colour_that_is_met_more_often_draws_more():
    counts = np.zeros((SIDE, SIDE), np.int64)
    counts[128, 128], counts[138, 128] = 9_000_000_000, 1_000_000_000
    assert kmeans(counts, 1).tolist() == [[1, 0]]


def test_more_centres_than_colours_are_refused():
    with pytest.raises(PaletteError, match="5 colours one unit apart, and 6 centres"):
        kmeans(np.eye(5, dtype=np.int64), 6)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(PaletteError, match=r"pip install 'scikit-learn>=1.5'"):
        kmeans(np.eye(3, dtype=np.int64), 2)


def test_the_published_points_have_a_prior_too():
    shares = prior(scattered(3, 5000), published_points().astype(float))
    assert (len(shares), shares.sum()) == (313, pytest.approx(1))
    assert prior(np.zeros((SIDE, SIDE), np.int64), published_points().astype(float)).sum() == 0


def test_the_nearest_is_the_nearest():
    rng = np.random.default_rng(2)
    points, to = rng.normal(0, 40, (1000, 2)), rng.normal(0, 40, (50, 2))
    far = np.hypot(*(points[:, None] - to[None]).transpose(2, 0, 1))
    assert np.array_equal(nearest(points, to), far.argmin(axis=1))
    assert nearest(np.zeros((1, 2)), np.array([(1.0, 0), (-1, 0)])).tolist() == [0]


def test_the_chart_shows_colours_where_they_are():
    counts = np.zeros((SIDE, SIDE), np.int64)
    counts[128 + 60, 128 + 40] = 100
    picture = cv2.imdecode(
        np.frombuffer(chart(counts, np.array([(-60.0, 40.0)]), np.ones(1)), np.uint8), cv2.IMREAD_COLOR
    )
    assert picture.shape == (1024, 1024, 3)
    blue, _, red = picture[(127 - 40) * 4 + 2, (128 + 60) * 4 + 2].tolist()
    assert red > blue + 80
