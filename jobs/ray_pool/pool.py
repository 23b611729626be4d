"""A pool of Ray actors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from jobs.errors import PreflightError
from jobs.pool import Event, Lost
from jobs.ray_pool.actor import IN_FLIGHT, Actor, Loaded, Ref
from jobs.ray_pool.alone import lone_worker, node_to_keep
from jobs.ray_pool.cluster import compute_threads, connect, default_workers, node_count
from jobs.ray_pool.ends import cause_of, end_of, node_patience, tells_of_node, why_none_loads
from jobs.ray_pool.metrics import RayMeter
from jobs.rows import Shard
from jobs.tally import Tally
from jobs.worker import Ready, ShardResult, WorkerSettings

_GRACE = 3.0
_TICK = 0.5
_FAILED_LOADS = 5
"""Workers that in a row could not be loaded: then it is not the workers."""


class RayPool:
    """Actors on a Ray cluster; a local one is started where there is none. Two shards in flight each.

    Args:
        settings: of the workers.
        on_loaded: called after workers have loaded: they wait for a heartbeat of this run before they put.
    """

    def __init__(self, settings: WorkerSettings, on_loaded: Callable[[], None]) -> None:
        connect(settings)
        self.meter = RayMeter(settings.run_id)
        self._settings = replace(settings, threads=compute_threads(settings.run))
        self._on_loaded = on_loaded
        self._actors: list[Actor] = []
        self._started = 0
        self._failed_loads = 0
        self._failed_load = RayError("the last one died")
        self.is_draining = False
        self._kept: str | None = None  # the node that is kept free for a row alone
        self._last_end = 0.0  # when an actor was last found dead
        self._has_new = False
        self._peopled: set[str] = set()  # nodes on which a worker has loaded
        self.nodes = 1
        self.lost = 0
        self.workers = settings.run.workers or 1
        self._fill()

    @property
    def alive(self) -> int:
        """Loaded workers."""
        return len(self._loaded())

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """Waits for the first worker; then decides how many there shall be, if the user did not."""
        ready = self._first_ready(is_stopped)
        if ready is None:
            return None
        if self._settings.run.workers is None:
            self.workers = default_workers(ready, self._settings)
            self._fill()
        self._wait_for_all(_GRACE)
        return ready

    def has_room(self) -> bool:
        """Whether a loaded worker has fewer than two shards."""
        return bool(self._free())

    def submit(self, shard: Shard) -> None:
        """Hands a shard to the loaded worker with the fewest."""
        min(self._free(), key=lambda one: len(one.calls)).submit(shard)
        if shard.attempt:
            self.meter.rerun("shard")

    def quiet(self) -> bool:
        """Whether a row could be run alone now; until `resume` a node is kept free for that."""
        self._kept = node_to_keep(self._loaded(), self._kept)
        return self._lone_worker() is not None

    def submit_alone(self, shard: Shard) -> None:
        """Hands one row to a worker of the quiet node."""
        worker = self._lone_worker()
        if worker is None:
            raise RuntimeError("a row is run alone only once quiet() says so")
        worker.submit_alone(shard)
        self.meter.rerun("alone")

    def resume(self) -> None:
        """The node that was kept takes shards again."""
        self._kept = None

    def wait(self, seconds: float) -> list[Event]:
        """What came back; an actor that died is replaced and its shards are lost."""
        refs = [ref for actor in self._actors for ref in (*actor.calls, *([actor.loading] if actor.loading else []))]
        if not refs:
            if not self._actors:
                raise why_none_loads(self._failed_load)
            time.sleep(seconds)
            return []
        done, _ = ray.wait(refs, num_returns=len(refs), timeout=0)
        if not done:
            done, _ = ray.wait(refs, num_returns=1, timeout=seconds)
        until = node_patience()
        events = [event for actor in list(self._actors) for event in self._take(actor, done, until)]
        if self._has_new:
            self._has_new = False
            self._on_loaded()
        return events

    def drain(self) -> None:
        """Tells every loaded worker to finish the rows in hand."""
        self.is_draining = True
        for actor in self._loaded():
            actor.handle.drain.remote()

    def tally(self) -> Tally:
        """The newest counts of each worker; ends those that hang, and asks the others again."""
        whole = Tally()
        self.meter.hold(sum(len(actor.calls) for actor in self._actors))
        for actor in self._loaded():
            self._hear(actor)
            actor.ask()
            hangs = actor.hung_in(self._settings.run.row_timeout)
            if hangs is not None and actor.hangs is None:
                actor.hangs = hangs
                actor.end()
            whole.add(actor.pulse.tally)
        return whole

    def close(self) -> None:
        """Ends the actors, and Ray where it was started here."""
        for actor in self._actors:
            actor.end()
        ray.shutdown()

    def _fill(self) -> None:
        """As many workers as there shall be, those that load among them."""
        while len(self._actors) < self.workers:
            self._start_actor()

    def _start_actor(self) -> None:
        self._actors.append(Actor.start(self._settings, f"w{self._started}"))
        self._started += 1

    def _free(self) -> list[Actor]:
        """The workers that may be given a shard."""
        return [
            one for one in self._loaded() if len(one.calls) < IN_FLIGHT and not one.hangs and one.node != self._kept
        ]

    def _lone_worker(self) -> Actor | None:
        return lone_worker(self._loaded(), self._kept, self._last_end)

    def _loaded(self) -> list[Actor]:
        return [actor for actor in self._actors if actor.loading is None]

    def _first_ready(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """None where somebody said stop before a worker was there: a cluster may take minutes to grow one.

        A worker that dies as it starts, or finds no memory, is tried again a few times; any other that says why it can't load
        is believed at once.
        """
        while self._actors:
            if is_stopped():
                return None
            done, _ = ray.wait([actor.loading for actor in self._actors], num_returns=1, timeout=_TICK)
            for actor in [one for one in self._actors if one.loading in done]:
                try:
                    ready = self._take_loaded(actor)
                except RayTaskError as error:
                    if not isinstance(error.cause, MemoryError):
                        raise PreflightError(f"a worker can't start: {cause_of(error)}") from error
                    self._fail_load(actor, error)
                    continue
                if ready is not None:
                    return ready
        raise PreflightError(f"{_FAILED_LOADS} workers in a row could not start: {cause_of(self._failed_load)}")

    def _wait_for_all(self, seconds: float) -> None:
        refs = [actor.loading for actor in self._actors if actor.loading]
        if refs:
            done, _ = ray.wait(refs, num_returns=len(refs), timeout=seconds)
            for actor in list(self._actors):
                self._take(actor, done, node_patience())

    def _take(self, actor: Actor, done: list[Ref], until: float) -> list[Event]:
        if actor.loading in done:
            try:
                self._take_loaded(actor)
            except RayTaskError as error:
                self._fail_load(actor, error)
        events: list[Event] = []
        end: RayError | None = None
        for ref in [ref for ref in actor.calls if ref in done]:
            try:
                event: Event = _get(ref)
            except RayTaskError:
                raise  # the worker's own error, which is no row's fault
            except RayError as error:
                end = end or error
                continue  # its other call may have come back before it died
            del actor.calls[ref]
            if isinstance(event, ShardResult):
                self.meter.took(event.busy, event.peak_memory)
            events.append(event)
        return events if end is None else [*events, *self._bury(actor, end, until)]

    def _take_loaded(self, actor: Actor) -> Ready | None:
        """What it says of itself; None where it died. Raises `RayTaskError` where it could not load."""
        try:
            loaded: Loaded = _get(actor.loading)
        except RayTaskError:
            raise
        except RayError as error:
            self._fail_load(actor, error)
            return None
        self._failed_loads = 0
        self._admit(actor, loaded)
        self._has_new = True
        if self.is_draining:
            actor.handle.drain.remote()
        else:
            self._fill()
        return loaded.ready

    def _fail_load(self, actor: Actor, error: RayError) -> None:
        """Another is tried a few times in a row; those that are loaded go on without it meanwhile.

        Where its node went that is nobody's fault, and does not count.
        """
        self._actors.remove(actor)
        self.lost += 1
        self.meter.lose("start")
        if not tells_of_node(error):
            self._failed_loads += 1
            self._failed_load = error
        if self._failed_loads < _FAILED_LOADS and not self.is_draining:
            self._start_actor()

    def _admit(self, actor: Actor, loaded: Loaded) -> None:
        actor.loading, actor.node = None, loaded.node
        if loaded.node not in self._peopled:
            self._peopled.add(loaded.node)
            self.nodes = node_count()

    def _bury(self, actor: Actor, error: RayError, until: float) -> list[Event]:
        """All that it had in hand is lost."""
        self._replace(actor)
        cause = end_of(actor, error, until)
        self.meter.lose(cause)
        return [Lost(shard, cause, str(error)) for shard in actor.calls.values()]

    def _replace(self, actor: Actor) -> None:
        """It is ended for good, should Ray only have lost sight of it."""
        self._actors.remove(actor)
        self.lost += 1
        self._last_end = time.monotonic()
        actor.end()
        if not self.is_draining:
            self._start_actor()

    def _hear(self, actor: Actor) -> None:
        """Takes the answer to the last question, if it is there. The death of a worker with shards is found where they are."""
        if actor.asked is None:
            return
        ref, when = actor.asked
        done, _ = ray.wait([ref], timeout=0)
        if done:
            try:
                actor.pulse = _get(ref)
            except RayTaskError:
                raise
            except RayError:
                if not actor.calls:
                    self._replace(actor)
                    self.meter.lose("idle")
                return
            actor.asked, actor.heard = None, when


def _get(ref: Ref) -> Any:
    """The value of one reference; Ray's own `get` is typed for lists first."""
    return ray.get(ref)
