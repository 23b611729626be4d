"""A cluster of 200 workers on the real `Dispatch` and `Cutter`, with a fake clock: `python -m bench.simulation`.

Only the pool is simulated: workers that take as long over a row as was drawn for it, two shards in flight each, nodes that
are lost with all their workers and come back. What the driver costs is measured on this machine's processor.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import numpy.typing as npt

from bench.row_seconds import RECORDED
from jobs.dispatch import Dispatch
from jobs.meter import Unmetered
from jobs.outcome import Provenance
from jobs.pool import Event, Lost
from jobs.rows import Facts, ManifestRow, Shard
from jobs.salvage import Place
from jobs.shards import Cutter
from jobs.spool import write_spool
from jobs.stop import Stop
from jobs.storage.memory import MemoryStore
from jobs.tally import Tally
from jobs.worker import Ready, ShardResult

_IN_FLIGHT = 2
_PUT_SECONDS = 0.05
"""A file of the log on a store with latency. The worker computes meanwhile, where it has another shard."""
_LOG = "mem://simulated"


@dataclass(frozen=True, slots=True)
class Loss:
    """A node that is gone from `at` for `seconds`."""

    at: float
    node: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is simulated.

    Attributes:
        nodes: each with `workers_per_node` workers.
        losses: of nodes.
    """

    nodes: int = 25
    workers_per_node: int = 8
    losses: tuple[Loss, ...] = ()

    @property
    def workers(self) -> int:
        """On all nodes."""
        return self.nodes * self.workers_per_node


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of it.

    Attributes:
        rows: answered.
        seconds: of the fake clock, from the first shard handed out to the last answer.
        busy: the share of the time that workers were there in which they worked on rows that were answered then.
        driver_idle: the share of that time in which the driver would have had nothing to do: all processor time of this
            process, the simulation's own in it, against the fake clock.
        lost_shards: that went down with a node.
        shards: handed out.
    """

    rows: int
    seconds: float
    busy: float
    driver_idle: float
    lost_shards: int
    shards: int


@dataclass(slots=True)
class _Worker:
    node: int
    free_at: float = 0.0
    shards: list[Shard] = field(default_factory=list)
    is_there: bool = True
    life: int = 0


class SimulatedPool:
    """A `Pool` whose workers are numbers, on a clock that it moves itself.

    Args:
        cluster: nodes and their losses.
        row_seconds: by row number.
    """

    def __init__(self, cluster: Cluster, row_seconds: npt.NDArray[np.float64]) -> None:
        self.nodes = cluster.nodes
        self.meter = Unmetered()
        self.now = 0.0
        self.useful = 0.0
        self.lost_shards = 0
        self.shards = 0
        self._row_seconds = row_seconds
        self._workers = [
            _Worker(node) for node, _ in itertools.product(range(cluster.nodes), range(cluster.workers_per_node))
        ]
        self._tally = Tally()
        self._order = itertools.count()
        self._events: list[tuple[float, int, Callable[[], list[Event]]]] = []
        for loss in cluster.losses:
            self._at(loss.at, lambda loss=loss: self._lose(loss))

    @property
    def workers(self) -> int:
        """That are there."""
        return sum(worker.is_there for worker in self._workers)

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        return None if is_stopped() else Ready("simulated", 0)

    @property
    def alive(self) -> int:
        return self.workers

    def has_room(self) -> bool:
        return bool(self._free())

    def quiet(self) -> bool:
        return not any(worker.shards for worker in self._workers)

    def submit_alone(self, shard: Shard) -> None:  # noqa: ARG002
        raise AssertionError("nodes are lost here, and no row is suspected for it")

    def resume(self) -> None: ...

    def submit(self, shard: Shard) -> None:
        pickle.dumps(shard)  # as it would travel
        worker = min(self._free(), key=lambda one: len(one.shards))
        seconds = float(self._row_seconds[[row.number for row in shard.rows]].sum())
        worker.shards.append(shard)
        worker.free_at = max(self.now + _PUT_SECONDS, worker.free_at) + seconds
        self.shards += 1
        life = worker.life
        self._at(worker.free_at + _PUT_SECONDS, lambda: self._finish(worker, life, shard, seconds))

    def wait(self, seconds: float) -> list[Event]:
        """Moves the clock to the next event, or by `seconds` where there is none before."""
        until = self.now + seconds
        if not self._events or self._events[0][0] > until:
            self.now = until
            return []
        self.now = max(self.now, self._events[0][0])
        events: list[Event] = []
        while self._events and self._events[0][0] <= self.now:
            events += heapq.heappop(self._events)[2]()
        return events

    def drain(self) -> None: ...

    def tally(self) -> Tally:
        return self._tally

    def close(self) -> None: ...

    def _free(self) -> list[_Worker]:
        return [one for one in self._workers if one.is_there and len(one.shards) < _IN_FLIGHT]

    def _at(self, moment: float, event: Callable[[], list[Event]]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), event))

    def _finish(self, worker: _Worker, life: int, shard: Shard, seconds: float) -> list[Event]:
        if worker.life != life:
            return []
        worker.shards.remove(shard)
        tally = Tally()
        tally.by_status["colorized"] += len(shard.rows)
        self._tally.add(tally)
        self.useful += seconds
        result: ShardResult = pickle.loads(pickle.dumps(ShardResult(shard, tally, seconds, 0)))  # noqa: S301 - its own
        return [result]

    def _lose(self, loss: Loss) -> list[Event]:
        events: list[Event] = []
        gone = [worker for worker in self._workers if worker.node == loss.node and worker.is_there]
        for worker in gone:
            events += [Lost(shard, "node", "the node died") for shard in worker.shards]
            worker.shards, worker.is_there = [], False
            worker.life += 1
        self.lost_shards += len(events)
        self._at(self.now + loss.seconds, lambda: self._come_back(gone))
        return events

    def _come_back(self, gone: Sequence[_Worker]) -> list[Event]:
        for worker in gone:
            worker.is_there, worker.free_at = True, self.now
        return []


def row_seconds(rows: int, mean: float, seed: int = 0) -> npt.NDArray[np.float64]:
    """(rows,) seconds: recorded ones drawn again, each a little off, one in a thousand a straggler of twenty times that.

    Args:
        rows: how many.
        mean: of them, stragglers apart: the recorded ones are of a small model, and only their shape is kept.
        seed: of the drawing.
    """
    rng = np.random.default_rng(seed)
    recorded = np.array(json.loads(RECORDED.read_text(encoding="utf-8"))["seconds"])
    drawn = rng.choice(recorded / recorded.mean() * mean, rows) * rng.lognormal(0.0, 0.25, rows)
    drawn[rng.random(rows) < 0.001] *= 20
    return drawn


def simulate(cluster: Cluster, seconds: npt.NDArray[np.float64], shard_seconds: float = 60.0) -> Simulated:
    """A whole run over rows that take `seconds`, from the spool on."""
    store = MemoryStore()
    manifest = (
        ManifestRow(f"s3://archive/plate-{number:09d}.tif", Facts(etag=f"{number:032x}"), None, None, None, number + 1)
        for number in range(len(seconds))
    )
    spool = write_spool(manifest, lambda row: row.uri.replace("archive", "color"), store, f"{_LOG}/_manifest/")
    pool = SimulatedPool(cluster, seconds)
    signed = Provenance("r20260101T000000Z-0000", "none", "0", "none", "fp32", "cpu", "f", "driver", "driver", "none")
    dispatch = Dispatch(
        pool,
        Cutter(spool.rows(), spool.count, shard_seconds),
        Place(store, _LOG, signed),
        Stop(),
        lambda _: None,
        clock=lambda: pool.now,
    )
    begun = time.process_time()
    done = dispatch.run()
    driver = time.process_time() - begun
    away = sum(min(loss.seconds, max(0.0, done.seconds - loss.at)) for loss in cluster.losses)
    present = cluster.workers * done.seconds - cluster.workers_per_node * away
    return Simulated(
        rows=done.tally.rows,
        seconds=round(done.seconds, 1),
        busy=round(pool.useful / present, 4),
        driver_idle=round(1 - driver / done.seconds, 4),
        lost_shards=pool.lost_shards,
        shards=pool.shards,
    )


def run(rows: int, mean: float, nodes_lost: int, seed: int = 0) -> Simulated:
    """A run over `rows` rows of `mean` seconds, in which nodes are lost at random, each for five minutes."""
    seconds, cluster, rng = row_seconds(rows, mean, seed), Cluster(), np.random.default_rng(seed)
    over = float(seconds.sum()) / cluster.workers
    moments = sorted(rng.uniform(0.1, 0.8, nodes_lost) * over)
    losses = tuple(Loss(moment, int(rng.integers(cluster.nodes)), 300.0) for moment in moments)
    return simulate(replace(cluster, losses=losses), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.simulation", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--mean", type=float, default=1.0, help="seconds of a row (default: 1)")
    parser.add_argument("--losses", type=int, default=5, help="of nodes (default: 5)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(json.dumps(asdict(run(options.rows, options.mean, options.losses, options.seed)), indent=1))


if __name__ == "__main__":
    main()
