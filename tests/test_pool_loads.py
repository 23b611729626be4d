"""Ray's pool while workers load, with Ray's answers put in its mouth: a node that goes is nobody's fault, and all come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.ray_pool import ends
from jobs.ray_pool import pool as module
from jobs.ray_pool.actor import Actor, Loaded
from jobs.ray_pool.pool import RayPool
from jobs.rows import Shard
from jobs.worker import Ready

ray = pytest.importorskip("ray")


@dataclass(eq=False)
class Call:
    """One that Ray has answered once it has a value, or an error."""

    value: Any = None

    def get(self) -> Any:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Handle:
    """An actor's: every call waits for its answer."""

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *_: Call())


def wait(refs: list[Call], num_returns: int, timeout: float) -> tuple[list[Call], list[Call]]:
    done = [ref for ref in refs if ref.value is not None][:num_returns]
    return done, [ref for ref in refs if ref not in done]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], tuple[RayPool, list[int]]]:
    """A pool of so many workers, and a list of how many were loaded at each heartbeat that it asked for."""
    quiet = SimpleNamespace(lose=lambda _: None, hold=lambda _: None, rerun=lambda _: None, took=lambda *_: None)
    monkeypatch.setattr(module, "connect", lambda _: None)
    monkeypatch.setattr(module, "compute_threads", lambda _: 1)
    monkeypatch.setattr(module, "node_count", lambda: 1)
    monkeypatch.setattr(module, "RayMeter", lambda _: quiet)
    monkeypatch.setattr(module, "replace", lambda settings, **_: settings)
    monkeypatch.setattr(module.ray, "wait", wait)
    monkeypatch.setattr(module, "_get", Call.get)
    monkeypatch.setattr(ray, "kill", lambda _: None)
    monkeypatch.setattr(Actor, "start", classmethod(lambda cls, *_: cls(Handle(), Call())))

    def start(workers: int) -> tuple[RayPool, list[int]]:
        beats: list[int] = []
        settings = SimpleNamespace(run_id="r", run=SimpleNamespace(workers=workers))
        pool = RayPool(settings, lambda: beats.append(pool.alive))  # type: ignore[arg-type]
        return pool, beats

    return start


def load(actors: list[Actor], answer: object) -> None:
    for actor in actors:
        actor.loading.value = answer


def test_workers_that_a_node_takes_with_it_as_they_load_are_asked_for_again(started: Any):
    pool, beats = started(40)
    load(pool._actors[:20], Loaded(Ready("node", 1), "n0"))
    pool.wait(0)
    gone = ray.exceptions.RayActorError(error_msg="The actor died because its node has died.")
    load([actor for actor in pool._actors if actor.loading], gone)
    pool.wait(0)
    assert (len(pool._actors), pool.alive, pool.lost) == (40, 20, 20)
    load([actor for actor in pool._actors if actor.loading], Loaded(Ready("node", 1), "n1"))
    pool.wait(0)
    assert pool.alive == 40
    assert beats == [20, 40]  # one heartbeat for all that came together


def test_workers_that_were_given_up_are_asked_for_again_once_one_can_be_loaded(started: Any):
    pool, _ = started(8)
    load(pool._actors[:7], ray.exceptions.RayActorError(error_msg="killed"))
    pool.wait(0)
    assert len(pool._actors) < 8
    load([actor for actor in pool._actors if actor.loading][:1], Loaded(Ready("node", 1), "n0"))
    pool.wait(0)
    assert len(pool._actors) == 8


def test_actors_that_are_lost_sight_of_together_are_waited_for_once(started: Any, monkeypatch: pytest.MonkeyPatch):
    pool, _ = started(30)
    load(list(pool._actors), Loaded(Ready("node", 1), "n0"))
    pool.wait(0)
    now = [0.0]
    monkeypatch.setattr(ends.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(ends.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(ends, "is_alive", lambda _: True)
    for number, actor in enumerate(list(pool._actors)):
        actor.calls[Call(ray.exceptions.ActorUnavailableError("unavailable", None))] = Shard(number, 0, ())
    lost = pool.wait(0)
    assert {event.cause for event in lost} == {"process"}
    assert (len(lost), now[0] <= 21) == (30, True)
