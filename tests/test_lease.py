"""The lease: one run at a time on a log and an output, on stores that answer, with a clock that is turned by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from jobs.errors import ActiveRun, LeaseLost, PreflightError, Unavailable, WorldError
from jobs.keeper import Keeper, Watch
from jobs.lease import Clock, Epoch, Holder, Lease, acquire, newest
from jobs.process import Process, this_process
from jobs.storage.memory import MemoryStore
from jobs.storage.store import Blob

OUT, LOG = "mem://a/out/colorizer-log", "mem://a/log"
ME = Holder("me", "host a, process 1", LOG, 10.0)
OTHER = Holder("other", "host b, process 2", LOG, 10.0)


@dataclass
class Time:
    """Seconds that pass while somebody sleeps; `then` happens at each sleep."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    then: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept.append(seconds)
        self.then()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self.sleep)


def taken(store: MemoryStore, holder: Holder = ME, time: Time | None = None, adopt: bool = False) -> Lease:
    return acquire(store, [OUT, LOG], holder, adopt, lambda _: None, (time or Time()).clock)


def test_the_first_run_takes_both_places_and_the_next_one_after_its_release_at_once():
    store, time = MemoryStore(), Time()
    first = taken(store)
    assert first.epochs == (Epoch(OUT, 1), Epoch(LOG, 1))
    first.release()
    assert taken(store, OTHER, time).epochs == (Epoch(OUT, 2), Epoch(LOG, 2))
    assert time.slept == []


def test_a_silent_holder_is_watched_for_three_heartbeats_then_succeeded():
    store, time = MemoryStore(), Time()
    lost = taken(store)
    assert [epoch.number for epoch in taken(store, OTHER, time).epochs] == [2, 2]
    assert time.seconds >= 2 * 30
    with pytest.raises(LeaseLost, match="host b, process 2"):
        lost.renew()


def test_a_holder_that_renews_is_left_alone_and_named():
    store, time = MemoryStore(), Time()
    holder = taken(store)
    time.then = holder.renew
    with pytest.raises(ActiveRun, match="host a, process 1") as refused:
        taken(store, OTHER, time)
    assert refused.value.exit_code == 6
    holder.renew()


def test_what_a_lease_says_of_its_holder_does_not_act_on_a_terminal():
    store, time, said = MemoryStore(), Time(), []
    holder = taken(store, replace(ME, who="host\x1b[31m a"))
    time.then = holder.renew
    with pytest.raises(ActiveRun, match=r"host\\x1b\[31m a"):
        acquire(store, [OUT, LOG], OTHER, False, said.append, time.clock)
    assert said
    assert "\x1b" not in "".join(said)
    store = MemoryStore()
    taken(store, replace(ME, log="mem://a/\x1b"))
    with pytest.raises(PreflightError, match=r"are those of the log mem://a/\\x1b"):
        taken(store, OTHER)


def test_a_holder_that_can_not_be_looked_at_is_not_taken_for_silent():
    store, time = MemoryStore(), Time()
    holder = taken(store)

    def read(uri: str, *_: object) -> Blob:
        if time.seconds and uri.startswith(OUT):
            raise Unavailable("STORE_UNAVAILABLE: x")
        return MemoryStore.read(store, uri)

    store.read = read  # type: ignore[method-assign]
    with pytest.raises(PreflightError, match=r"host a, process 1 may be active, .*STORE_UNAVAILABLE") as refused:
        taken(store, OTHER, time)
    assert (refused.value.exit_code, time.seconds) == (5, 30)
    del store.read
    holder.renew()


def test_a_lease_that_a_power_cut_has_emptied_is_named_and_never_taken():
    store = MemoryStore()
    holder = taken(store)
    store.write(Epoch(OUT, 1).uri, b"")
    with pytest.raises(PreflightError, match=r"_lease/000001: .*delete it while no run is active"):
        taken(store, OTHER)
    store.write(Epoch(OUT, 2).uri, b"")
    with pytest.raises(LeaseLost, match="another run has taken over and goes on"):
        holder.renew()


def test_a_run_that_gets_only_the_output_gives_it_back():
    store, time = MemoryStore(), Time()
    log = acquire(store, [LOG], ME, False, lambda _: None, time.clock)
    time.then = log.renew
    with pytest.raises(ActiveRun):
        taken(store, OTHER, time)
    found = newest(store, OUT)
    assert found is not None
    assert found[1].is_released


@pytest.mark.parametrize("gone", [True, False])
def test_a_plain_loop_that_is_gone_from_this_host_is_succeeded_at_once(gone: bool):
    me = this_process()
    assert me is not None
    process = replace(me, started=me.started - 1) if gone else me
    store, time = MemoryStore(), Time()
    taken(store, replace(ME, process=process))
    taken(store, OTHER, time)
    assert (time.slept == []) == gone


