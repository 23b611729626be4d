"""A worker: one loaded network, and threads that answer shards with it. Read ahead, colorize, write behind, the part last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar, cast

from colorizer_core.colorizer import Colorizer, Options
from colorizer_core.errors import EngineError, ImageError
from jobs.batcher import BatchEngine, Batcher
from jobs.engine_choice import build_engine
from jobs.errors import AlreadyThere, WorldError, log_trouble
from jobs.forms import Network
from jobs.keeper import Watch
from jobs.lease import Epoch
from jobs.leased_store import LeasedStore
from jobs.log import open_shard, rehearse_part, write_part
from jobs.machine import cpu_name, node_name, peak_memory
from jobs.model_store import ModelSource
from jobs.names import format_of
from jobs.outcome import Outcome, Provenance, Times
from jobs.pulse import Progress, Pulse
from jobs.reading import Arrivals, Arrived, ReadAhead
from jobs.rows import Row, Shard
from jobs.sample import sample_picture
from jobs.settings import RunSettings
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.tally import Tally, tally_of
from jobs.writing import Finished, WriteBehind, failed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """All that a worker is told; it travels to the worker's process, where the resources are built."""

    run: RunSettings
    run_id: str
    log: str
    out: str
    stores: StoreSettings
    model: ModelSource
    fingerprint: str
    epochs: tuple[Epoch, ...] = ()


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What became of one shard.

    Attributes:
        shard: the shard.
        tally: over the rows that its part answers.
        busy: seconds of computing, of all its threads together.
        peak_memory: the most that the worker's process has had resident, bytes.
        world: what went wrong with the world, or None. Rows that were not answered are in no part.
    """

    shard: Shard
    tally: Tally
    busy: float
    peak_memory: int
    world: WorldError | None = None


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
        self._colorizer = self._load()
        self._provenance = _provenance(settings, name)
        self._progress = Progress()
        self._stop = threading.Event()
        self._computing = ThreadPoolExecutor(settings.run.cpus_per_worker, thread_name_prefix="compute")
        self._world: WorldError | None = None
        run = settings.run
        self._reading = ReadAhead(self._store, run.readers, run.read_ahead, self._stop)
        self._writing = WriteBehind(self._store, run.writers, run.read_ahead, self._progress.count)

    def preflight(self) -> Ready:
        """Colours the project's own test picture on every thread, so that a network that does not run is found before any row.

        It rehearses a part of the log as well: Arrow takes up to a second over its first table.
        """
        sample = sample_picture(self._settings.run.max_pixels)
        self._on_every_thread(lambda: self._colorizer.colorize(sample, "jpeg"))
        rehearse_part(self._provenance)
        return Ready(self._provenance.node, peak_memory())

    def run(self, shard: Shard) -> ShardResult:
        """Answers the rows of a shard and puts its part, unless told to stop: then only those that it had in hand."""
        arrivals = self._reading.start(shard.rows)
        if shard.attempt == 0:  # one that is run again was opened by the driver
            self._guard(lambda: open_shard(self._store, self._settings.log, self._settings.run_id, shard))
        outcomes, busy = self._outcomes(arrivals)
        if outcomes:
            self._guard(lambda: self._put_part(shard, outcomes))
        return ShardResult(shard, tally_of(outcomes), busy, peak_memory(), self._world)

    def answer(self, row: Row) -> tuple[Outcome | None, WorldError | None]:
        """Answers one row of a shard that the driver has opened, for the driver to log; and what the world did, or None."""
        outcomes, _ = self._outcomes(self._reading.start([row]))
        self._guard(lambda: self._store.flush(self._settings.out))
        return (outcomes[0] if outcomes else None), self._world

    def _outcomes(self, arrivals: Arrivals) -> tuple[list[Outcome], float]:
        """What became of some rows, and the seconds of computing; nothing where it is not certain of every output."""
        shares = self._on_every_thread(lambda: self._compute_all(arrivals))
        outcomes, is_certain = self._settle([one for pending, _ in shares for one in pending])
        return (outcomes if is_certain else []), sum(seconds for _, seconds in shares) / len(shares)

    def _on_every_thread(self, what: Callable[[], T]) -> list[T]:
        """One that has nothing left to do goes on with what stands behind it: the next shard."""
        calls = [self._computing.submit(what) for _ in range(self._settings.run.cpus_per_worker)]
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
        self._writing.close()
        self._computing.shutdown(wait=False)

    def _load(self) -> Colorizer:
        run = self._settings.run
        network = Network(self._settings.model, run.model_cache, self._store)
        engine = build_engine(run.engine_choice(), network)
        if (most := run.batch_size()) > 1:
            engine = Batcher(cast("BatchEngine", engine), most)  # what runs on a GPU computes batches
        return Colorizer(engine, Options(max_pixels=run.max_pixels, quality=run.quality))

    def _compute_all(self, arrivals: Arrivals) -> tuple[list[Future[Outcome] | Outcome], float]:
        """What became of the rows that this thread took from a shard, and the seconds that it was at them."""
        begun = time.perf_counter()
        try:
            pending = list(self._compute(arrivals))
        finally:
            self._progress.rest()
        return pending, time.perf_counter() - begun

    def _compute(self, arrivals: Arrivals) -> Iterator[Future[Outcome] | Outcome]:
        """Colours what arrives. After a stop the rest is only let go of."""
        while True:
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
            outcome = None if self._stop.is_set() else self._answer(arrived)
            self._reading.release(arrived)
            if outcome is not None:
                yield outcome

    def _answer(self, arrived: Arrived) -> Future[Outcome] | Outcome | None:
        read_ms = arrived.seconds * 1000
        if arrived.blob is None:
            error = arrived.error
            return self._failed(arrived, error.code, str(error), Times(read=read_ms)) if error else None
        stages = Stages(read_ms)
        try:
            output_format = format_of(arrived.row.output_uri)
            colored = self._colorizer.colorize(arrived.blob.data, output_format, stages.lap)
        except ImageError as error:
            return self._failed(arrived, error.code, str(error), stages.times())
        except MemoryError:
            return self._failed(arrived, "OUT_OF_MEMORY", "no memory for a picture of this size", stages.times())
        except EngineError as error:
            self._stop_for(WorldError("ENGINE_FAILED", str(error)))
            return None
        self._progress.at("write")  # a small file is written by this thread; a large one waits for room
        return self._writing.start(Finished(arrived, colored, stages.times()))

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

    def _guard(self, step: Callable[[], None]) -> None:
        self._progress.at("write")
        try:
            with log_trouble():
                step()
        except AlreadyThere:
            return  # the driver took this worker for dead and sealed the shard: its rows are others' now
        except WorldError as error:
            self._stop_for(error)
        finally:
            self._progress.rest()

    def _stop_for(self, world: WorldError) -> None:
        self._world = self._world or world
        self._stop.set()


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


def _provenance(settings: WorkerSettings, name: str) -> Provenance:
    return Provenance(
        run_id=settings.run_id,
        model=settings.model.name,
        model_sha256=settings.model.sha256,
        engine=settings.run.engine,
        precision=settings.run.precision,
        device=settings.run.device,
        fingerprint=settings.fingerprint,
        worker=name,
        node=node_name(),
        cpu=cpu_name(),
    )
