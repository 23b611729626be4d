"""Run ids sort in the order of the runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import PreflightError
from jobs.layout import RUN_ID, parse_run
from jobs.log import list_log
from jobs.run_id import new_run_id
from jobs.storage.memory import MemoryStore

NOON = 1_795_435_200.0


def test_a_run_id_is_utc_time_behind_a_letter_and_something_random():
    assert new_run_id(NOON, [], "4f2a") == "r20261123T120000Z-4f2a"


@given(st.lists(st.floats(1e9, 4e9), max_size=8))
def test_later_runs_sort_after_earlier_ones_wherever_the_clock_goes(times: list[float]):
    known: list[str] = []
    for now in times:
        known.append(new_run_id(now, known))
    assert known == sorted(set(known))
    assert all(RUN_ID.fullmatch(run_id) for run_id in known)


ANY_RUN_ID = st.from_regex(RUN_ID, fullmatch=True)


@given(st.lists(ANY_RUN_ID, max_size=5), st.floats(0, 2e11), st.from_regex(r"[0-9a-f]{4}", fullmatch=True))
def test_a_run_id_sorts_after_all_that_could_stand_in_a_log_or_says_which_is_the_last(
    known: list[str], now: float, random: str
):
    if max(known, default="") >= "r99991231T235959Z":
        with pytest.raises(PreflightError, match=max(known)):
            new_run_id(now, known, random)
        return
    found = new_run_id(now, known, random)
    assert RUN_ID.fullmatch(found)
    assert all(found > one for one in known)


@pytest.mark.parametrize(
    ("newest", "next_one"),
    [
        ("r20261123T120000Z-ffff", "r20261123T120001Z-0000"),  # two runs in one second
        ("r20261231T235959Z-0000", "r20270101T000000Z-0000"),
        ("r30000101T000000Z-4f2a", "r30000101T000001Z-0000"),  # a clock that was wrong
        ("r20261399T996199Z-0000", "r20270101T000000Z-0000"),  # no time at all
        ("r20200101T000000Z-ffff", "r20261123T120000Z-0000"),
        ("r99991231T235958Z-ffff", "r99991231T235959Z-0000"),
    ],
)
def test_the_clock_counts_only_where_it_is_ahead_of_the_log(newest: str, next_one: str):
    assert new_run_id(NOON, ["r20200101T000000Z-0000", newest], "0000") == next_one


@pytest.mark.parametrize("newest", ["r99991231T235959Z-0000", "r99999999T999999Z-ffff"])
def test_a_run_at_the_end_of_time_is_named(newest: str):
    with pytest.raises(PreflightError, match=newest):
        new_run_id(NOON, [newest])


def test_digits_of_another_script_make_no_run():
    """They sort after every run id, and would be taken for the newest."""
    uri = "mem://log/run=r２０２６1123T120000Z-4f2a/_run.json"
    assert parse_run("mem://log", uri) is None
    store = MemoryStore()
    store.write(uri, b"{}")
    assert list_log(store, "mem://log").runs == ()
