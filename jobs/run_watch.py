"""Watching a run from outside: its log is read again and again, and nobody else is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from jobs.errors import StorageError, WorldError
from jobs.found_run import FoundRun, RunPlace
from jobs.status import liveness
from jobs.status_page import Seen

_EVERY = 2.0


class RunWatch:
    """Looks at one run.

    A heartbeat's age is what this machine's clock says against the driver's, and at least the seconds for which it was seen here.
    One that is seen to change is new whatever the clocks say.

    Args:
        place: of the run.
        clock: seconds since the epoch.
        passing: seconds that pass, monotonic.
    """

    def __init__(
        self,
        place: RunPlace,
        clock: Callable[[], float] = time.time,
        passing: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._clock = clock
        self._passing = passing
        self._beat: int | None = None
        self._since = 0.0
        self._has_changed = False

    def look(self) -> Seen:
        """The run as it is now. Raises `StorageError` or `WorldError` where the log can't be read."""
        found = self._place.read()
        status = found.status
        age = self._age(found)
        gone = status.process is not None and status.process.is_gone()
        alive = liveness(status, age, gone)
        if alive in ("stale", "gone"):  # it may have ended and not have been able to say so
            summed = self._place.by_summary(status)
            if summed is not None:
                return Seen(summed, "ended", age)
        return Seen(found, alive, age)

    def until_over(self, sleep: Callable[[float], None] = time.sleep) -> Iterator[Seen]:
        """Every look, two seconds apart, to the run's end. A log that does not answer for a while is looked at again.

        A run that keeps no status is looked at once: each look would read all of its parts.
        """
        seen = self.look()
        yield seen
        while seen.liveness not in ("ended", "gone", "unknown"):
            sleep(_EVERY)
            try:
                seen = self.look()
            except (StorageError, WorldError):
                continue
            yield seen

    def _age(self, found: FoundRun) -> float | None:
        status, now = found.status, self._passing()
        if status.beaten_at is None:
            return None
        if status.beat != self._beat:
            self._has_changed = self._beat is not None
            self._beat, self._since = status.beat, now
        seen = now - self._since
        return seen if self._has_changed else max(seen, self._clock() - status.beaten_at)
