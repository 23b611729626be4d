"""Reading ahead: the sources of a shard, fetched by several threads, bounded in bytes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

from jobs.budget import ByteBudget
from jobs.errors import NoMemory, StorageError, WorldError
from jobs.fixity import mismatch
from jobs.rows import Row
from jobs.shown import shown
from jobs.storage.store import Blob, Store


@dataclass(frozen=True, slots=True)
class Arrived:
    """One source, read or refused. `held` bytes of the budget are its until they are released.

    `blob` and `sha256` are set, or `error` is, or none of them where the worker was told to stop before the read. All of
    them are where the bytes are not those that the manifest states the sum of.
    """

    row: Row
    started_at: float
    seconds: float
    held: int = 0
    blob: Blob | None = None
    sha256: str | None = None
    error: StorageError | None = None


QUICK = 64 * 1024
"""Bytes of a file on disk that are read or written sooner than another thread is woken to do it."""


def is_quick(uri: str, size: int | None) -> bool:
    """Whether the thread that computes should do it itself."""
    return size is not None and size <= QUICK and uri.startswith("file://")


class Arrivals:
    """The sources of one shard, for as many threads as take from it: each row once, done. A `WorldError` is in its future.

    Args:
        quick: rows that are read by who asks for the next one; they come first.
        others: how many will be added, in the order of arrival.
        read: reads a quick one.
        ended: set once no further one is to be read.
    """

    def __init__(
        self, quick: Sequence[Row], others: int, read: Callable[[Row], Future[Arrived]], ended: threading.Event
    ) -> None:
        self._quick, self._others, self._read = deque(quick), others, read
        self.ended = ended
        self._begun: float | None = None
        self._lock = threading.Lock()
        self._arrived: SimpleQueue[Future[Arrived]] = SimpleQueue()

    def add(self, arrived: Future[Arrived]) -> None:
        """One of the others, done."""
        self._arrived.put(arrived)

    def end_after(self, seconds: float) -> None:
        """Ends the reading so long after it was first asked that: what arrives then is to be let go of."""
        now = time.monotonic()
        with self._lock:
            self._begun = now if self._begun is None else self._begun
        if now - self._begun >= seconds:
            self.ended.set()

    def __iter__(self) -> Iterator[Future[Arrived]]:
        return self

    def __next__(self) -> Future[Arrived]:
        with self._lock:
            row = self._quick.popleft() if self._quick else None
            if row is None:
                if not self._others:
                    raise StopIteration
                self._others -= 1
        return self._read(row) if row is not None else self._arrived.get()


class ReadAhead:
    """Reads shards one after another: those of the next begin once every source of the last is admitted.

    That order is what makes the byte budget safe: a shard that waits for bytes waits only for rows that are being
    computed, never for rows of a later shard.
    """

    def __init__(self, store: Store, threads: int, limit: int, stop: threading.Event) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="read")
        self._budget = ByteBudget(limit)
        self._turn = threading.Lock()
        self._stop = stop

    def start(self, rows: Sequence[Row]) -> Arrivals:
        """Begins to read. Small files on disk are read when they are asked for, by who asks."""
        quick = [row for row in rows if is_quick(row.uri, row.stated.size)]
        others = [row for row in rows if not is_quick(row.uri, row.stated.size)]
        if others:
            self._turn.acquire()
            if self._stop.is_set():
                self._turn.release()
                quick, others = [], []
        ended = threading.Event()
        arrivals = Arrivals(quick, len(others), partial(self._read_now, ended), ended)
        admissions = _Countdown(len(others), self._turn)
        for row in others:
            admission = _Admission(self._budget, admissions)
            self._threads.submit(self._read, ended, row, admission).add_done_callback(arrivals.add)
        return arrivals

    def release(self, arrived: Arrived) -> None:
        """Gives the bytes of a source back, once they are no longer needed."""
        self._budget.release(arrived.held)

    def close(self) -> None:
        """Ends the threads of a worker that was told to stop. What waits to be read is not cancelled: others wait for it."""
        self._budget.close()
        self._threads.shutdown(wait=False)

    def _read_now(self, ended: threading.Event, row: Row) -> Future[Arrived]:
        """Without the budget: its bytes may be held by what only this thread can give back."""
        done: Future[Arrived] = Future()
        try:
            done.set_result(self._read(ended, row, None))
        except WorldError as error:
            done.set_exception(error)
        return done

    def _read(self, ended: threading.Event, row: Row, admission: _Admission | None) -> Arrived:
        started_at, begun = time.time(), time.perf_counter()
        try:
            if self._stop.is_set() or ended.is_set():
                return Arrived(row, started_at, 0.0)
            blob = self._store.read(row.uri, row.stated, None if admission is None else admission.admit)
            sha256 = hashlib.sha256(blob.data).hexdigest()
            error = mismatch(row.uri, row.stated, blob.data, sha256)
        except StorageError as refused:
            return Arrived(row, started_at, time.perf_counter() - begun, _held(admission), error=refused)
        except MemoryError:
            none = NoMemory(f"OUT_OF_MEMORY: no memory for its bytes: {shown(row.uri)}")
            return Arrived(row, started_at, time.perf_counter() - begun, _held(admission), error=none)
        except WorldError:
            self._budget.release(_held(admission))
            raise
        finally:
            if admission is not None:
                admission.settle()
        return Arrived(row, started_at, time.perf_counter() - begun, _held(admission), blob, sha256, error)


class _Countdown:
    """Releases a lock when it has been counted down to nothing."""

    def __init__(self, count: int, lock: threading.Lock) -> None:
        self._left = count
        self._lock = lock
        self._mine = threading.Lock()

    def down(self) -> None:
        with self._mine:
            self._left -= 1
            if self._left == 0:
                self._lock.release()


class _Admission:
    """The admission of one source: bytes are held once, and it counts as settled once, however its read ends."""

    def __init__(self, budget: ByteBudget, admissions: _Countdown) -> None:
        self._budget = budget
        self._admissions = admissions
        self._settled = False
        self.held = 0

    def admit(self, size: int) -> None:
        if not self._settled:
            self._budget.acquire(size)
            self.held = size
            self.settle()

    def settle(self) -> None:
        if not self._settled:
            self._settled = True
            self._admissions.down()


def _held(admission: _Admission | None) -> int:
    return 0 if admission is None else admission.held
