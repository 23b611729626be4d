"""The dispatch loop with a pool of fakes: every row is answered, once, whatever dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from jobs.dispatch import Dispatch, Place
from jobs.layout import ShardName
from jobs.log import list_log, read_part, write_part
from jobs.outcome import Outcome, Provenance, Times
from jobs.pool import Lost
from jobs.rows import NOTHING_STATED, Row, Shard
from jobs.shards import Cutter
from jobs.stop import Stop
from jobs.storage.memory import MemoryStore
from jobs.tally import Tally, tally_of
from jobs.worker import Ready, ShardResult

LOG = "mem://log"
SIGNED = Provenance("r20260101T000000Z-0000", "mini", "0", "opencv", "fp32", "f", "w0", "node", "cpu")


def rows(count: int) -> list[Row]:
    return [Row(n, f"mem://in/{n}", NOTHING_STATED, f"mem://out/{n}", None) for n in range(count)]


def outcome(row: Row) -> Outcome:
    return Outcome(row, "skipped", "BLANK", "", row.stated, None, None, time.time(), 0.0, Times())


@dataclass
class FakePool:
    """Answers one shard a wait; dies at the rows in `poison`, and after writing the part of those in `late`."""

    store: MemoryStore
    poison: frozenset[int] = frozenset()
    late: frozenset[int] = frozenset()
    world: str | None = None
    workers: int = 2
    shards: list[Shard] = field(default_factory=list)
    handed: list[Shard] = field(default_factory=list)
    drained: bool = False

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        return Ready("node", 0)

    def has_room(self, alone: bool = False) -> bool:
        return not self.shards if alone else len(self.shards) < 2 * self.workers

    def submit(self, shard: Shard, alone: bool = False) -> None:
        assert alone == (shard.attempt > 0)
        self.shards.append(shard)
        self.handed.append(shard)

    def wait(self, seconds: float) -> list[ShardResult | Lost]:
        shard = self.shards.pop(0)
        numbers = {row.number for row in shard.rows}
        if numbers & self.poison:
            both, self.shards = [shard, *self.shards[:1]], self.shards[1:]
            return [Lost(one, "killed") for one in both]  # the worker's other shard is lost with it
        outcomes = [] if self.drained else [outcome(row) for row in shard.rows]
        if outcomes:
            write_part(self.store, LOG, SIGNED, shard, outcomes)
        if numbers & self.late and shard.attempt == 0:
            return [Lost(shard, "killed after its part")]
        return [ShardResult(shard, tally_of(outcomes), 0.1, 1, self.world)]

    def drain(self) -> None:
        self.drained = True

    def tally(self) -> Tally:
        return Tally()

    def close(self) -> None: ...


def answered(store: MemoryStore) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for name in list_log(store, LOG).parts:
        part = read_part(store, LOG, name, ["row", "code"])
        found += zip(part["row"].to_pylist(), part["code"].to_pylist(), strict=True)
    return sorted(found)


def dispatch(pool: FakePool, count: int, stop: Stop | None = None) -> Dispatch:
    cutter = Cutter(iter(rows(count)), count, 60)
    return Dispatch(pool, cutter, Place(pool.store, LOG, SIGNED), stop or Stop(), lambda _: None)


@pytest.mark.parametrize("count", [0, 1, 7, 500])
def test_every_row_is_answered_once(count: int):
    pool = FakePool(MemoryStore())
    done = dispatch(pool, count).run()
    assert answered(pool.store) == [(n, "BLANK") for n in range(count)]
    assert done.tally.rows == count


def test_a_row_that_ends_its_worker_each_time_is_named_and_its_neighbours_are_answered():
    pool = FakePool(MemoryStore(), poison=frozenset({13}))
    done = dispatch(pool, 100).run()
    assert answered(pool.store) == [(n, "WORKER_LOST" if n == 13 else "BLANK") for n in range(100)]
    assert done.tally.by_code["WORKER_LOST"] == 1
    alone = [shard for shard in pool.handed if [row.number for row in shard.rows] == [13]]
    assert [shard.attempt for shard in alone] == [1, 2]


def test_a_worker_that_dies_after_its_part_is_not_asked_for_those_rows_again():
    pool = FakePool(MemoryStore(), late=frozenset({0}))
    dispatch(pool, 50).run()
    assert answered(pool.store) == [(n, "BLANK") for n in range(50)]


def test_a_stop_hands_out_nothing_more_and_drains():
    pool, stop = FakePool(MemoryStore()), Stop()
    stop.ask("test")
    dispatch(pool, 50, stop).run()
    assert pool.drained
    assert not pool.handed


def test_what_is_wrong_with_the_world_stops_the_run_and_is_said():
    pool = FakePool(MemoryStore(), world="the disk is full")
    done = dispatch(pool, 500).run()
    assert done.world == "the disk is full"
    assert pool.drained
    assert len(pool.handed) < 10


def test_attempts_order_the_answers_of_one_run():
    pool = FakePool(MemoryStore(), poison=frozenset({0}))
    dispatch(pool, 1).run()
    assert list_log(pool.store, LOG).parts[-1] == ShardName(SIGNED.run_id, 3, 3)
