"""The breaker: it looks at the last 1,000 rows, and only at failures that say that something is wrong."""

from __future__ import annotations

import pytest

from jobs.breaker import Breaker
from jobs.tally import Tally


def tally(rows: int, failed: int, code: str = "ACCESS_DENIED") -> Tally:
    found = Tally()
    found.by_status["failed"] += failed
    found.by_status["colorized"] += rows - failed
    found.by_code[code] += failed
    found.failures[code] += failed
    return found


@pytest.mark.parametrize(
    ("share", "shards", "trips"),
    [
        (0.5, [(900, 900)], False),  # too few to tell
        (0.5, [(1000, 500)], False),
        (0.5, [(1000, 501)], True),
        (0.5, [(500, 500), (600, 0)], False),
        (0.5, [(500, 0), (600, 600)], True),
        (0.5, [(5000, 0), (600, 600), (500, 400)], True),  # what was long ago does not count
        (0.5, [(600, 600), (500, 0), (500, 0), (500, 0)], True),  # it was so, when 1,100 had come
        (0.9, [(1000, 800)], False),
        (0.9, [(1000, 901)], True),
        (None, [(5000, 5000)], False),
    ],
)
def test_it_trips_where_more_than_its_share_of_the_last_thousand_failed(
    share: float | None, shards: list[tuple[int, int]], trips: bool
):
    breaker = Breaker(share)
    told = [breaker.add(tally(*shard)) for shard in shards]
    assert any(told) == trips


def test_archived_objects_do_not_count():
    assert Breaker(0.5).add(tally(2000, 2000, "ARCHIVED")) is None


@pytest.mark.parametrize(("code", "advice"), [("NOT_AN_IMAGE", "--redo NOT_AN_IMAGE"), ("NOT_FOUND", "run again. ")])
def test_it_says_what_failed_and_how_to_go_on(code: str, advice: str):
    told = Breaker(0.5).add(tally(1000, 700, code))
    assert told is not None
    assert f"700 of the last 1,000 rows failed (700 {code})" in str(told)
    assert advice in str(told)
