"""A worker: one loaded network, and threads that answer shards with it. Read ahead, compute, write behind, the part last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from colorizer_core.errors import EngineError, ImageError
from colorizer_core.image.threads import one_thread
from jobs.craft import Craft
from jobs.errors import AlreadyThere, WorldError, log_trouble
from jobs.keeper import Watch
from jobs.lease import Epoch
from jobs.leased_store import LeasedStore
from jobs.log import open_shard, rehearse_part, write_part
from jobs.machine import cpu_name, node_name, peak_memory
from jobs.outcome import Outcome, Provenance, Times
from jobs.pulse import Progress, Pulse
from jobs.reading import Arrivals, Arrived, ReadAhead
from jobs.rows import Row, Shard
from jobs.settings import WorkSettings
from jobs.stages import Stages
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.tally import Tally, tally_of
from jobs.writing import failed

T = TypeVar("T")
_LONGER = 1.5
"""Times `--shard-seconds`: rows may take longer than those that it was measured on."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """All that a worker is told; it travels to the worker's process, where the resources are built.

    Attributes:
        run: how the work is done.
        craft: what is done to each photograph.
        log: where parts go.
        out: where outputs go.
        stores: how stores are opened.
        provenance: of what the driver itself writes; a worker puts its own name and machine into it.
        epochs: of the leases that the run holds.
        threads: that compute, in each worker; the pool decides where the user did not.
    """

    run: WorkSettings
    craft: Craft
    log: str
    out: str
    stores: StoreSettings
    provenance: Provenance
    epochs: tuple[Epoch, ...] = ()
    threads: int = 1

    @property
    def run_id(self) -> str:
        """The run's."""
        return self.provenance.run_id


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What became of one shard.

    Attributes:
        shard: the shard.
        tally: over the rows that its part answers.
        busy: seconds of computing, of a thread on average.
        peak_memory: the most that the worker's process has had resident, bytes.
        world: what went wrong with the world, or None. Rows that were not answered are in no part.
        left: rows that it gives back, because the others took longer than a shard may; nothing is begun of them.
    """

    shard: Shard
    tally: Tally
    busy: float
    peak_memory: int
    world: WorldError | None = None
    left: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """What a worker says of itself once it has coloured the test picture."""

    node: str
    peak_memory: int


class Worker:
    """Answers shards. `run` may be called from two threads, so that the next shard is read while one is computed.

    Args:
        settings: of the run.
        name: the log's `worker`.
        store: for everything; None to open the ones that the settings describe.

    Raises:
        ModelError: the model's files are not what they should be.
        EngineError: the runtime refuses them.
        WorldError: they can't be reached.
    """

    def __init__(self, settings: WorkerSettings, name: str, store: Store | None = None) -> None:
        self._settings = settings
        self._store = store or open_stores(settings.stores)
        self._watch: Watch | None = None
        if settings.epochs:
            self._watch = Watch(self._store, settings.epochs, settings.run.heartbeat)
            self._store = LeasedStore(self._store, self._watch)
        self._progress = Progress()
        one_thread()
        self._craft = settings.craft.open(self._store, self._progress, settings.threads)
        self._provenance = replace(settings.provenance, worker=name, node=node_name(), cpu=cpu_name())
        self._stop = threading.Event()
        self._computing = ThreadPoolExecutor(settings.threads, thread_name_prefix="compute")
        self._world: WorldError | None = None
        run = settings.run
        self._reading = ReadAhead(self._store, run.readers, run.read_ahead, self._stop)

    def preflight(self) -> Ready:
        """Does its work to the test picture on every thread, so that a network that does not run is found before any row.

        It rehearses a part of the log as well: Arrow takes up to a second over its first table.
        """
        self._on_every_thread(self._craft.rehearse)
        rehearse_part(self._provenance)
        return Ready(self._provenance.node, peak_memory())

    def run(self, shard: Shard) -> ShardResult:
        """Answers the rows of a shard and puts its part, unless told to stop: then only those that it had in hand.

        Rows that would take it longer than one and a half times `--shard-seconds` are given back.
        """
        arrivals = self._reading.start(shard.rows)
        if shard.attempt == 0:  # one that is run again was opened by the driver
            self._guard(lambda: open_shard(self._store, self._settings.log, self._settings.run_id, shard))
        outcomes, busy = self._outcomes(arrivals)
        is_put = bool(outcomes) and self._guard(lambda: self._put_part(shard, outcomes))
        if not is_put:
            return ShardResult(shard, Tally(), busy, peak_memory(), self._world)
        answered = {outcome.row.number for outcome in outcomes}
        left = tuple(row for row in shard.rows if arrivals.ended.is_set() and row.number not in answered)
        return ShardResult(shard, tally_of(outcomes), busy, peak_memory(), self._world, left)

    def answer(self, row: Row) -> tuple[Outcome | None, WorldError | None]:
        """Answers one row of a shard that the driver has opened, for the driver to log; and what the world did, or None."""
        outcomes, _ = self._outcomes(self._reading.start([row]))
        is_kept = self._guard(lambda: self._store.flush(self._settings.out))
        return (outcomes[0] if outcomes and is_kept else None), self._world

    def _outcomes(self, arrivals: Arrivals) -> tuple[list[Outcome], float]:
        """What became of some rows, and the seconds of computing; nothing where it is not certain of every output."""
        shares = self._on_every_thread(lambda: self._compute_all(arrivals))
        outcomes, is_certain = self._settle([one for pending, _ in shares for one in pending])
        return (outcomes if is_certain else []), sum(seconds for _, seconds in shares) / len(shares)

    def _on_every_thread(self, what: Callable[[], T]) -> list[T]:
        """One that has nothing left to do goes on with what stands behind it: the next shard."""
        calls = [self._computing.submit(what) for _ in range(self._settings.threads)]
        return [call.result() for call in calls]

    def drain(self) -> None:
        """Finishes the rows in hand and begins no other."""
        self._stop.set()

    def pulse(self) -> Pulse:
        """What it has done and what it is at; unfinished shards included."""
        return self._progress.pulse()

    def close(self) -> None:
        """Ends the threads."""
        self._stop.set()
        if self._watch is not None:
            self._watch.close()
        self._reading.close()
        self._craft.close()
        self._computing.shutdown(wait=False)

    def _compute_all(self, arrivals: Arrivals) -> tuple[list[Future[Outcome] | Outcome], float]:
        """What became of the rows that this thread took from a shard, and the seconds that it was at them."""
        begun = time.perf_counter()
        try:
            pending = list(self._compute(arrivals))
        finally:
            self._progress.rest()
        return pending, time.perf_counter() - begun

    def _compute(self, arrivals: Arrivals) -> Iterator[Future[Outcome] | Outcome]:
        """Answers what arrives. After a stop, or when its time is over, the rest is only let go of."""
        while True:
            arrivals.end_after(_LONGER * self._settings.run.shard_seconds)
            self._progress.at("read")
            arrival = next(arrivals, None)
            if arrival is None:
                return
            try:
                arrived = arrival.result()
            except WorldError as error:
                self._stop_for(error)
                continue
            self._progress.at("compute")
            is_over = self._stop.is_set() or arrivals.ended.is_set()
            outcome = None if is_over else self._answer(arrived)
            self._reading.release(arrived)
            if outcome is not None:
                yield outcome

    def _answer(self, arrived: Arrived) -> Future[Outcome] | Outcome | None:
        read_ms = arrived.seconds * 1000
        if (refused := arrived.error) is not None:
            return self._failed(arrived, refused.code, str(refused), Times(read=read_ms))
        if arrived.blob is None:
            return None
        stages = Stages(read_ms)
        try:
            done = self._craft.answer(arrived, arrived.blob.data, stages)
        except ImageError as error:
            return self._failed(arrived, error.code, str(error), stages.times())
        except MemoryError:
            return self._failed(arrived, "OUT_OF_MEMORY", "no memory for a picture of this size", stages.times())
        except EngineError as error:
            self._stop_for(WorldError("ENGINE_FAILED", str(error)))
            return None
        if isinstance(done, Outcome):
            self._progress.count(done)
        return done

    def _failed(self, arrived: Arrived, code: str, message: str, times: Times) -> Outcome:
        outcome = failed(arrived, code, message, times)
        self._progress.count(outcome)
        return outcome

    def _settle(self, pending: list[Future[Outcome] | Outcome]) -> tuple[list[Outcome], bool]:
        """The outcomes, and whether it is certain of every output if it was put.

        Where it is not, the shard gets no part, so that its rows stay in doubt and the next run does them again.
        """
        outcomes, is_certain = [], True
        for one in pending:
            if isinstance(one, Outcome):
                outcomes.append(one)
                continue
            try:
                self._progress.at("write")
                outcomes.append(one.result())
            except WorldError as error:
                self._stop_for(error)
                is_certain = False
        self._progress.rest()
        return outcomes, is_certain

    def _put_part(self, shard: Shard, outcomes: list[Outcome]) -> None:
        self._store.flush(self._settings.out)
        write_part(self._store, self._settings.log, self._provenance, shard, outcomes)

    def _guard(self, step: Callable[[], None]) -> bool:
        """Whether it was done."""
        self._progress.at("write")
        try:
            with log_trouble():
                step()
        except AlreadyThere:
            return False  # the driver took this worker for dead and sealed the shard: its rows are others' now
        except WorldError as error:
            self._stop_for(error)
            return False
        except MemoryError:
            self._stop_for(WorldError("LOG_UNWRITABLE", "no memory for a part of the log"))
            return False
        else:
            return True
        finally:
            self._progress.rest()

    def _stop_for(self, world: WorldError) -> None:
        self._world = self._world or world
        self._stop.set()
