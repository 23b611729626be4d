"""One table of codes: whose fault each is, and who tries again. The world's are never a row's."""

from __future__ import annotations

import pickle
from typing import get_args

import pytest

from colorizer_core.errors import ImageError
from jobs.codes import CODES, ROW_CODES, WORLD_CODES, WorldCode, is_transient
from jobs.configuration import configured
from jobs.errors import LeaseLost, StorageError, UsageError, WorldError
from jobs.outcome import Outcome, Times
from jobs.rows import NOTHING_STATED, Row

ROW = Row(0, "mem://in/a.jpg", NOTHING_STATED, "mem://out/a.jpg", None)


def failed(code: str) -> Outcome:
    return Outcome(ROW, "failed", code, "x", NOTHING_STATED, None, None, 0.0, 0.0, Times())


def test_each_code_has_one_row_and_the_world_has_those_that_its_errors_can_have():
    assert len({code.name for code in CODES}) == len(CODES)
    assert frozenset(get_args(WorldCode)) == WORLD_CODES


@pytest.mark.parametrize("base", [ImageError, StorageError])
def test_every_error_of_a_row_has_its_row_in_the_table(base: type[ImageError | StorageError]):
    assert {kind.code for kind in base.__subclasses__()} <= set(ROW_CODES)


TRIED_AGAIN = {"permanent": (False, False), "transient": (True, True), "transient once": (True, False)}


@pytest.mark.parametrize("name", ROW_CODES)
def test_the_kind_says_whether_the_next_run_tries_again_and_the_one_after_it(name: str):
    assert (is_transient(name), is_transient(name, is_repeated=True)) == TRIED_AGAIN[ROW_CODES[name].kind]


@pytest.mark.parametrize("name", sorted(WORLD_CODES))
def test_no_row_can_be_answered_with_a_code_of_the_world(name: str):
    with pytest.raises(ValueError, match="no row"):
        failed(name)


def test_no_row_can_be_asked_for_again_by_a_code_of_the_world():
    with pytest.raises(UsageError, match="STORE_FULL"):
        configured({"manifest": "m.txt", "out": "out", "redo": "STORE_FULL"}, {})


def test_every_other_code_can_be_a_rows():
    assert [failed(name).code for name in ROW_CODES] == [*ROW_CODES]


@pytest.mark.parametrize("kind", [WorldError, LeaseLost])
def test_the_worlds_error_says_its_code_and_is_the_same_after_a_journey(kind: type[WorldError]):
    error = kind("STORE_FULL", "no room")
    there = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(there) is kind
    assert (there.code, str(there)) == ("STORE_FULL", "STORE_FULL: no room")
