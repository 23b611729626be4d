"""The breaker: where most rows fail, something is wrong that no row can tell. Pure policy over counts."""

from __future__ import annotations

from collections import Counter, deque

from jobs.codes import is_transient
from jobs.errors import WorldError
from jobs.tally import Tally

WINDOW = 1000
"""Rows that are looked back at."""
_UNCOUNTED = "ARCHIVED"  # a collection may well lie in an archive class, and every row of it then says so


class Breaker:
    """Trips when more than a share of the last 1,000 rows failed.

    Args:
        share: 0 … 1; None for never.
    """

    def __init__(self, share: float | None) -> None:
        self._share = share
        self._last: deque[tuple[int, Counter[str]]] = deque()
        self._rows = 0

    def add(self, tally: Tally) -> WorldError | None:
        """Takes what a shard came to, and gives the reason why the run should stop, or None."""
        failed: Counter[str] = Counter(tally.failures)
        del failed[_UNCOUNTED]
        self._last.append((tally.rows, failed))
        self._rows += tally.rows
        while self._rows - self._last[0][0] >= WINDOW:
            self._rows -= self._last.popleft()[0]
        codes = sum((codes for _, codes in self._last), Counter[str]())
        if self._share is None or self._rows < WINDOW or codes.total() <= self._share * self._rows:
            return None
        return WorldError("MOST_ROWS_FAILED", _message(codes, self._rows))


def _message(codes: Counter[str], rows: int) -> str:
    told = ", ".join(f"{count:,} {code}" for code, count in codes.most_common(3))
    code = codes.most_common(1)[0][0]
    again = "" if is_transient(code) else f" with --redo {code}"
    return (
        f"{codes.total():,} of the last {rows:,} rows failed ({told}): something common is wrong. They are in the log; mend it "
        f"and run again{again}. --breaker off goes on regardless"
    )
