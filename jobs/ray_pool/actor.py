"""The actor: a `Worker` that is built where it runs, and the driver's end of it."""

from __future__ import annotations

import faulthandler
import time
from dataclasses import dataclass, field
from typing import Any

import ray

from jobs.pool import Alone
from jobs.pulse import Pulse
from jobs.ray_pool.allocator import ALLOCATOR
from jobs.rows import Shard
from jobs.worker import Ready, ShardResult, Worker, WorkerSettings

Ref = Any
"""A Ray object reference; Ray's own type is generic at type-check time only."""

IN_FLIGHT = 2
_PATIENCE = 1.5
"""Row timeouts after which a worker ends itself: the driver's own hand should have been quicker."""
_LOADING = 600.0
"""Seconds in which a model is loaded; it may have to be fetched."""
_REHEARSAL = 5.0
"""Row timeouts that the test picture has: whatever a process does for the first time, on a machine that starts many, is in it."""
_STDERR = 2


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded worker, and the Ray node that it is on."""

    ready: Ready
    node: str


class RayWorker:
    """What runs in the actor's process."""

    def __init__(self, settings: WorkerSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._worker: Worker | None = None

    def load(self) -> Loaded:
        """Loads the network and colours the test picture; the process ends itself should it hang in either."""
        self._wind(_LOADING)
        self._worker = Worker(self._settings, self._name)
        self._wind(_REHEARSAL * self._settings.run.row_timeout)
        ready = self._worker.preflight()
        faulthandler.cancel_dump_traceback_later()
        return Loaded(ready, ray.get_runtime_context().get_node_id())

    def run(self, shard: Shard) -> ShardResult:
        """Answers one shard."""
        return self._loaded().run(shard)

    def answer(self, shard: Shard) -> Alone:
        """Answers a shard's one row, for the driver to log."""
        outcome, world = self._loaded().answer(shard.rows[0])
        return Alone(shard, outcome, world)

    def drain(self) -> None:
        """Finishes the rows in hand."""
        self._loaded().drain()

    def pulse(self) -> Pulse:
        """What it has done and what it is at. Whoever asks also winds the clock by which this process ends itself.

        faulthandler's clock runs in C, so that it strikes even where the GIL is held; asked twice a second, it never does in
        a worker that answers.
        """
        found = self._loaded().pulse()
        if found.seconds < self._settings.run.row_timeout:
            self._wind(self._settings.run.row_timeout)
        return found

    def _wind(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(_PATIENCE * seconds, exit=True, file=_STDERR)

    def _loaded(self) -> Worker:
        if self._worker is None:
            raise RuntimeError("a worker is given shards only after load()")
        return self._worker


@dataclass(slots=True)
class Actor:
    """One actor as the driver sees it.

    Attributes:
        handle: Ray's.
        loading: the call of `load`, until it is answered.
        node: that it is on, once it is loaded.
        calls: what it has in hand.
        asked: the call of `pulse` that is not answered, and when it was asked (monotonic seconds).
        pulse: the newest one.
        heard: when the newest question that it has answered was asked (monotonic seconds); it lived then.
        hangs: the stage in which it was found to hang; it is being ended.
    """

    handle: Any
    loading: Ref | None
    node: str = ""
    calls: dict[Ref, Shard] = field(default_factory=dict)
    asked: tuple[Ref, float] | None = None
    pulse: Pulse = field(default_factory=Pulse)
    heard: float = 0.0
    hangs: str | None = None

    @classmethod
    def start(cls, settings: WorkerSettings, name: str) -> Actor:
        """Asks Ray for an actor; where no node has room for it, it waits for one."""
        remote: Any = ray.remote(RayWorker)
        options = remote.options(
            num_cpus=settings.threads,
            num_gpus=settings.run.gpus(),
            max_concurrency=IN_FLIGHT + 2,
            max_restarts=0,
            max_task_retries=0,
            # A local Ray's processes have these already; asked for here they would cost a process more per worker.
            runtime_env=None if settings.run.ray == "local" else {"env_vars": ALLOCATOR},
        )
        handle = options.remote(settings, name)
        return cls(handle, handle.load.remote())

    def submit(self, shard: Shard) -> None:
        """Hands it a shard."""
        self.calls[self.handle.run.remote(shard)] = shard

    def submit_alone(self, shard: Shard) -> None:
        """Hands it a shard of one row whose outcome is to come back."""
        self.calls[self.handle.answer.remote(shard)] = shard

    def ask(self) -> None:
        """Asks for its pulse, unless the last question is not answered yet."""
        if self.asked is None:
            self.asked = self.handle.pulse.remote(), time.monotonic()

    def hung_in(self, row_timeout: float) -> str | None:
        """The stage in which it has been for longer than a row may take; a worker that says nothing is computing."""
        if self.asked is not None and time.monotonic() - self.asked[1] > row_timeout:
            return "compute"
        return self.pulse.stage if self.calls and self.pulse.seconds > row_timeout else None

    def end(self) -> None:
        """Ends its process from outside."""
        ray.kill(self.handle)
