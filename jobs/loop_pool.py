"""The plain loop: one worker in this process, for small runs and debugging."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from colorizer_core.errors import ColorizerError
from jobs.errors import PreflightError
from jobs.meter import Unmetered
from jobs.pool import Alone, Event
from jobs.rows import Shard
from jobs.tally import Tally
from jobs.threads import shared_by
from jobs.worker import Ready, Worker, WorkerSettings

_IN_FLIGHT = 2


class LoopPool:
    """One worker, two shards in flight: one computed, one read ahead. It dies with its driver, and only with it."""

    def __init__(self, settings: WorkerSettings) -> None:
        try:
            threads = settings.run.cpus_per_worker or shared_by([os.cpu_count() or 1], 1)
            self._worker = Worker(replace(settings, threads=threads), "loop")
        except ColorizerError as error:
            raise PreflightError(f"the worker can't start: {error}") from error
        self._threads = ThreadPoolExecutor(_IN_FLIGHT, thread_name_prefix="shard")
        self._calls: set[Future[Event]] = set()
        self._is_kept = False
        self.workers = self.alive = self.nodes = 1
        self.lost = 0
        self.is_draining = False
        self.meter = Unmetered()

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """Colours the test picture."""
        if is_stopped():
            return None
        try:
            return self._worker.preflight()
        except ColorizerError as error:
            raise PreflightError(f"the test picture can't be coloured: {error}") from error

    def has_room(self) -> bool:
        """Whether fewer than two shards are in flight."""
        return not self._is_kept and len(self._calls) < _IN_FLIGHT

    def submit(self, shard: Shard) -> None:
        """Begins a shard."""
        self._calls.add(self._threads.submit(self._worker.run, shard))

    def quiet(self) -> bool:
        """Whether nothing is in flight."""
        self._is_kept = True
        return not self._calls

    def submit_alone(self, shard: Shard) -> None:
        """Begins one row."""
        self._calls.add(self._threads.submit(lambda: Alone(shard, *self._worker.answer(shard.rows[0]))))

    def resume(self) -> None:
        """Takes shards again."""
        self._is_kept = False

    def wait(self, seconds: float) -> list[Event]:
        """The shards that ended; an error that is nobody's data rises."""
        done, self._calls = wait(self._calls, seconds, FIRST_COMPLETED)
        return [future.result() for future in done]

    def drain(self) -> None:
        """Finishes the rows in hand."""
        self.is_draining = True
        self._worker.drain()

    def tally(self) -> Tally:
        """Live counts."""
        return self._worker.pulse().tally

    def close(self) -> None:
        """Ends the threads."""
        self._worker.close()
        self._threads.shutdown(wait=True)
