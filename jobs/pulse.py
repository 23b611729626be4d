"""A worker's pulse: what it has done, and how long it has been at what it is at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from jobs.outcome import Outcome
from jobs.tally import Tally

Stage = Literal["read", "compute", "write"]


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker says of itself.

    Attributes:
        tally: over every row answered so far, those of unfinished shards included.
        stage: that it has been at for longest; None where it has nothing to do.
        seconds: for which it has.
    """

    tally: Tally = field(default_factory=Tally)
    stage: Stage | None = None
    seconds: float = 0.0


class Progress:
    """What the threads of one worker tell of themselves: each is at one thing at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tally = Tally()
        self._at: dict[int, tuple[float, Stage]] = {}

    def count(self, outcome: Outcome) -> None:
        """A row is answered."""
        with self._lock:
            self._tally.count(outcome)

    def at(self, stage: Stage) -> None:
        """The calling thread begins with something."""
        self._at[threading.get_ident()] = (self._clock(), stage)

    def rest(self) -> None:
        """The calling thread has nothing to do."""
        self._at.pop(threading.get_ident(), None)

    def pulse(self) -> Pulse:
        """A copy, of this moment."""
        with self._lock:
            copy = Tally()
            copy.add(self._tally)
        oldest = min(list(self._at.values()), default=None)
        return Pulse(copy) if oldest is None else Pulse(copy, oldest[1], self._clock() - oldest[0])
