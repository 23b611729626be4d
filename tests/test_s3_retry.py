"""When a call is tried again, as tables; and that a server which is down is not hammered."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from jobs.errors import ReadTimeout, WorldError
from jobs.storage.retry import Budget, Deadline, Pace, Retries, Trying, asking
from jobs.storage.s3 import S3Store
from jobs.storage.settings import StoreSettings
from tests.fault_proxy import Rule, running_proxy
from tests.rgw import Rgw, admin

RETRIES = Retries(tries=4, first_wait=1, longest_wait=6, budget=3, per_success=0.5, per_second=0.25)


class Passing(Exception):
    pass


class Refused(Exception):
    pass


@dataclass
class World:
    """A clock that goes on by what is slept."""

    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def trying(self, retries: Retries = RETRIES, budget: Budget | None = None) -> Trying:
        pace: Callable[[Exception], Pace] = lambda error: "soon" if isinstance(error, Passing) else "never"  # noqa: E731
        budget = budget or Budget(retries, self.clock)
        return Trying(retries, budget, (Passing, Refused), pace, self.sleep, lambda: 0.5)

    def deadline(self, seconds: float = 1000) -> Deadline:
        return Deadline(seconds, self.clock)


def failing(*errors: type[Exception]) -> Callable[[], str]:
    left = list(errors)

    def step() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return step


@pytest.mark.parametrize(
    ("tries", "pace", "chance", "seconds"),
    [
        (1, "soon", 1.0, 1.0),
        (2, "soon", 1.0, 2.0),
        (3, "soon", 1.0, 4.0),
        (4, "soon", 1.0, 6.0),
        (1000, "soon", 1.0, 6.0),
        (3, "soon", 0.25, 1.0),
        (3, "soon", 0.0, 0.0),
        (1, "later", 1.0, 5.0),
        (2, "later", 1.0, 6.0),
    ],
)
def test_waits_double_up_to_the_longest_and_are_jittered(tries: int, pace: Pace, chance: float, seconds: float) -> None:
    assert RETRIES.wait(tries, pace, chance) == seconds


@pytest.mark.parametrize(
    ("errors", "ends_in", "seconds"),
    [
        ((), None, 0.0),
        ((Passing,), None, 0.5),
        ((Passing, Passing, Passing), None, 0.5 + 1 + 2),
        ((Passing, Passing, Passing, Passing), Passing, 0.5 + 1 + 2),
        ((Refused,), Refused, 0.0),
        ((Passing, Refused), Refused, 0.5),
        ((KeyError,), KeyError, 0.0),
    ],
)
def test_what_may_pass_is_tried_again_so_often_and_no_more(
    errors: tuple[type[Exception], ...], ends_in: type[Exception] | None, seconds: float
) -> None:
    world = World()
    step = failing(*errors)
    if ends_in is None:
        assert world.trying().call(step, world.deadline()) == "done"
    else:
        with pytest.raises(ends_in):
            world.trying().call(step, world.deadline())
    assert world.now == seconds


def test_who_is_asked_before_each_try_may_try_something_itself() -> None:
    world, asked = World(), []

    def ask() -> None:
        asked.append(world.now)
        assert world.trying().call(failing(Passing), world.deadline()) == "done"

    with asking(ask):
        assert world.trying().call(failing(Passing), world.deadline()) == "done"
    assert len(asked) == 2
    assert world.trying().call(failing(Passing), world.deadline()) == "done"
    assert len(asked) == 2


@pytest.mark.parametrize(("seconds", "slept"), [(1000, 3.5), (2.5, 1.5), (1.6, 1.5), (0.5, 0.0), (0, 0.0)])
def test_no_wait_goes_beyond_the_deadline(seconds: float, slept: float) -> None:
    world = World()
    with pytest.raises(Passing):
        world.trying().call(failing(*[Passing] * 9), world.deadline(seconds))
    assert world.now == slept


def test_a_deadline_stands_still_while_it_is_paused() -> None:
    world = World()
    deadline = world.deadline(10)
    with deadline.paused():
        world.now += 100
    assert deadline.left() == 10
    world.now += 4
    assert (deadline.left(), deadline.is_over()) == (6, False)
    deadline.extend(1)
    world.now += 8
    assert (deadline.left(), deadline.is_over()) == (0, True)


def test_a_budget_is_used_up_and_earned_by_successes_and_seconds_up_to_its_size() -> None:
    world = World()
    budget = Budget(RETRIES, world.clock)
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]
    budget.earn()
    assert not budget.take()
    budget.earn()
    assert [budget.take(), budget.take()] == [True, False]
    world.now += 4
    assert [budget.take(), budget.take()] == [True, False]
    world.now += 1_000_000
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]


def test_calls_that_share_a_used_up_budget_tell_their_failure_at_once() -> None:
    world = World()
    trying = world.trying()
    tried = []
    for _ in range(10):
        with pytest.raises(Passing):
            trying.call(lambda: (tried.append(1), failing(Passing)())[1], world.deadline())
    assert len(tried) == 10 + 3


def test_retries_travel_with_the_settings() -> None:
    settings = StoreSettings(retries=RETRIES)
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own


FEW = StoreSettings(
    connect_timeout=1, read_timeout=1, retries=Retries(tries=4, first_wait=0.01, budget=7, per_second=0)
)


def use(endpoint: str, rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in replace(rgw, endpoint=endpoint).env().items():
        monkeypatch.setenv(name, value)


def test_all_stores_of_an_endpoint_share_one_budget(rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty rows over two stores: without a budget they would ask eighty times."""
    with running_proxy(rgw.endpoint) as proxy:
        use(proxy.endpoint, rgw, monkeypatch)
        proxy.set(Rule("reset", ("GET",)))
        stores = [S3Store(FEW), S3Store(FEW)]
        for number in range(20):
            with pytest.raises(ReadTimeout):
                stores[number % 2].read(f"s3://none/{number}")
        assert len(proxy.asked) == 20 + 7


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_an_endpoint_that_is_down_for_a_moment_is_not_noticed_and_one_that_stays_down_is_the_worlds(
    rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin(rgw).create_bucket(Bucket=bucket_name)
    admin(rgw).put_object(Bucket=bucket_name, Key="x", Body=b"colour")
    port = free_port()
    use(f"http://127.0.0.1:{port}", rgw, monkeypatch)
    store, slept = S3Store(FEW), list[float]()
    trying = store._trying()
    with ExitStack() as running:

        def wake(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 5:
                running.enter_context(running_proxy(rgw.endpoint, port))

        monkeypatch.setattr(store, "_trying", lambda: replace(trying, sleep=wake))
        with pytest.raises(WorldError, match=rf"EndpointConnectionError.*127\.0\.0\.1:{port}"):
            store.read(f"s3://{bucket_name}/x")
        assert len(slept) == 3
        assert store.read(f"s3://{bucket_name}/x").data == b"colour"
        assert len(slept) == 5
