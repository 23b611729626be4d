"""The kinds of faults: each is done to a scene, and says afterwards whether it came to anything."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.faults.driver import Driver
from bench.faults.scene import Scene
from bench.faults.trap import PLATE, TRAPS
from tests.fault_proxy import LASTING, PASSING, Proxy, Rule
from tests.processes import own_ray_workers

Outcome = Callable[[], bool]
"""Whether the fault struck anything; asked when the archive is complete."""
_ALL = ("GET", "LIST", "HEAD", "PUT", "DELETE")
_KEYS = {
    "GET": (PLATE, PLATE, "/part-", "_open/", "_lease/", "_manifest/", "_run"),
    "PUT": (PLATE, PLATE, "/part-", "_open/", "_lease/", "_manifest/", "_run"),
    "LIST": ("",),
    "HEAD": ("",),
}


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        name: in the table of figures.
        weight: how often, against the others.
        inject: does it now; None where there is nothing to do it to.
    """

    name: str
    weight: float
    inject: Callable[[Scene], Outcome | None]


def _always() -> bool:
    return True


def _a_worker(scene: Scene) -> int | None:
    workers = own_ray_workers()
    return scene.chance.choice(workers) if workers else None


def kill_worker(scene: Scene) -> Outcome | None:
    worker = _a_worker(scene)
    if worker is None:
        return None
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
    return _always


def stop_worker(scene: Scene) -> Outcome | None:
    """It is woken after a while, if nobody has ended it by then."""
    worker = _a_worker(scene)
    if worker is None:
        return None

    def wake() -> None:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGCONT)

    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGSTOP)
    scene.later(scene.chance.uniform(0, 15), wake)
    return _always


def set_trap(scene: Scene) -> Outcome:
    """The next row that comes past sleeps, spins, crashes, exits or starves."""
    trap = scene.traps / scene.chance.choice(TRAPS)
    trap.touch()
    return lambda: not trap.exists()


def kill_driver(scene: Scene) -> Outcome | None:
    return None if _signal_driver(scene, signal.SIGKILL) is None else _always


def ask_driver_to_stop(scene: Scene) -> Outcome | None:
    number = scene.chance.choice((signal.SIGTERM, signal.SIGINT))
    return None if _signal_driver(scene, number) is None else _always


def stop_driver(scene: Scene) -> Outcome | None:
    """Another takes its place meanwhile, for no driver runs; it is woken before the takeover, or after."""
    driver = _signal_driver(scene, signal.SIGSTOP)
    if driver is None:
        return None

    def wake() -> None:
        with suppress(ProcessLookupError):
            driver.send(signal.SIGCONT)

    scene.later(scene.chance.uniform(0, 25), wake)
    return _always


def _signal_driver(scene: Scene, number: signal.Signals) -> Driver | None:
    """To one that runs; None where none does."""
    running = [one for one in scene.running if not one.has_ended]
    if not running:
        return None
    driver = scene.chance.choice(running)
    driver.send(number)
    return driver


def start_another(scene: Scene) -> Outcome | None:
    if not scene.running:
        return None
    scene.start()
    return _always


def kill_node(scene: Scene) -> Outcome | None:
    """Its raylet and its workers; another comes after a while."""
    nodes = list(scene.cluster.worker_nodes)
    if not nodes:
        return None
    scene.cluster.remove_node(scene.chance.choice(sorted(nodes, key=lambda node: node.unique_id)), allow_graceful=False)
    scene.later(scene.chance.uniform(0, 8), lambda: add_node(scene.cluster))
    return _always


def add_node(cluster: Any) -> None:
    """Room for all workers, so that those of a stopped driver leave some."""
    cluster.add_node(num_cpus=8, object_store_memory=128 * 1024**2)


def fill_disk(scene: Scene) -> Outcome | None:
    disk = scene.place.disk
    if disk is None:
        return None
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb") as file:
        while True:
            file.write(bytes(1 << 20))
    scene.world_is_wrong(scene.chance.uniform(1, 6), lambda: filler.unlink(missing_ok=True))
    return _always


