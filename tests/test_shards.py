"""Shards: how large, and that the cutting loses and repeats nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.rows import NOTHING_STATED, Row
from jobs.shards import FIRST, Cutter, shard_rows


@pytest.mark.parametrize(
    ("left", "workers", "rate", "seconds", "rows"),
    [
        (1_000_000, 2, None, 60, FIRST),  # no rate yet: a small one
        (1_000_000, 2, 1.5, 60, 90),  # a minute's worth
        (100, 2, 10.0, 60, 12),  # an eighth of what is left for two workers
        (7, 2, 1.0, 60, 1),  # never nothing
        (4000, 2, 2000.0, 60, 1000),  # no less than half a second's worth
        (7, 2, 1000.0, 60, 7),  # and no more than there are
        (1_000_000, 2, 0.001, 60, 1),  # a row that takes longer than a shard may
    ],
)
def test_a_shard_is_a_minute_of_a_worker_and_a_fair_share_of_the_rest(left, workers, rate, seconds, rows):
    assert shard_rows(left, workers, rate, seconds) == rows


def rows_of(count: int) -> list[Row]:
    return [Row(number, "file:///a", NOTHING_STATED, "file:///b", None) for number in range(count)]


def test_what_is_given_back_comes_next():
    cutter = Cutter(iter(rows_of(100)), 100, 60)
    first = cutter.next_shard(1, 1.0)
    assert first is not None
    cutter.give_back(first.rows[3:])
    assert cutter.left == 97
    shards = []
    while (shard := cutter.next_shard(1, 1.0)) is not None:
        shards.append(shard)
    assert [row.number for shard in shards for row in shard.rows] == list(range(3, 100))
    assert first.number not in {shard.number for shard in shards}


@given(st.integers(0, 300), st.integers(1, 8), st.none() | st.floats(0.01, 1000))
def test_shards_hold_every_row_once_and_in_order(count: int, workers: int, rate: float | None):
    rows = rows_of(count)
    cutter = Cutter(iter(rows), count, 60)
    shards = []
    while (shard := cutter.next_shard(workers, rate)) is not None:
        shards.append(shard)
    assert [row for shard in shards for row in shard.rows] == rows
    assert [shard.number for shard in shards] == list(range(len(shards)))
    assert cutter.left == 0
