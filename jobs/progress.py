"""Progress: a live line on a terminal, a plain line every 30 seconds where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.live import Live

from jobs.tally import Tally

_PLAIN_EVERY = 30.0


class Progress:
    """Shows how far a run is: rows done of all, rows a second, failures by code, time left.

    Args:
        total: rows to be run.
        stream: where to; stderr, so that stdout stays the summary's.
        clock: seconds, monotonic.
    """

    def __init__(self, total: int, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._begun = clock()
        self._console = Console(file=stream, highlight=False)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True) if stream.isatty() else None
        self._plain_next = _PLAIN_EVERY

    def __enter__(self) -> Progress:  # noqa: PYI034 (Self is of 3.11)
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def tick(self, tally: Tally) -> None:
        """Shows new counts."""
        seconds = self._clock() - self._begun
        if self._live:
            self._live.update(describe(tally, self._total, seconds))
        elif seconds >= self._plain_next:
            self._plain_next = seconds + _PLAIN_EVERY
            self._console.print(describe(tally, self._total, seconds), soft_wrap=True)


def say(stream: TextIO, line: str) -> None:
    """One line about what happens next."""
    Console(file=stream, highlight=False).print(line, soft_wrap=True, markup=False)


def reading(
    stream: TextIO, clock: Callable[[], float] = time.monotonic, what: str = "manifest"
) -> Callable[[int], None]:
    """A function that says, no more than every 30 seconds, how many rows of the manifest (or of what else) were read."""
    told = clock()

    def tick(rows: int) -> None:
        nonlocal told
        if clock() - told >= _PLAIN_EVERY:
            told = clock()
            say(stream, f"{rows:,} rows of the {what} read")

    return tick


def describe(tally: Tally, total: int, seconds: float) -> str:
    """One line, such as `1,200 of 5,000 rows · 24.0 rows/s · 3 NOT_FOUND · 2m 38s left`."""
    rate = tally.rows / seconds if seconds > 0 else 0.0
    pieces = [f"{tally.rows:,} of {total:,} rows", f"{rate:.1f} rows/s"]
    pieces += [f"{rows:,} {code}" for code, rows in tally.by_code.most_common(3)]
    if rate > 0:
        pieces.append(f"{duration((total - tally.rows) / rate)} left")
    return " · ".join(pieces)


def duration(seconds: float) -> str:
    """For example `45s`, `2m 38s`, `3h 05m`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
