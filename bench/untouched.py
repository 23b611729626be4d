"""Workers that answer rows without touching them: real open files, real parts, no photograph and no network.

They are processes of their own, as a cluster's are, so that the driver's memory is the driver's.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace

from jobs.digests import digest
from jobs.log import open_shard, rehearse_part, write_part
from jobs.machine import cpu_name, node_name, peak_memory
from jobs.meter import Unmetered
from jobs.outcome import Outcome, Output, Provenance, Times
from jobs.pool import Event
from jobs.rows import Row, Shard
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.tally import Tally, tally_of
from jobs.worker import Ready, ShardResult

ROW_SECONDS = 0.12
"""What a row is said to take, so that a shard is cut as a cluster's is: 500 rows to a minute."""
LOST_EVERY = 100
"""Every hundredth row fails with a transient code: what the next run has to do again."""
_IN_FLIGHT = 2
_TIMES = Times(20.0, 15.0, 60.0, 15.0, 8.0, 2.0)


@dataclass(frozen=True, slots=True)
class Untouched:
    """Where the log is, and who signs its parts."""

    log: str
    provenance: Provenance
    stores: StoreSettings

    def answer(self, shard: Shard, store: Store) -> ShardResult:
        """Opens the shard and puts its part."""
        open_shard(store, self.log, self.provenance.run_id, shard)
        outcomes = [_outcome(row) for row in shard.rows]
        write_part(store, self.log, self.provenance, shard, outcomes)
        return ShardResult(
            replace(shard, rows=()), tally_of(outcomes), ROW_SECONDS * len(shard.rows), peak_memory(), None
        )


def signed(run_id: str, fingerprint: str, worker: str) -> Provenance:
    """Of these workers and their driver."""
    return Provenance(run_id, "none", "0" * 64, "none", "fp32", "cpu", fingerprint, worker, node_name(), cpu_name())


def _outcome(row: Row) -> Outcome:
    if row.number % LOST_EVERY == 0:
        message = f"NOT_FOUND: there is no such object: {row.uri}"
        return Outcome(row, "failed", "NOT_FOUND", message, row.stated, None, None, time.time(), 0.02, Times(20.0))
    name = digest(row.uri).hex()
    output = Output(2_400_000, name + name[::-1], "tiff", 4000, 3000, 3, 8)
    return Outcome(row, "colorized", None, None, row.stated, name + name, output, time.time(), 0.12, _TIMES)


_store: Store
_how: Untouched


def _begin(how: Untouched) -> None:
    global _store, _how
    _store, _how = open_stores(how.stores), how


def _rehearse() -> None:
    rehearse_part(_how.provenance)
    time.sleep(0.5)  # so that the other process takes the other call


def _answer(shard: Shard) -> ShardResult:
    return _how.answer(shard, _store)


class UntouchedPool:
    """A `Pool` of such workers."""

    def __init__(self, how: Untouched, workers: int = 2) -> None:
        self.workers = self.alive = workers
        self.nodes = 1
        self.meter = Unmetered()
        processes = multiprocessing.get_context("spawn")
        self._processes = ProcessPoolExecutor(workers, processes, _begin, (how,))
        self._shards: dict[Future[ShardResult], Shard] = {}
        self._tally = Tally()

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """Waits until both run and have imported all that they need."""
        if is_stopped():
            return None
        wait([self._processes.submit(_rehearse) for _ in range(self.workers)])
        return Ready(node_name(), 0)

    def has_room(self) -> bool:
        return len(self._shards) < _IN_FLIGHT * self.workers

    def quiet(self) -> bool:
        return not self._shards

    def submit_alone(self, shard: Shard) -> None:  # noqa: ARG002
        raise AssertionError("none of these dies")

    def resume(self) -> None: ...

    def submit(self, shard: Shard) -> None:
        self._shards[self._processes.submit(_answer, shard)] = shard

    def wait(self, seconds: float) -> list[Event]:
        done, _ = wait(self._shards, seconds, FIRST_COMPLETED)
        events: list[Event] = []
        for future in done:
            result = replace(future.result(), shard=self._shards.pop(future))
            self._tally.add(result.tally)
            events.append(result)
        return events

    def drain(self) -> None: ...

    def tally(self) -> Tally:
        return self._tally

    def close(self) -> None:
        self._processes.shutdown()
