"""The plain loop: one worker in this process, for small runs and debugging."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from colorizer_core.errors import ColorizerError
from jobs.errors import PreflightError
from jobs.pool import Lost
from jobs.rows import Shard
from jobs.tally import Tally
from jobs.worker import Ready, ShardResult, Worker, WorkerSettings

_IN_FLIGHT = 2


class LoopPool:
    """One worker, two shards in flight: one computed, one read ahead."""

    def __init__(self, settings: WorkerSettings) -> None:
        try:
            self._worker = Worker(settings, "loop")
        except ColorizerError as error:
            raise PreflightError(f"the worker can't start: {error}") from error
        self._threads = ThreadPoolExecutor(_IN_FLIGHT, thread_name_prefix="shard")
        self._shards: set[Future[ShardResult]] = set()
        self.workers = 1

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """Colours the test picture."""
        if is_stopped():
            return None
        try:
            return self._worker.preflight()
        except ColorizerError as error:
            raise PreflightError(f"the test picture can't be coloured: {error}") from error

    def has_room(self, alone: bool = False) -> bool:
        """Whether fewer than two shards are in flight, or none where one is to be alone."""
        return not self._shards if alone else len(self._shards) < _IN_FLIGHT

    def submit(self, shard: Shard, alone: bool = False) -> None:  # noqa: ARG002 (no worker dies here but with the driver)
        """Begins a shard."""
        self._shards.add(self._threads.submit(self._worker.run, shard))

    def wait(self, seconds: float) -> list[ShardResult | Lost]:
        """The shards that ended; an error that is nobody's data rises."""
        done, self._shards = wait(self._shards, seconds, FIRST_COMPLETED)
        return [future.result() for future in done]

    def drain(self) -> None:
        """Finishes the rows in hand."""
        self._worker.drain()

    def tally(self) -> Tally:
        """Live counts."""
        return self._worker.tally()

    def close(self) -> None:
        """Ends the threads."""
        self._worker.close()
        self._threads.shutdown(wait=True)
