"""Files that share what is dear to make are run by one process of the tests, and those that are named are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.order import FIRST, TOGETHER

HERE = Path(__file__).parent


def test_the_files_that_go_first_are_there_and_each_is_named_once():
    named = [name for names in TOGETHER.values() for name in names]
    assert all((HERE / name).exists() for name in (*FIRST, *named))
    assert len(set(named)) == len(named)
    assert len(set(FIRST)) == len(FIRST)


def test_every_file_that_uses_the_shared_ray_cluster_goes_to_the_process_that_has_it(request: pytest.FixtureRequest):
    """Of those that are collected: all of them, where all tests are run."""
    collected = {item.path.name for item in request.session.items}
    users = {item.path.name for item in request.session.items if _uses_the_cluster(item)}
    assert users == collected & set(TOGETHER["one Ray cluster"])


def test_every_file_that_uses_the_model_of_full_width_goes_to_the_process_that_has_it():
    others = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    users = {path.name for path in others if "models.full_width(" in path.read_text(encoding="utf-8")}
    assert users == set(TOGETHER["one model of full width"])


def _uses_the_cluster(item: pytest.Item) -> bool:
    """A test by itself, or by its case of the fixture `ray`; others have a parameter of that name."""
    case = getattr(item, "callspec", None)
    return "ray_cluster" in getattr(item, "fixturenames", ()) or (case is not None and case.params.get("ray") == "ray")
