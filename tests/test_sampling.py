"""The sample: drawn by names alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.verify.sampling import drawn

names = st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=60).map(lambda found: np.array(found, np.uint64))
shares = st.floats(1e-6, 1)
seeds = st.integers(0, 2**70)


@given(names, shares, seeds, st.randoms())
def test_an_output_is_drawn_whatever_stands_beside_it_but_for_the_one_that_always_is(
    found, share: float, seed: int, random
):
    taken = set(found[drawn(found, share, seed)].tolist())
    order = list(range(len(found)))
    random.shuffle(order)
    mixed = found[order]
    assert set(mixed[drawn(mixed, share, seed)].tolist()) == taken
    half = found[: len(found) // 2]
    some = set(half[drawn(half, share, seed)].tolist())
    assert len(some - taken) <= 1


@given(names, shares, shares, seeds)
def test_a_smaller_share_is_part_of_a_larger_one_and_none_is_empty(found, one: float, other: float, seed: int):
    smaller, larger = (drawn(found, share, seed) for share in sorted((one, other)))
    assert not (smaller & ~larger).any()
    assert smaller.any() == bool(len(found))
    assert drawn(found, 1.0, seed).all()


def test_a_share_is_that_share_and_seeds_share_no_more_than_chance():
    found = np.random.default_rng(1).integers(0, 2**63, 200_000).astype(np.uint64)
    one, other = (drawn(found, 0.1, seed) for seed in (0, 1))
    assert abs(one.mean() - 0.1) < 0.005
    assert abs((one & other).mean() - 0.01) < 0.002
