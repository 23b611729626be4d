"""Workers as Ray actors: the only file that imports Ray. No image travels through it, only rows and counts."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError
from ray.util.metrics import Counter

from colorizer_core.errors import ColorizerError
from jobs.errors import PreflightError, WorldError
from jobs.pool import Lost
from jobs.rows import Shard
from jobs.tally import Tally
from jobs.worker import Ready, ShardResult, Worker, WorkerSettings

_IN_FLIGHT = 2
_GRACE = 3.0
_TICK = 0.5
_OBJECT_STORE = 128 * 1024**2
"""Bytes for Ray's object store, which holds rows and counts only."""

_KEPT = str(256 * 1024**2)
_ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": _KEPT,
    "MALLOC_TRIM_THRESHOLD_": _KEPT,
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""For glibc: the memory that a photograph needed stays with the process for the next one, in large pages where the kernel has
them. Without it each thread has a heap of its own that gives large blocks back at once, and the kernel clears and maps
thousands of pages a photograph anew."""

Ref = Any
"""A Ray object reference; Ray's own type is generic at type-check time only."""


class Metrics:
    """What the Ray dashboard and Prometheus see of one worker."""

    def __init__(self) -> None:
        self._rows = Counter("colorizer_rows", "Rows answered.", ("status",))
        self._seconds = Counter("colorizer_stage_seconds", "Seconds spent, by stage.", ("stage",))
        self._read = Counter("colorizer_bytes_in", "Bytes of sources read.")
        self._written = Counter("colorizer_bytes_out", "Bytes of outputs written.")

    def add(self, tally: Tally) -> None:
        """Adds what one shard did; a Ray counter refuses to grow by 0."""
        for status, rows in tally.by_status.items():
            self._rows.inc(rows, {"status": status})
        for stage, seconds in tally.stage_seconds.items():
            if seconds > 0:
                self._seconds.inc(seconds, {"stage": stage})
        if tally.bytes_in:
            self._read.inc(tally.bytes_in)
        if tally.bytes_out:
            self._written.inc(tally.bytes_out)