def hide_photographs(scene: Scene) -> Outcome | None:
    """A box of them is gone for a while."""
    source = scene.place.source
    boxes = sorted(path for path in source.iterdir() if path.name.startswith("box-")) if source else []
    if not boxes:
        return None
    box: Path = scene.chance.choice(boxes)
    hidden = box.with_name(f"hidden-{box.name}")
    box.rename(hidden)
    scene.later(scene.chance.uniform(1, 6), lambda: hidden.rename(box))
    return _always


def passing_store_fault(scene: Scene) -> Outcome | None:
    """One that a client should not notice, a few times."""
    method = scene.chance.choice(list(PASSING))
    key = scene.chance.choice(_KEYS[method])
    return _store_fault(
        scene, Rule(scene.chance.choice(PASSING[method]), (method,), key, scene.chance.randint(1, 3)), 10
    )


def lasting_store_fault(scene: Scene) -> Outcome | None:
    """A tenth of the photographs can't be had, or a tenth of the outputs can't be put, for a while."""
    key = f"{PLATE}\\d*{scene.chance.randint(0, 9)}\\."
    method = scene.chance.choice(("GET", "PUT"))
    faults = {
        "GET": ("403", "404", "500", "503", "silent", "short", "damage", "login page"),
        "PUT": ("403", "503", "reset", "lost reply"),
    }
    return _store_fault(
        scene, Rule(scene.chance.choice(faults[method]), (method,), key, LASTING - 1), scene.chance.uniform(2, 10)
    )


def _store_fault(scene: Scene, rule: Rule, seconds: float) -> Outcome | None:
    proxy = scene.place.proxy
    if proxy is None:
        return None
    before = proxy.struck[rule]
    proxy.add(rule)
    struck = _struck(proxy, rule, before)
    scene.later(seconds, lambda: proxy.lift(rule), struck)
    return struck


def _struck(proxy: Proxy, rule: Rule, before: int) -> Outcome:
    """Whether it has, since then. Faults that last are lifted only after they have: most of a campaign is starts."""
    return lambda: proxy.struck[rule] > before


def spoil_the_world(scene: Scene) -> Outcome | None:
    """Credentials expire, the bucket goes, or the endpoint does: for every request, for a while."""
    proxy = scene.place.proxy
    if proxy is None:
        return None
    rule = Rule(scene.chance.choice(("expired", "no bucket", "reset", "503", "silent")), _ALL)
    struck = _struck(proxy, rule, proxy.struck[rule])
    proxy.add(rule)
    scene.world_is_wrong(scene.chance.uniform(1, 8), lambda: proxy.lift(rule), struck)
    return struck


def refuse_most_rows(scene: Scene) -> Outcome | None:
    """Every photograph is refused for a while, as where a policy was changed: the breaker's matter."""
    proxy = scene.place.proxy
    if proxy is None:
        return None
    rule = Rule("403", ("GET",), PLATE)
    struck = _struck(proxy, rule, proxy.struck[rule])
    proxy.add(rule)
    scene.world_is_wrong(scene.chance.uniform(5, 20), lambda: proxy.lift(rule), struck)
    return struck


KINDS = (
    Kind("a worker is killed", 3, kill_worker),
    Kind("a worker is stopped", 1, stop_worker),
    Kind("a row sleeps, spins, crashes, exits or starves", 3, set_trap),
    Kind("the driver is killed", 1.5, kill_driver),
    Kind("the driver is asked to stop", 1, ask_driver_to_stop),
    Kind("the driver is stopped, and woken later", 1, stop_driver),
    Kind("a second run begins", 1, start_another),
    Kind("a node dies", 1, kill_node),
    Kind("the disk is full", 1, fill_disk),
    Kind("photographs are gone for a while", 1.5, hide_photographs),
    Kind("S3: a fault that passes", 5, passing_store_fault),
    Kind("S3: a tenth of the objects fail for a while", 2, lasting_store_fault),
    Kind("S3: credentials, bucket or endpoint fail for a while", 1, spoil_the_world),
    Kind("S3: every photograph is refused for a while", 0.5, refuse_most_rows),
)
