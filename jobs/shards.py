"""How many rows the next shard takes, and the cutting itself. The size is policy: numbers in, a number out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from jobs.rows import Row, Shard

_LEAST_SECONDS = 0.5
FIRST = 8
"""Rows of a shard while no rate is known."""


def shard_rows(left: int, workers: int, rate: float | None, seconds: float) -> int:
    """Rows of the next shard: at most `seconds` of a worker's time, and at most 1/(4 × workers) of what is left.

    Half a second's rows are worth a shard in any case: opening and closing one costs a file each.

    Args:
        left: rows not handed out yet.
        workers: how many share them.
        rate: rows a second of one worker, as measured; None before the first shard came back.
        seconds: the most time that a kill may lose.
    """
    fair = left // (4 * workers)
    timed = FIRST if rate is None else int(rate * seconds)
    least = 1 if rate is None else int(rate * min(_LEAST_SECONDS, seconds))
    return max(1, min(max(fair, least), timed, left))


class Cutter:
    """Cuts pending rows into shards, one at a time, as workers ask for them."""

    def __init__(self, rows: Iterator[Row], count: int, seconds: float) -> None:
        self._rows = rows
        self._returned: deque[Row] = deque()
        self.left = count
        self._seconds = seconds
        self._number = 0

    def next_shard(self, workers: int, rate: float | None) -> Shard | None:
        """The next shard, or None when no row is left."""
        if self.left == 0:
            return None
        count = shard_rows(self.left, workers, rate, self._seconds)
        again = [self._returned.popleft() for _ in range(min(count, len(self._returned)))]
        rows = (*again, *islice(self._rows, count - len(again)))
        self.left -= len(rows)
        return Shard(self.new_number(), 0, rows)

    def give_back(self, rows: Sequence[Row]) -> None:
        """Rows that a worker has not begun: they come next."""
        self._returned.extend(rows)
        self.left += len(rows)

    def new_number(self) -> int:
        """A shard number that none has yet."""
        self._number += 1
        return self._number - 1
