"""The loop that hands shards to workers until every row is answered or somebody says stop. It knows no Ray."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jobs.breaker import Breaker
from jobs.errors import WorldError, log_trouble
from jobs.pool import Alone, Event, Lost, Pool
from jobs.rows import Shard
from jobs.salvage import Place, Salvage
from jobs.shards import Cutter
from jobs.stop import Stop
from jobs.suspects import Suspects
from jobs.tally import Tally, tally_of

_TICK = 0.5
_GATHERED = 100
"""Outcomes of rows run alone that the driver holds at most before it logs them."""


@dataclass(slots=True)
class Dispatched:
    """What came of handing out.

    Attributes:
        tally: over every row that a part answers.
        seconds: from the first shard handed out to the last part written.
        worker_memory: the most that one worker has had resident, bytes.
        world: what went wrong with the world, or None.
    """

    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    worker_memory: int = 0
    world: WorldError | None = None


class Dispatch:
    """Hands out shards, gathers results, and runs the rows of a dead worker again, one by one.

    Args:
        pool: the workers.
        cutter: the rows.
        place: where parts lie.
        stop: asked for from outside; asked here where no worker comes.
        tick: called about twice a second with live counts.
        breaker: looks at what fails; None for no breaker.
        patience: seconds without a worker after which a stop is asked for.
        refusal: why the work can't be shared by so many nodes, or None; asked before a worker on a new one is given rows.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        pool: Pool,
        cutter: Cutter,
        place: Place,
        stop: Stop,
        tick: Callable[[Tally], None],
        breaker: Breaker | None = None,
        patience: float = 1800.0,
        refusal: Callable[[int], str | None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._cutter = cutter
        self._salvage = Salvage(place, cutter.new_number)
        self._stop = stop
        self._tick = tick
        self._breaker = breaker or Breaker(None)
        self._patience = patience
        self._refusal = refusal
        self._clock = clock
        self._again: deque[Shard] = deque()
        self._suspects = Suspects()
        self._alone: Shard | None = None
        self._is_kept = False
        self._in_flight = 0
        self._busy = 0.0
        self._computed = 0
        self._manned = clock()
        self._done = Dispatched()

    def run(self) -> Dispatched:
        """Returns when every row is answered, or when what was in hand at a stop is."""
        begun = self._clock()
        draining = False
        while True:
            with self._at_the_log():  # there lies the spool
                if refusal := self._refusal(self._pool.nodes):
                    raise WorldError("FILES_NOT_SHARED", refusal)
            if self._stopping() and not draining:
                self._pool.drain()
                draining = True
            self._hand_out()
            if not self._in_flight and (draining or self._nothing_left()):
                break
            for event in self._events():
                self._take(event)
                self._done.seconds = self._clock() - begun
            self._tick(max(self._pool.tally(), self._done.tally, key=_rows))
            self._look_for_workers()
        self._log_gathered(0)
        self._tick(self._done.tally)
        return self._done

    def _stopping(self) -> bool:
        return self._stop.is_asked() or self._done.world is not None

    def _nothing_left(self) -> bool:
        return self._cutter.left == 0 and not self._again and not self._suspects

    def _events(self) -> list[Event]:
        try:
            return self._pool.wait(_TICK)
        except WorldError as error:
            self._fail(error)
            self._in_flight = 0  # no worker is left to answer
            return []

    def _look_for_workers(self) -> None:
        if self._pool.alive:
            self._manned = self._clock()
        elif self._clock() - self._manned >= self._patience:
            self._stop.ask(f"no worker for {self._patience:.0f} s")

    def _hand_out(self) -> None:
        self._hand_out_alone()
        while not self._stopping() and self._pool.has_room():
            shard = None
            with self._at_the_log():
                shard = self._next_shard()
            if shard is None:
                return
            self._pool.submit(shard)
            self._in_flight += 1

    def _hand_out_alone(self) -> None:
        """One suspect at a time, on a node where nothing else runs, so that the next death names its row."""
        if self._alone is not None:
            return
        if self._suspects and not self._stopping():
            self._is_kept = True
            if self._pool.quiet():
                self._alone = Shard(self._cutter.new_number(), 0, (self._suspects.next_row(),))
                self._pool.submit_alone(self._alone)
                self._in_flight += 1
        elif self._is_kept:
            self._is_kept = False
            self._pool.resume()
            self._log_gathered(0)

    def _next_shard(self) -> Shard | None:
        if self._again:
            return self._again.popleft()
        rate = self._computed / self._busy if self._busy else None
        return self._cutter.next_shard(self._pool.workers, rate)

    def _take(self, event: Event) -> None:
        self._in_flight -= 1
        if isinstance(event, Lost):
            self._take_lost(event)
        elif isinstance(event, Alone):
            self._take_alone(event)
        else:
            self._count(event.tally)
            self._busy += event.busy
            self._computed += event.tally.rows
            self._done.worker_memory = max(self._done.worker_memory, event.peak_memory)
            self._cutter.give_back(event.left)
            self._fail(event.world)

    def _take_alone(self, event: Alone) -> None:
        self._alone = None
        if event.outcome is not None:
            self._suspects.gathered.append(event.outcome)
        self._fail(event.world)
        self._log_gathered(_GATHERED)

    def _take_lost(self, lost: Lost) -> None:
        """What no part answers is run again: by others where a node went, else row by row, for one of them did it."""
        if lost.shard is self._alone:
            self._alone = None
            self._suspects.take_lost(lost.shard.rows[0], lost.cause, lost.reason)
            self._log_gathered(_GATHERED)
            return
        left = None
        with self._at_the_log():
            salvaged = self._salvage.reopen(lost.shard)
            self._count(salvaged.tally)
            left = salvaged.left
        if left is None:
            return
        if lost.cause == "node":
            self._again.append(left)
        else:
            self._suspects.add(left.rows)

    def _log_gathered(self, least: int) -> None:
        if len(self._suspects.gathered) > least:
            outcomes = self._suspects.take_gathered()
            with self._at_the_log():
                self._salvage.write(outcomes)
                self._count(tally_of(outcomes))

    @contextmanager
    def _at_the_log(self) -> Iterator[None]:
        """Around what reads or writes there: where it fails the run stops, and the rows that it was about stay in doubt."""
        try:
            with log_trouble():
                yield
        except WorldError as error:
            self._fail(error)

    def _count(self, tally: Tally) -> None:
        self._done.tally.add(tally)
        self._pool.meter.count(tally)
        self._fail(self._breaker.add(tally))

    def _fail(self, world: WorldError | None) -> None:
        """The first reason stays."""
        self._done.world = self._done.world or world


def _rows(tally: Tally) -> int:
    """Which of two counts goes further: the live one forgets workers that died, the other what no part answers yet."""
    return tally.rows
