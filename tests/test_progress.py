"""Progress: what a person reads."""

import io
from collections import Counter

import pytest

from jobs.progress import Progress, describe, duration
from jobs.tally import Tally


def test_a_line_says_how_far_how_fast_what_failed_and_how_long():
    tally = Tally(by_status=Counter(colorized=1197, failed=3), by_code=Counter(NOT_FOUND=3))
    assert describe(tally, 5000, 50.0) == "1,200 of 5,000 rows · 24.0 rows/s · 3 NOT_FOUND · 2m 38s left"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59, "59s"), (158, "2m 38s"), (11100, "3h 05m")])
def test_durations_are_short(seconds: float, text: str):
    assert duration(seconds) == text


def test_without_a_terminal_there_is_a_plain_line_every_thirty_seconds():
    now, stream = [0.0], io.StringIO()
    with Progress(10, stream, lambda: now[0]) as progress:
        for second in range(0, 70, 5):
            now[0] = second
            progress.tick(Tally(by_status=Counter(colorized=1)))
    assert len(stream.getvalue().splitlines()) == 2
