"""A run's heartbeat: a thread of the driver's puts `_status.json` every few seconds, and once more at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any

from jobs.errors import StorageError, WorldError
from jobs.layout import status_uri
from jobs.machine import process_name
from jobs.pool import Pool
from jobs.process import this_process
from jobs.settings import WorkSettings
from jobs.shown import without_secrets
from jobs.status import RunStatus
from jobs.storage.store import Store
from jobs.summary import INTERNAL, INTERRUPTED, Summary
from jobs.tally import Tally

_PATIENCE = 10.0
"""Seconds that the end of a run waits for its last heartbeat, at most."""


class Heartbeat:
    """Says how far a run is, to whoever reads its `_status.json`. No run is delayed or stopped by it.

    A store that does not answer is tried again at the next beat. It is the one file of a run that is put over and over.

    Args:
        store: where the log is.
        settings: of the run.
        clock: seconds since the epoch.
    """

    def __init__(self, store: Store, settings: WorkSettings, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._status = RunStatus(
            run_id="",
            command=settings.command,
            log=settings.log_uri(),
            out=settings.out_uri(),
            state="reading",
            started_at=clock(),
            every=settings.heartbeat,
            who=process_name(),
            process=this_process(),
        )
        self._one = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="status", daemon=True)

    def __enter__(self) -> Heartbeat:  # noqa: PYI034 (Self is of 3.11)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """The last heartbeat: of a run that ends without a summary, the error that ended it."""
        if not self._status.is_over:
            code = INTERRUPTED if kind is KeyboardInterrupt else int(getattr(error, "exit_code", INTERNAL))
            reason = None if error is None else without_secrets(str(error)) or type(error).__name__
            with self._one:
                self._status = self._status.ended(code, reason)
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(min(_PATIENCE, self._status.every))

    def begin(self, run_id: str) -> None:
        """The run has a name: the first heartbeat."""
        self._say(run_id=run_id)
        self._thread.start()

    def reading(self, tick: Callable[[int], None]) -> Callable[[int], None]:
        """`tick`, which is told the rows of the manifest that were read, and the same for the status."""

        def both(rows: int) -> None:
            self._say(rows=rows)
            tick(rows)

        return both

    def plan(self, rows: int, to_do: int) -> None:
        """The manifest is read and planned; workers are started next."""
        self._say(state="starting", rows=rows, to_do=to_do)

    def working(self, tick: Callable[[Tally], None], pool: Pool) -> Callable[[Tally], None]:
        """`tick`, which is told live counts, and the same for the status. The first shard is handed out now."""
        begun = time.monotonic()

        def both(tally: Tally) -> None:
            with self._one:
                self._status = replace(
                    self._status.worked(tally, time.monotonic() - begun),
                    state="draining" if pool.is_draining else "running",
                    workers=pool.workers,
                    workers_alive=pool.alive,
                    workers_lost=pool.lost,
                )
                status = self._status
            pool.meter.show(status)
            tick(tally)

        return both

    def finish(self, summary: Summary, tally: Tally) -> None:
        """The run has ended: what it answered, and its exit code."""
        with self._one:
            rate = self._status.rate
            status = replace(self._status.worked(tally, 0.0), rate=rate, rows=summary.rows)
            self._status = status.ended(summary.exit_code, summary.stopped)

    def _say(self, **changes: Any) -> None:
        with self._one:
            self._status = replace(self._status, **changes)

    def _keep(self) -> None:
        self._put()
        while not self._closing.wait(self._status.every):
            self._put()
        self._put()

    def _put(self) -> None:
        with self._one:
            self._status = replace(self._status, beat=self._status.beat + 1, beaten_at=round(self._clock(), 3))
            status = self._status
        try:
            self._store.write(status_uri(status.log, status.run_id), status.encode(), "application/json")
        except (StorageError, WorldError):
            return  # the run does not need it, and the next beat tries again
