"""A job over a manifest: the lease, the plan, the work, the count. What is done to each photograph is its order's craft."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import BinaryIO, TextIO

from jobs.answers import Answers, read_answers
from jobs.breaker import Breaker
from jobs.count import Count, count
from jobs.craft import Craft
from jobs.dispatch import Dispatch, Dispatched
from jobs.errors import LeaseLost, PreflightError, StoppedEarly, StorageError, WorldError
from jobs.heartbeat import Heartbeat
from jobs.intake import Keyed, Manifest, take_in
from jobs.keeper import Keeper
from jobs.lease import Clock, Holder, acquire
from jobs.leased_store import LeasedStore
from jobs.log import list_log
from jobs.loop_pool import LoopPool
from jobs.machine import peak_memory, process_name
from jobs.outcome import Provenance
from jobs.pending import Pending, plan
from jobs.places import LocalFiles
from jobs.pool import Pool
from jobs.preflight import LOOKED_AT, check_readable, check_writable, sources_of
from jobs.process import this_process
from jobs.progress import Progress, reading, say
from jobs.run_folder import RunFolder, check_command, redo_of
from jobs.run_id import new_run_id
from jobs.salvage import Place
from jobs.settings import WorkSettings
from jobs.shards import Cutter
from jobs.stop import Stop, listen
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.storage.temporary import sweep
from jobs.summary import COMPLETE, FAILURES, INTERNAL, STOPPED_EARLY, Summary
from jobs.worker import WorkerSettings

# The places where this machine does the work.
STARTING = {"none": "starting one worker in this process …", "local": "starting workers on a local Ray …"}


@dataclass(frozen=True, slots=True)
class Order:
    """What a command wants done to the rows that the log does not answer.

    Attributes:
        craft: what is done to each photograph.
        shape: what shapes the answers, for `_run.json`.
        provenance: of the log's rows, the run still without its id.
        places: what workers read and write besides the manifest's sources, for `LocalFiles`.
    """

    craft: Craft
    shape: Mapping[str, object]
    provenance: Provenance
    places: tuple[tuple[str, str], ...]


@contextmanager
def begin(
    settings: WorkSettings,
    order: Callable[[Store], Order],
    keyed: Keyed,
    stop: Stop,
    stdin: BinaryIO | None,
    stream: TextIO,
) -> Iterator[Job]:
    """Takes the lease, reads manifest and log, and plans; holds the lease as long as the block lasts.

    Args:
        settings: validated.
        order: made once the lease is held.
        keyed: what the log knows each row by.
        stop: asked for by signals, by the deadline, by a lost lease.
        stdin: where a manifest `-` is read from.
        stream: where progress goes.

    Raises:
        PreflightError: found before any work.
    """
    begun = time.monotonic()
    store = open_stores(settings.stores())
    with _before_work():
        keeper = _hold(settings, store, stop, stream)
    try:
        with Heartbeat(store, settings) as heart:
            with _before_work():
                job = _prepare(settings, order, keyed, store, keeper, heart, begun, stdin, stream)
            yield job
    finally:
        keeper.close()


@dataclass(frozen=True, slots=True)
class Job:
    """One run, planned and not begun."""

    settings: WorkerSettings
    store: Store
    keeper: Keeper
    heart: Heartbeat
    folder: RunFolder
    manifest: Manifest
    before: Answers
    pending: Pending
    places: tuple[tuple[str, str], ...]
    begun: float

    def work(self, stop: Stop, stream: TextIO) -> Worked:
        """Hands out what is pending; starts no worker where nothing is."""
        if not self.pending.count:
            return Worked(Dispatched(), 0, self.begun)
        say(stream, f"{self.pending.count:,} of {self.manifest.spool.count:,} rows to do: {self.pending.why()}")
        check_readable(self.store, self.pending.sample(self.manifest.spool, LOOKED_AT))
        say(stream, STARTING.get(self.settings.run.ray, f"starting workers on Ray at {self.settings.run.ray} …"))
        with _before_work():
            pool = _start_pool(self.settings, self.keeper)
        listen(stop)
        try:
            if pool.preflight(self._is_waiting_over(stop)) is None:
                return Worked(Dispatched(), 0, time.monotonic())
            sources = sources_of(self.manifest.spool.batches(self.pending.mask))
            files = LocalFiles(self.settings.run.shared_files, chain(self.places, sources))
            if refusal := files.refusal(pool.nodes):
                raise PreflightError(refusal)
            self.keeper.renew()  # the workers see a heartbeat of their own time before they put
            rows = self.pending.rows(self.manifest.spool)
            cutter = Cutter(rows, self.pending.count, self.settings.run.shard_seconds)
            place = Place(LeasedStore(self.store, self.keeper), self.settings.log, self.settings.provenance)
            breaker = Breaker(self.settings.run.breaker)
            handed_out = time.monotonic()
            with Progress(self.pending.count, stream) as progress:
                patience = self.settings.run.wait_nodes
                tick = self.heart.working(progress.tick, pool)
                done = Dispatch(pool, cutter, place, stop, tick, breaker, patience, files.refusal).run()
            return Worked(done, pool.workers, handed_out)
        finally:
            pool.close()

    def _is_waiting_over(self, stop: Stop) -> Callable[[], bool]:
        """Whether to wait no longer for a first worker."""
        until = time.monotonic() + self.settings.run.wait_nodes

        def over() -> bool:
            if time.monotonic() >= until:
                stop.ask(f"no worker for {self.settings.run.wait_nodes:.0f} s")
            return stop.is_asked()

        return over

    def finish(self, summary: Summary, worked: Worked) -> Summary:
        """Puts the summary, and with the last heartbeat the exit code: whatever a command makes is made by now."""
        self.folder.write_summary(summary)
        self.heart.finish(summary, worked.done.tally)
        return summary

    def summed(self, worked: Worked, stop: Stop) -> Summary:
        """Counts the whole manifest by the log."""
        mine = list_log(self.store, self.settings.log).of_run(self.settings.run_id)
        after = read_answers(self.store, self.settings.log, mine)
        counted = count(self.manifest.spool.batches(), self.manifest.duplicates, self.pending.mask, self.before, after)
        done, run = worked.done, self.settings.run
        world = self.keeper.lost or done.world
        return Summary(
            run_id=self.settings.run_id,
            rows=counted.rows,
            colorized=counted.by_status["colorized"],
            counted=counted.by_status["counted"],
            skipped=counted.by_status["skipped"],
            failed=counted.by_status["failed"],
            duplicates=counted.duplicates,
            unanswered=counted.unanswered,
            known_failures=counted.known_failures,
            by_code=dict(counted.by_code),
            tried=done.tally.rows,
            tried_colorized=done.tally.by_status["colorized"],
            seconds=round(time.monotonic() - self.begun, 3),
            startup_seconds=round(worked.handed_out - self.begun, 3),
            images_per_second=round(done.tally.images / done.seconds, 3) if done.seconds else 0.0,
            workers=worked.workers,
            worker_memory=done.worker_memory,
            driver_memory=peak_memory(),
            out=self.settings.out,
            log=self.settings.log,
            exit_code=world.exit_code if world else exit_code(counted, done, stop, run),
            stopped=str(world) if world else stop.reason if counted.unanswered else None,
            stopped_code=world.code if world else None,
        )


@dataclass(frozen=True, slots=True)
class Worked:
    """What the work came to, on how many workers, and when (monotonic seconds) the first shard was handed out."""

    done: Dispatched
    workers: int
    handed_out: float


def exit_code(counted: Count, done: Dispatched, stop: Stop, settings: WorkSettings) -> int:
    """Of a run that the world did not stop; failures that were known before this run do not fail it again."""
    if counted.unanswered:
        return STOPPED_EARLY if stop.is_asked() else INTERNAL
    return COMPLETE if settings.tolerate.allows(counted.new_failures, done.tally.rows) else FAILURES


def _hold(settings: WorkSettings, store: Store, stop: Stop, stream: TextIO) -> Keeper:
    """Takes the lease, and keeps it. What earlier runs left half-written on disk goes."""
    process = this_process()
    holder = Holder(
        token=secrets.token_hex(8),
        who=process_name(),
        log=settings.log_uri(),
        heartbeat=settings.heartbeat,
        process=process if settings.ray == "none" else None,
    )
    clock = Clock(sleep=partial(_sleep, stop))
    lease = acquire(store, settings.lease_places(), holder, settings.adopt, partial(say, stream), clock)
    for scratch in settings.stores().scratch:
        sweep(scratch.folder.removeprefix("file://"))
    return Keeper(lease, settings.heartbeat, stop.ask)


def _sleep(stop: Stop, seconds: float) -> None:
    """Waits, and no longer once a stop is asked for."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if stop.is_asked():
            raise StoppedEarly(f"{stop.reason}; nothing was done")
        time.sleep(min(left, 0.2))


