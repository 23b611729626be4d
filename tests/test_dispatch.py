"""The dispatch loop with a pool of fakes: every row is answered, once, whatever dies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from jobs.answers import read_answers
from jobs.digests import digests
from jobs.dispatch import Dispatch
from jobs.errors import Unavailable, WorldError
from jobs.log import list_log, open_shard, read_open, read_part
from jobs.pool import Alone, Cause, Event, Lost
from jobs.rows import Row, Shard
from jobs.salvage import Place
from jobs.shards import Cutter
from jobs.stop import Stop
from jobs.storage.memory import MemoryStore
from jobs.tally import Tally, tally_of
from tests.fake_pool import LOG, SIGNED, FakePool, answered, outcome, rows


def dispatch(
    pool: FakePool, count: int, stop: Stop | None = None, tick: Callable[[Tally], object] = lambda _: None
) -> Dispatch:
    cutter = Cutter(iter(rows(count)), count, 60)
    return Dispatch(pool, cutter, Place(pool.store, LOG, SIGNED), stop or Stop(), tick)


@pytest.mark.parametrize("count", [0, 1, 7, 500])
def test_every_row_is_answered_once(count: int):
    pool = FakePool(MemoryStore())
    done = dispatch(pool, count).run()
    assert answered(pool.store) == [(n, "BLANK") for n in range(count)]
    assert done.tally.rows == count


def test_rows_that_a_worker_gives_back_are_handed_out_again():
    class Slow(FakePool):
        """Answers two rows of each shard."""

        def answer(self, shard: Shard, numbers: set[int]) -> list[Event]:
            some, left = replace(shard, rows=shard.rows[:2]), shard.rows[2:]
            (result,) = super().answer(some, numbers)
            return [replace(result, left=left)]  # type: ignore[type-var]

    pool = Slow(MemoryStore())
    done = dispatch(pool, 100).run()
    assert answered(pool.store) == [(n, "BLANK") for n in range(100)]
    assert done.tally.rows == 100


@pytest.mark.parametrize("error", [Unavailable("STORE_UNAVAILABLE: x"), WorldError("CREDENTIALS_REFUSED", "x")])
def test_where_the_spool_can_not_be_read_on_the_run_drains_and_says_so(error: Exception):
    def breaking() -> Iterator[Row]:
        yield from rows(40)
        raise error

    pool = FakePool(MemoryStore())
    done = Dispatch(pool, Cutter(breaking(), 400, 60), Place(pool.store, LOG, SIGNED), Stop(), lambda _: None).run()
    assert done.world is not None
    assert done.world.code == (error.code if isinstance(error, WorldError) else "LOG_UNWRITABLE")
    assert (pool.drained, pool.calls) == (True, [])
    assert done.tally.rows == len(answered(pool.store)) > 0


def test_a_row_that_ends_its_worker_each_time_is_named_and_its_neighbours_are_answered():
    pool = FakePool(MemoryStore(), poison=frozenset({13}))
    done = dispatch(pool, 100).run()
    assert answered(pool.store) == [(n, "WORKER_LOST" if n == 13 else "BLANK") for n in range(100)]
    assert done.tally.by_code["WORKER_LOST"] == 1
    assert pool.alone.count(13) == 2
    assert all(pool.alone.count(number) == 1 for number in set(pool.alone) - {13})


@pytest.mark.parametrize(
    ("cause", "code"),
    [("memory", "OUT_OF_MEMORY"), ("compute", "ROW_TIMEOUT"), ("read", "READ_TIMEOUT"), ("write", "WRITE_TIMEOUT")],
)
def test_the_code_says_how_the_worker_ended(cause: Cause, code: str):
    pool = FakePool(MemoryStore(), poison=frozenset({5}), cause=cause)
    dispatch(pool, 20).run()
    assert dict(answered(pool.store)) == {n: code if n == 5 else "BLANK" for n in range(20)}


def test_a_node_that_goes_is_nobodys_fault_and_its_shards_go_to_others():
    pool = FakePool(MemoryStore(), gone=frozenset({0, 40, 41, 90}))
    dispatch(pool, 100).run()
    assert answered(pool.store) == [(n, "BLANK") for n in range(100)]
    assert pool.alone == []


def test_a_worker_that_lives_on_though_it_was_taken_for_dead_answers_nothing_twice():
    pool = FakePool(MemoryStore(), zombies=frozenset({0, 30}))
    done = dispatch(pool, 60).run()
    assert pool.undead
    assert answered(pool.store) == [(n, "BLANK") for n in range(60)]
    assert done.tally.rows == pool.meter.counted.rows == 60


def test_where_no_worker_comes_the_run_stops_early_and_says_so():
    pool, stop, seconds = FakePool(MemoryStore(), alive=0), Stop(), itertools.count()
    cutter = Cutter(iter(rows(9)), 9, 60)
    place = Place(pool.store, LOG, SIGNED)
    done = Dispatch(pool, cutter, place, stop, lambda _: None, patience=30, clock=lambda: next(seconds)).run()
    assert (done.tally.rows, stop.reason) == (0, "no worker for 30 s")


def test_a_stop_keeps_what_was_gathered_and_leaves_the_other_suspects_in_doubt():
    stop = Stop()

    class Stopped(FakePool):
        def answer_alone(self, shard: Shard) -> list[Event]:
            if len(self.alone) == 3:
                stop.ask("test")
            return super().answer_alone(shard)

    pool = Stopped(MemoryStore(), zombies=frozenset({0}))
    dispatch(pool, 64, stop).run()
    done = {number for number, _ in answered(pool.store)}
    lost = {row.number for row in pool.undead[0].rows}
    doubtful = list_log(pool.store, LOG).in_doubt
    opened = {uri for name in doubtful for uri in read_open(pool.store, LOG, name)}
    assert len(done & lost) == 3
    assert {f"mem://out/{number}" for number in lost - done} <= opened


def test_a_worker_that_dies_after_its_part_is_not_asked_for_those_rows_again():
    pool = FakePool(MemoryStore(), late=frozenset({0}))
    done = dispatch(pool, 50).run()
    assert answered(pool.store) == [(n, "BLANK") for n in range(50)]
    whole = tally_of([outcome(row) for row in rows(50)])
    assert done.tally == pool.meter.counted == whole  # its part is counted, though it could not say so itself


def test_the_last_that_is_told_of_a_run_is_all_that_it_did():
    told: list[int] = []
    pool = FakePool(MemoryStore(), poison=frozenset({98}))
    done = dispatch(pool, 100, tick=lambda tally: told.append(tally.rows)).run()
    assert told[-1] == done.tally.rows == 100


def test_a_stop_hands_out_nothing_more_and_drains():
    pool, stop = FakePool(MemoryStore()), Stop()
    stop.ask("test")
    dispatch(pool, 50, stop).run()
    assert pool.drained
    assert not pool.handed


def test_what_is_wrong_with_the_world_stops_the_run_and_is_said():
    pool = FakePool(MemoryStore(), world=WorldError("STORE_FULL", "the disk is full"))
    done = dispatch(pool, 500).run()
    assert done.world is pool.world
    assert pool.drained
    assert len(pool.handed) < 10


def test_where_a_new_node_is_refused_its_workers_get_no_row_and_the_run_stops():
    class Growing(FakePool):
        def wait(self, seconds: float) -> list[Event]:
            events = super().wait(seconds)
            self.nodes += bool(events)
            return events

    pool = Growing(MemoryStore())
    cutter = Cutter(iter(rows(500)), 500, 60)
    place = Place(pool.store, LOG, SIGNED)
    done = Dispatch(
        pool, cutter, place, Stop(), lambda _: None, refusal=lambda nodes: f"{nodes} nodes" if nodes > 1 else None
    ).run()
    assert done.world is not None
    assert (str(done.world), pool.drained) == ("FILES_NOT_SHARED: 2 nodes", True)
    assert len(pool.handed) == 2 * pool.workers  # those in flight before


@pytest.mark.parametrize("error", [WorldError("STORE_FULL", "no room"), Unavailable("500 Internal Server Error")])
@pytest.mark.parametrize("fails_at", ["_open/", "/part-"])
def test_where_the_driver_can_not_write_the_log_the_run_stops_and_its_rows_stay_in_doubt(
    error: Exception, fails_at: str
):
    class Full(MemoryStore):
        full = False

        def create(self, uri: str, data: bytes, content_type: str = "") -> None:
            if self.full and fails_at in uri:
                raise error
            super().create(uri, data, content_type)

    class Filling(FakePool):
        """Full for the driver once a worker was lost or a row came back alone; not for workers."""

        def wait(self, seconds: float) -> list[Event]:
            store.full = False
            events = super().wait(seconds)
            store.full = any(isinstance(event, Lost | Alone) for event in events)
            return events

    store = Full()
    open_shard(store, LOG, SIGNED.run_id, Shard(0, 0, tuple(rows(1))))  # as the worker does that is lost
    pool = Filling(store, poison=frozenset({0}))
    done = dispatch(pool, 200).run()
    assert done.world is not None
    assert done.world.code == (error.code if isinstance(error, WorldError) else "LOG_UNWRITABLE")
    assert pool.drained
    contents = list_log(store, LOG)
    assert contents.in_doubt
    logged = sum(read_part(store, LOG, name, ["row"]).num_rows for name in contents.parts)
    assert logged == done.tally.rows < 200


def test_the_answer_of_a_row_run_again_is_newer_than_all_that_opened_it():
    pool = FakePool(MemoryStore(), poison=frozenset({0}))
    dispatch(pool, 1).run()
    contents = list_log(pool.store, LOG)
    answers = read_answers(pool.store, LOG, contents)
    (place,) = answers.find(digests(["mem://out/0"])).tolist()
    answer = answers.answer(place)
    assert answer is not None
    assert (answer.code, answer.in_doubt) == ("WORKER_LOST", False)
