"""Rows whose worker died with them in hand: each is run alone, and what becomes of it is gathered by the driver."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable

from jobs.outcome import Outcome, Times
from jobs.pool import Cause
from jobs.rows import Row

_DEATHS = 2
_CODES: dict[Cause, str] = {
    "process": "WORKER_LOST",
    "memory": "OUT_OF_MEMORY",
    "compute": "ROW_TIMEOUT",
    "read": "READ_TIMEOUT",
    "write": "WRITE_TIMEOUT",
}
_HANGS: frozenset[Cause] = frozenset(("compute", "read", "write"))


class Suspects:
    """A queue of rows to be run alone, and the outcomes of those that were.

    A row that ends its worker twice, alone, on a node that lives, is answered with the code of the last end. A hang is told
    from all else by the seconds that it took, alone, and needs no second one.
    """

    def __init__(self) -> None:
        self._waiting: deque[Row] = deque()
        self._deaths: Counter[int] = Counter()
        self.gathered: list[Outcome] = []

    def __len__(self) -> int:
        """Rows that wait."""
        return len(self._waiting)

    def add(self, rows: Iterable[Row]) -> None:
        """Rows that a dead worker had in hand."""
        self._waiting.extend(rows)

    def next_row(self) -> Row:
        """The row whose turn it is."""
        return self._waiting.popleft()

    def take_lost(self, row: Row, cause: Cause, reason: str) -> None:
        """A row ended its worker, alone; or its node went, and it has its turn again."""
        if cause == "node":
            self._waiting.appendleft(row)
            return
        self._deaths[row.number] += 1
        if self._deaths[row.number] < _DEATHS and cause not in _HANGS:
            self._waiting.appendleft(row)
            return
        message = " ".join(reason.split())[:1000]
        self.gathered.append(
            Outcome(row, "failed", _CODES[cause], message, row.stated, None, None, time.time(), 0.0, Times())
        )

    def take_gathered(self) -> list[Outcome]:
        """The outcomes so far; they are the caller's from now on."""
        gathered, self.gathered = self.gathered, []
        return gathered