@contextmanager
def _before_work() -> Iterator[None]:
    """What the world does to a run that has done nothing yet is found by its preflight."""
    try:
        yield
    except LeaseLost:
        raise
    except (WorldError, StorageError) as error:
        raise PreflightError(f"{error}. Nothing was done.") from error


def _prepare(
    settings: WorkSettings,
    make: Callable[[Store], Order],
    keyed: Keyed,
    store: Store,
    keeper: Keeper,
    heart: Heartbeat,
    begun: float,
    stdin: BinaryIO | None,
    stream: TextIO,
) -> Job:
    """Everything before the first worker: where, which model, which rows, what is left to do."""
    out, log = settings.out_uri(), settings.log_uri()
    contents = list_log(store, log)
    check_command(store, log, contents.runs, settings.command)
    run_id = new_run_id(time.time(), contents.runs)
    check_writable(store, out, "output")
    check_writable(store, log, "log")
    heart.begin(run_id)
    order = make(store)
    worker_settings = WorkerSettings(
        run=settings,
        craft=order.craft,
        log=log,
        out=out,
        stores=settings.stores(),
        provenance=replace(order.provenance, run_id=run_id),
        epochs=keeper.epochs,
    )
    manifest = take_in(settings, keyed, store, run_id, stdin, heart.reading(reading(stream)))
    before = read_answers(store, log, contents, with_sha256=manifest.states_sha256)
    redo = redo_of(store, log, contents.runs, settings.redo, run_id)
    folder = RunFolder(store, log, run_id)
    folder.write_run(settings.command, settings.effective(), dict(order.shape), redo)
    pending = plan(manifest.spool.batches(), manifest.duplicates, before, order.provenance.fingerprint, redo)
    heart.plan(manifest.spool.count, pending.count)
    return Job(worker_settings, store, keeper, heart, folder, manifest, before, pending, order.places, begun)


def _start_pool(settings: WorkerSettings, keeper: Keeper) -> Pool:
    if settings.run.ray == "none":
        return LoopPool(settings)
    from jobs.ray_pool import RayPool  # Ray takes a second to import, and `--ray none` needs none of it

    return RayPool(settings, keeper.renew)