class RayWorker:
    """The actor: a `Worker` that is built where it runs."""

    def __init__(self, settings: WorkerSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._worker: Worker | None = None
        self._metrics = Metrics()

    def load(self) -> Ready:
        """Loads the network and colours the test picture."""
        self._worker = Worker(self._settings, self._name)
        return self._worker.preflight()

    def run(self, shard: Shard) -> ShardResult:
        """Answers one shard."""
        result = self._loaded().run(shard)
        self._metrics.add(result.tally)
        return result

    def drain(self) -> None:
        """Finishes the rows in hand."""
        self._loaded().drain()

    def tally(self) -> Tally:
        """Live counts."""
        return self._loaded().tally()

    def _loaded(self) -> Worker:
        if self._worker is None:
            raise RuntimeError("a worker is given shards only after load()")
        return self._worker


@dataclass(slots=True)
class _Actor:
    """One actor as the driver sees it; reserved while the shard that it has is to be alone."""

    handle: Any
    loading: Ref | None
    shards: dict[Ref, Shard] = field(default_factory=dict)
    asked: Ref | None = None
    is_reserved: bool = False
    tally: Tally = field(default_factory=Tally)


class RayPool:
    """Actors on a Ray cluster; a local one is started where there is none. Two shards in flight each."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._cpus = settings.run.threads_per_worker
        self._actors: list[_Actor] = []
        self._started = 0
        self._draining = False
        self.workers = settings.run.workers or 1
        _connect(settings)
        for _ in range(self.workers):
            self._start_actor()

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """Waits for the first worker; then decides how many there shall be, if the user did not."""
        ready = self._first_ready(is_stopped)
        if ready is None:
            return None
        if self._settings.run.workers is None:
            self.workers = _default_workers(ready, self._settings, self._cpus)
            for _ in range(self.workers - len(self._actors)):
                self._start_actor()
        self._wait_for_all(_GRACE)
        return ready

    def has_room(self, alone: bool = False) -> bool:
        """Whether a loaded worker has fewer than two shards, or none where one is to be alone."""
        return bool(self._free(alone))

    def submit(self, shard: Shard, alone: bool = False) -> None:
        """Hands a shard to the loaded worker with the fewest."""
        actor = min(self._free(alone), key=lambda one: len(one.shards))
        actor.shards[actor.handle.run.remote(shard)] = shard
        actor.is_reserved = alone

    def wait(self, seconds: float) -> list[ShardResult | Lost]:
        """What came back; an actor that died is replaced and its shards are lost."""
        refs = [ref for actor in self._actors for ref in (*actor.shards, *([actor.loading] if actor.loading else []))]
        if not refs:
            raise WorldError("no worker is left; the reasons stand above and in Ray's logs")
        done, _ = ray.wait(refs, num_returns=len(refs), timeout=0)
        if not done:
            done, _ = ray.wait(refs, num_returns=1, timeout=seconds)
        events: list[ShardResult | Lost] = []
        for actor in list(self._actors):
            if actor.loading in done:
                self._take_loaded(actor)
            for ref in [ref for ref in done if ref in actor.shards]:
                events += self._take_shard(actor, ref)
        return events

    def drain(self) -> None:
        """Tells every loaded worker to finish the rows in hand."""
        self._draining = True
        for actor in self._loaded():
            actor.handle.drain.remote()

    def tally(self) -> Tally:
        """The newest counts of each worker; asks again where the last question was answered."""
        whole = Tally()
        for actor in self._loaded():
            self._ask(actor)
            whole.add(actor.tally)
        return whole

    def close(self) -> None:
        """Ends the actors, and Ray where it was started here."""
        for actor in self._actors:
            ray.kill(actor.handle)
        ray.shutdown()

    def _start_actor(self) -> None:
        actor: Any = ray.remote(RayWorker)
        options = actor.options(
            num_cpus=self._cpus,
            max_concurrency=_IN_FLIGHT + 2,
            max_restarts=0,
            max_task_retries=0,
            runtime_env={"env_vars": _ALLOCATOR},
        )
        handle = options.remote(self._settings, f"w{self._started}")
        self._started += 1
        self._actors.append(_Actor(handle, handle.load.remote()))

    def _free(self, alone: bool) -> list[_Actor]:
        """The workers that may be given a shard."""
        most = 1 if alone else _IN_FLIGHT
        return [one for one in self._loaded() if len(one.shards) < most and not (one.is_reserved and one.shards)]

    def _loaded(self) -> list[_Actor]:
        return [actor for actor in self._actors if actor.loading is None]

    def _first_ready(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """None where somebody said stop before a worker was there: a cluster may take minutes to grow one."""
        refs = [actor.loading for actor in self._actors]
        done: list[Ref] = []
        while not done:
            if is_stopped():
                return None
            done, _ = ray.wait(refs, num_returns=1, timeout=_TICK)
        first = done[0]
        try:
            ready: Ready = _get(first)
        except RayTaskError as error:
            raise PreflightError(f"a worker can't start: {_cause(error)}") from error
        except RayActorError as error:
            raise PreflightError(f"a worker died as it started: {error}") from error
        for actor in self._actors:
            if actor.loading == first:
                actor.loading = None
        return ready

    def _wait_for_all(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        loading = [actor for actor in self._actors if actor.loading]
        refs = [actor.loading for actor in loading]
        if refs:
            done, _ = ray.wait(refs, num_returns=len(refs), timeout=max(0.0, until - time.monotonic()))
            for actor in loading:
                if actor.loading in done:
                    self._take_loaded(actor)

    def _take_loaded(self, actor: _Actor) -> None:
        """A worker that can't start is left out: the others go on without it."""
        try:
            _get(actor.loading)
        except (RayTaskError, RayActorError):
            self._actors.remove(actor)
        else:
            actor.loading = None
            if self._draining:
                actor.handle.drain.remote()

    def _take_shard(self, actor: _Actor, ref: Ref) -> list[ShardResult | Lost]:
        try:
            result: ShardResult = _get(ref)
        except RayActorError as error:
            return self._bury(actor, str(error))
        del actor.shards[ref]
        return [result]

    def _bury(self, actor: _Actor, reason: str) -> list[ShardResult | Lost]:
        self._actors.remove(actor)
        if not self._draining:
            self._start_actor()
        return [Lost(shard, reason) for shard in actor.shards.values()]

    def _ask(self, actor: _Actor) -> None:
        if actor.asked is not None:
            done, _ = ray.wait([actor.asked], timeout=0)
            if not done:
                return
            try:
                actor.tally = _get(actor.asked)
            except RayActorError:
                return
        actor.asked = actor.handle.tally.remote()


def _get(ref: Ref) -> Any:
    """The value of one reference; Ray's own `get` is typed for lists first."""
    return ray.get(ref)


def _connect(settings: WorkerSettings) -> None:
    """Joins the cluster that the settings name, or starts a local one for this run alone."""
    where = settings.run.ray
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        if where == "local":
            cores = max(os.cpu_count() or 1, (settings.run.workers or 1) * settings.run.threads_per_worker)
            ray.init(
                address="local",
                num_cpus=cores,
                object_store_memory=_OBJECT_STORE,
                dashboard_host="127.0.0.1",
                log_to_driver=False,
                logging_level=logging.ERROR,
                _node_ip_address="127.0.0.1",  # nothing outside this machine has a part in it
            )
        else:
            ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise PreflightError(
            f"can't reach Ray at {where!r}: {error}. Is RAY_ADDRESS right? --ray none needs none."
        ) from error


def _default_workers(ready: Ready, settings: WorkerSettings, cpus: int) -> int:
    """The cluster's cores, or fewer where its memory ÷ a worker's measured need is less; at least one."""
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray leaves it so
    cores = int(resources.get("CPU", 1)) // cpus
    need = ready.peak_memory + 2 * settings.run.read_ahead
    return max(1, min(cores, int(resources.get("memory", need * cores)) // need))


def _cause(error: RayTaskError) -> str:
    return str(error.cause) if isinstance(error.cause, ColorizerError) else str(error)
