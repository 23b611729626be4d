"""A stopwatch over the stages of one row."""

from __future__ import annotations

import time

from jobs.outcome import Times


class Stages:
    """A stopwatch that is told when each stage ends."""

    def __init__(self, read_ms: float) -> None:
        self._milliseconds = {"read": read_ms}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Ends `stage`."""
        now = time.perf_counter()
        self._milliseconds[stage] = (now - self._last) * 1000
        self._last = now

    def times(self) -> Times:
        """What was measured so far."""
        return Times(**self._milliseconds)
