"""A run's status by itself: who lives, what is left, how it is written and shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from jobs.found_run import FoundRun
from jobs.process import Process
from jobs.run_watch import RunWatch
from jobs.status import Liveness, RunStatus, State, liveness
from jobs.status_page import Seen
from jobs.tally import Tally
from tests.watching import BARE, shown_as


@pytest.mark.parametrize(
    ("state", "age", "is_gone", "expected"),
    [
        ("running", 0.0, False, "alive"),
        ("running", 30.0, False, "alive"),
        ("running", 30.1, False, "stale"),
        ("reading", 31.0, False, "stale"),
        ("draining", 1.0, True, "gone"),
        ("complete", 1e6, True, "ended"),
        ("stopped", 1e6, False, "ended"),
        ("unknown", 5.0, False, "unknown"),
        ("running", None, False, "unknown"),
    ],
)
def test_who_lives(state: State, age: float | None, is_gone: bool, expected: Liveness):
    assert liveness(replace(BARE, state=state), age, is_gone) == expected


def test_a_status_is_read_as_it_was_written_and_what_is_unknown_is_left_alone():
    status = replace(BARE, failures={"NOT_FOUND": 2})
    assert RunStatus.decode(status.encode()) == status
    later = json.loads(status.encode()) | {"version": 2, "invented_later": 1}
    assert RunStatus.decode(json.dumps(later).encode()) == replace(status, version=2)
    for wrong in (b"", b"{}", b"[]", b'{"state": "running"}'):
        with pytest.raises(ValueError):  # noqa: PT011 - JSON's own among them
            RunStatus.decode(wrong)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rows", "x"), ("rows", 1.5), ("beaten_at", "x"), ("beaten_at", 1e300), ("every", float("nan")), ("failures", None),
        ("failures", {"A": "x"}), ("by_status", [1]), ("process", "x"), ("process", {"boot": 1}), ("who", 5),
        ("stopped", {}),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_no_status(name: str, value: object):
    wrong = json.dumps(json.loads(BARE.encode()) | {name: value})
    with pytest.raises(ValueError, match=f"no status of a run: .*{name if name != 'process' else ''}"):
        RunStatus.decode(wrong.encode())


def test_the_driver_of_another_status_is_read_back():
    status = replace(BARE, process=Process("b", "n", 1, 2), exit_code=0, rate=2.5, seconds_left=1)
    assert RunStatus.decode(status.encode()) == status


def test_no_name_of_a_status_acts_on_the_terminal():
    hostile = "\x1b]0;x\x07[/b]"
    status = replace(
        BARE, run_id=hostile, command=hostile, log=hostile, who=hostile, failures={hostile: 1}, by_status={hostile: 1},
        rows=3, to_do=3,
    )  # fmt: skip
    page = shown_as(Seen(FoundRun(status, "status"), "alive", 1.0))
    assert "\x1b" not in page
    assert page.count("\\x1b]0;x\\x07[/b]") == 6


@dataclass
class Silent:
    """A run whose driver put one heartbeat, by a clock that is ten minutes ahead, and was heard no more."""

    def read(self) -> FoundRun:
        return FoundRun(replace(BARE, beaten_at=600.0), "status")

    def by_summary(self, _: RunStatus) -> None: ...


def test_a_heartbeat_from_the_future_gets_old_all_the_same():
    seconds = [0.0]
    watching = RunWatch(Silent(), lambda: seconds[0], lambda: seconds[0])  # type: ignore[arg-type]
    found = []
    for seconds[0] in (0.0, 29.0, 31.0):
        found.append(watching.look().liveness)
    assert found == ["alive", "alive", "stale"]


def test_time_left_is_what_is_to_do_by_the_rate():
    tally = Tally()
    tally.by_status.update(colorized=20)
    worked = replace(BARE, to_do=50).worked(tally, 10.0)
    assert (worked.done, worked.rate, worked.seconds_left) == (20, 2.0, 15.0)
    assert replace(BARE, to_do=50).worked(Tally(), 10.0).seconds_left is None


def test_a_page_is_80_columns_whatever_stands_in_the_log():
    status = replace(
        BARE,
        to_do=10**9,
        rows=10**10,
        done=123_456_789,
        by_status=dict.fromkeys(("colorized", "skipped", "failed"), 10**8),
        failures={"TOO_LARGE_FOR_FORMAT": 10**7, "OF_ANOTHER_VERSION": 1},
        workers=5000,
        who="ein-sehr-langer-rechnername.example.org, process 4194304",
        stopped="es ging nicht \x1b[31m weiter " * 9,
    )
    for alive in ("alive", "stale", "gone", "unknown"):
        page = shown_as(Seen(FoundRun(status, "status"), alive, 100.0))
        assert max(map(len, page.splitlines())) <= 80
        assert "\x1b" not in page
