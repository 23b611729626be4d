"""The loop that hands shards to workers until every row is answered or somebody says stop. It knows no Ray."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from jobs.layout import ShardName
from jobs.log import answered_rows, write_part
from jobs.outcome import Outcome, Provenance, Times
from jobs.pool import Lost, Pool
from jobs.rows import Shard
from jobs.shards import Cutter
from jobs.stop import Stop
from jobs.storage.store import Store
from jobs.tally import Tally, tally_of
from jobs.worker import ShardResult

_TICK = 0.5
_DEATHS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where parts go, and what the driver signs those with that it writes itself."""

    store: Store
    log: str
    provenance: Provenance


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
    world: str | None = None


class Dispatch:
    """Hands out shards, gathers results, and sends the rows of a dead worker out again, one by one.

    Args:
        pool: the workers.
        cutter: the rows.
        place: where parts lie.
        stop: asked for from outside.
        tick: called about twice a second with live counts.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        pool: Pool,
        cutter: Cutter,
        place: Place,
        stop: Stop,
        tick: Callable[[Tally], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._cutter = cutter
        self._place = place
        self._stop = stop
        self._tick = tick
        self._clock = clock
        self._again: deque[Shard] = deque()
        self._in_flight = 0
        self._busy = 0.0
        self._computed = 0
        self._done = Dispatched()

    def run(self) -> Dispatched:
        """Returns when every row is answered, or when what was in hand at a stop is."""
        begun = self._clock()
        draining = False
        while True:
            if self._stopping() and not draining:
                self._pool.drain()
                draining = True
            self._hand_out()
            if not self._in_flight and (draining or self._nothing_left()):
                break
            for event in self._pool.wait(_TICK):
                self._take(event)
                self._done.seconds = self._clock() - begun
            self._tick(self._pool.tally())
        return self._done

    def _stopping(self) -> bool:
        return self._stop.is_asked() or self._done.world is not None

    def _nothing_left(self) -> bool:
        return self._cutter.left == 0 and not self._again

    def _hand_out(self) -> None:
        """Rows of a worker that died go first, each alone on a worker, so that the next death names its row.

        While they wait for an idle worker, nothing else is handed out.
        """
        while not self._stopping() and self._pool.has_room(alone=bool(self._again)):
            alone = bool(self._again)
            shard = self._next_shard()
            if shard is None:
                return
            self._pool.submit(shard, alone)
            self._in_flight += 1

    def _next_shard(self) -> Shard | None:
        if self._again:
            return self._again.popleft()
        rate = self._computed / self._busy if self._busy else None
        return self._cutter.next_shard(self._pool.workers, rate)

    def _take(self, event: ShardResult | Lost) -> None:
        self._in_flight -= 1
        if isinstance(event, Lost):
            self._take_lost(event)
            return
        self._done.tally.add(event.tally)
        self._busy += event.busy
        self._computed += event.tally.rows
        self._done.worker_memory = max(self._done.worker_memory, event.peak_memory)
        self._done.world = self._done.world or event.world

    def _take_lost(self, lost: Lost) -> None:
        """Takes what the part holds, if the worker got as far, and sends the other rows out again, each alone."""
        shard = lost.shard
        name = ShardName(self._place.provenance.run_id, shard.number, shard.attempt)
        answered = answered_rows(self._place.store, self._place.log, name)
        left = [row for row in shard.rows if row.number not in answered]
        if len(shard.rows) == 1 and left and shard.attempt >= _DEATHS:
            self._give_up(shard, lost.reason)
            return
        for row in left:
            self._again.append(Shard(self._cutter.new_number(), shard.attempt + 1, (row,)))

    def _give_up(self, shard: Shard, reason: str) -> None:
        """Answers a row that ended its worker each time: the driver writes its part."""
        row = shard.rows[0]
        outcome = Outcome(
            row, "failed", "WORKER_LOST", reason[:1000], row.stated, None, None, time.time(), 0.0, Times()
        )
        alone = Shard(self._cutter.new_number(), shard.attempt + 1, shard.rows)
        write_part(self._place.store, self._place.log, self._place.provenance, alone, [outcome])
        self._done.tally.add(tally_of([outcome]))
