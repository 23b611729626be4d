"""Writing behind: finished pictures are put by several threads while the next ones are computed, bounded in bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from colorizer_core.colorizer import Colored
from colorizer_core.image.formats import CAPACITIES
from jobs.budget import ByteBudget
from jobs.codes import Status
from jobs.errors import StorageError, WorldError
from jobs.outcome import Outcome, Output, Times
from jobs.reading import Arrived, is_quick
from jobs.rows import Facts
from jobs.storage.store import Store
from jobs.telling import beside


@dataclass(frozen=True, slots=True)
class Finished:
    """One coloured photograph on its way to the store."""

    arrived: Arrived
    colored: Colored
    times: Times


class WriteBehind:
    """Puts finished pictures and gives the outcome of each. `settled` is called with every outcome, on a writer's thread.

    `fingerprint` is the run's; objects in S3 state it.
    """

    def __init__(
        self, store: Store, threads: int, limit: int, settled: Callable[[Outcome], None], fingerprint: str = ""
    ) -> None:
        self._store, self._fingerprint = store, fingerprint
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="write")
        self._budget = ByteBudget(limit)
        self._settled = settled

    def start(self, finished: Finished) -> Future[Outcome]:
        """Begins to write; waits while too many bytes are on their way. A small file on disk is written at once."""
        size = len(finished.colored.data)
        self._budget.acquire(size)
        if is_quick(finished.arrived.row.output_uri, size):
            return self._write_now(finished)
        return self._threads.submit(self._write, finished)

    def close(self) -> None:
        """Ends the threads, once what was begun is written."""
        self._threads.shutdown(wait=True)

    def _write_now(self, finished: Finished) -> Future[Outcome]:
        done: Future[Outcome] = Future()
        try:
            done.set_result(self._write(finished))
        except WorldError as error:
            done.set_exception(error)
        return done

    def _write(self, finished: Finished) -> Outcome:
        colored, row = finished.colored, finished.arrived.row
        begun = time.perf_counter()
        try:
            sha256 = hashlib.sha256(colored.data).hexdigest()
            told = beside(row.uri, finished.arrived.sha256, self._fingerprint, colored.label)
            self._store.write(row.output_uri, colored.data, CAPACITIES[colored.format].content_type, told)
        except StorageError as error:
            outcome = failed(finished.arrived, error.code, str(error), finished.times)
        except MemoryError:
            outcome = failed(finished.arrived, "OUT_OF_MEMORY", "no memory to write it", finished.times)
        else:
            outcome = _colorized(finished, sha256, time.perf_counter() - begun)
        finally:
            self._budget.release(len(colored.data))
        self._settled(outcome)
        return outcome


def failed(arrived: Arrived, code: str, message: str, times: Times) -> Outcome:
    """The outcome of a row that gave no picture."""
    return without_output(arrived, "failed", code, message, times)


def without_output(arrived: Arrived, status: Status, code: str | None, message: str | None, times: Times) -> Outcome:
    """An outcome of which the log alone tells. Its facts are those read; those stated where the store tells none."""
    return Outcome(
        row=arrived.row,
        status=status,
        code=code,
        message=None if message is None else " ".join(message.split())[:1000],
        facts=_facts(arrived),
        source_sha256=arrived.sha256,
        output=None,
        started_at=arrived.started_at,
        seconds=max(0.0, time.time() - arrived.started_at),
        times=times,
    )


def _facts(arrived: Arrived) -> Facts:
    stated = arrived.row.stated
    if arrived.blob is None:
        return stated
    read = arrived.blob.facts
    return replace(read, version_id=read.version_id or stated.version_id, etag=read.etag or stated.etag)


def _colorized(finished: Finished, sha256: str, write_seconds: float) -> Outcome:
    arrived, colored = finished.arrived, finished.colored
    return Outcome(
        row=arrived.row,
        status="colorized",
        code="RECOLORED" if colored.kind == "color" else None,
        message="the source was in colour; only its lightness was taken" if colored.kind == "color" else None,
        facts=_facts(arrived),
        source_sha256=arrived.sha256,
        output=Output(
            size=len(colored.data),
            sha256=sha256,
            format=colored.format,
            width=colored.width,
            height=colored.height,
            channels=colored.channels,
            bit_depth=colored.bit_depth,
            source_frames=colored.source_frames,
            label=colored.label,
            metadata_kept=colored.metadata_kept,
        ),
        started_at=arrived.started_at,
        seconds=max(0.0, time.time() - arrived.started_at),
        times=replace(finished.times, write=write_seconds * 1000),
        kind=colored.kind,
        quality=colored.quality,
    )
