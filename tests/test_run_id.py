"""Run ids sort in the order of the runs."""

from hypothesis import given
from hypothesis import strategies as st

from jobs.layout import RUN_ID
from jobs.run_id import new_run_id


def test_a_run_id_is_utc_time_behind_a_letter_and_something_random():
    assert new_run_id(1_795_435_200.0, [], "4f2a") == "r20261123T120000Z-4f2a"


@given(st.lists(st.floats(1e9, 4e9), max_size=8))
def test_later_runs_sort_after_earlier_ones_wherever_the_clock_goes(times: list[float]):
    known: list[str] = []
    for now in times:
        known.append(new_run_id(now, known))
    assert known == sorted(set(known))
    assert all(RUN_ID.fullmatch(run_id) for run_id in known)
