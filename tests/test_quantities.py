"""Durations, sizes and tolerances as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.quantities import parse_duration, parse_size, parse_tolerance


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("45s", 45),
        ("20m", 1200),
        ("3h", 10800),
        ("1h30m", 5400),
        ("2d", 172800),
        ("1.5h", 5400),
        ("0.5", 0.5),
    ],
)
def test_durations(text: str, seconds: float):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0", "-3h", "3 weeks", "h", "inf", "nan", "9" * 400 + "h"])
def test_what_is_no_duration(text: str):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("1024", 1024), ("256M", 256 * 2**20), ("1.5 GiB", 3 * 2**29), ("7kb", 7168), ("1T", 2**40)]
)
def test_sizes(text: str, size: int):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1 E", "9" * 400])
def test_what_is_no_size(text: str):
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "failed", "tried", "allowed"),
    [
        ("0", 0, 10, True), ("0", 1, 10, False), ("1%", 1, 100, True), ("1%", 2, 100, False), ("1%", 1, 99, False),
        ("20", 20, 20, True), ("20", 21, 10**6, False), ("100%", 5, 5, True), ("0.5%", 5, 1000, True), ("0%", 1, 9, False),
    ],
)  # fmt: skip
def test_tolerances(text: str, failed: int, tried: int, allowed: bool):
    assert parse_tolerance(text).allows(failed, tried) is allowed
    assert parse_tolerance(str(parse_tolerance(text))) == parse_tolerance(text)


@pytest.mark.parametrize("text", ["", "some", "-1", "101%", "-1%", "1.5", "%", "nan%", "1 %%"])
def test_what_is_no_tolerance(text: str):
    with pytest.raises(ValueError, match="tolerance"):
        parse_tolerance(text)


@given(st.integers(0, 1000), st.integers(1, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_share_allows_exactly_its_rows_whatever_floats_make_of_it(tenths: int, thousands: int):
    tolerance = parse_tolerance(f"{tenths / 10}%")
    assert tolerance.allows(tenths * thousands, 1000 * thousands)
    assert not tolerance.allows(tenths * thousands + 1, 1000 * thousands)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
@settings(max_examples=60, deadline=None)
def test_units_of_a_duration_add_up(hours: int, minutes: int, seconds: int):
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == 3600 * hours + 60 * minutes + seconds
    assert parse_duration(f" {hours}H{minutes}M{seconds}S ") == 3600 * hours + 60 * minutes + seconds


@given(st.integers(1, 4096), st.sampled_from(["", "k", "M", "G"]), st.sampled_from(["", "B", "iB"]))
@settings(max_examples=60, deadline=None)
def test_a_size_is_its_number_in_powers_of_1024(number: int, unit: str, behind: str):
    assert parse_size(f"{number} {unit}{behind}") == number * 1024 ** " kMG".index(unit or " ")