@pytest.mark.parametrize("other", [{"boot": "another"}, {"namespace": "pid:[1]"}])
def test_a_process_of_another_host_is_never_known_to_be_gone(other: dict[str, str]):
    me = this_process()
    assert me is not None
    assert not replace(me, pid=2**22 - 7, **other).is_gone()
    assert replace(me, pid=2**22 - 7).is_gone()
    assert not me.is_gone()
    assert me.pid == os.getpid()


def test_an_output_with_another_log_is_refused_unless_it_is_adopted():
    store = MemoryStore()
    taken(store).release()
    other = replace(OTHER, log="mem://a/elsewhere")
    with pytest.raises(PreflightError, match="--adopt") as refused:
        acquire(store, [OUT, other.log], other, False, lambda _: None, Time().clock)
    assert refused.value.exit_code == 5
    assert acquire(store, [OUT, other.log], other, True, lambda _: None, Time().clock).epochs[0] == Epoch(OUT, 2)


def test_of_two_that_take_over_at_once_one_is_refused():
    store, time = MemoryStore(), Time()
    taken(store)

    def quicker() -> None:
        if time.seconds >= 30 and newest(store, OUT)[0].number == 1:  # type: ignore[index]
            store.create(Epoch(OUT, 2).uri, b"{}")

    time.then = quicker
    with pytest.raises(ActiveRun, match="just taken"):
        taken(store, OTHER, time)


def test_where_a_store_overwrites_what_it_should_not_the_user_is_told_and_the_later_of_two_goes_on():
    class Careless(MemoryStore):
        def create(self, uri: str, data: bytes, content_type: str = "") -> None:
            self.write(uri, data)

    store, told = Careless(), []
    first = acquire(store, [OUT], ME, False, told.append, Time().clock)
    assert "If-None-Match" in told[0]
    store.create(Epoch(OUT, 1).uri, OTHER.encode())  # it found no epoch either
    with pytest.raises(LeaseLost, match="at the same time"):
        first.renew()


def watch(store: MemoryStore, lease: Lease, time: Time) -> Watch:
    """One whose own thread is ended, so that only `check` looks."""
    found = Watch(store, lease.epochs, 10.0, time.clock)
    found.close()
    return found


def test_a_worker_puts_after_a_heartbeat_that_it_has_seen_and_no_longer_than_two():
    store, time = MemoryStore(), Time()
    lease = taken(store)
    worker = watch(store, lease, time)
    lease.renew()
    worker.check()
    time.seconds += 19
    worker.check()
    time.seconds += 2
    with pytest.raises(WorldError, match="heartbeat"):
        worker.check()
    lease.renew()
    worker.check()


def test_a_worker_whose_owner_was_silent_when_it_came_does_not_put():
    store, time = MemoryStore(), Time()
    with pytest.raises(WorldError, match="heartbeat"):
        watch(store, taken(store), time).check()


def test_a_worker_puts_nothing_once_another_run_has_taken_over():
    store, time = MemoryStore(), Time()
    lease = taken(store)
    worker = watch(store, lease, time)
    lease.renew()
    worker.check()
    taken(store, OTHER, Time())
    time.seconds += 20.1
    with pytest.raises(LeaseLost, match="host b"):
        worker.check()


def test_no_worker_puts_after_a_takeover_whatever_the_instants():
    """The owner stops at 0; a worker may have read its last heartbeat as late as one look later, and then trusts it."""
    heartbeat, looks = 10.0, 2
    assert heartbeat / looks + 2 * heartbeat <= 3 * heartbeat


def test_a_heartbeat_may_be_as_old_as_the_last_look_that_did_not_see_it():
    class Cut(MemoryStore):
        """The worker's way to the store."""

        is_cut = False

        def read(self, uri: str, *_: object) -> Blob:
            if self.is_cut:
                raise Unavailable("STORE_UNAVAILABLE: cut")
            return store.read(uri)

    store, time, way = MemoryStore(), Time(), Cut()
    lease = taken(store)
    worker = watch(way, lease, time)
    lease.renew()
    worker.check()
    way.is_cut = True
    lease.renew()  # the last one: the driver dies
    for _ in range(5):
        time.seconds += 5
        worker._look()
    way.is_cut = False
    with pytest.raises(WorldError, match="no heartbeat"):
        worker.check()


def test_a_keeper_tells_of_a_loss_once_and_then_refuses():
    store, told = MemoryStore(), []
    lease = taken(store)
    keeper = Keeper(lease, 1000.0, told.append)
    keeper.check()
    taken(store, OTHER, Time())
    keeper.renew()
    keeper.renew()
    assert len(told) == 1
    with pytest.raises(LeaseLost):
        keeper.check()
    keeper.close()
    found = newest(store, OUT)
    assert found is not None
    assert not found[1].is_released


def test_a_keeper_that_closes_lets_the_next_one_in():
    store = MemoryStore()
    Keeper(taken(store), 1000.0, lambda _: None).close()
    time = Time()
    taken(store, OTHER, time)
    assert time.slept == []


def test_a_holder_reads_back_as_it_was_written():
    holder = replace(ME, process=Process("b", "n", 3, 4), beat=7)
    assert Holder.decode(holder.encode()) == holder
