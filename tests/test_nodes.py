"""Nodes that die, come late, or never: nobody's fault, on a real cluster of several Ray nodes on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.summary import STOPPED_EARLY
from tests import runs
from tests.ray_cluster import several_nodes

COUNT = 60
LONGER_THAN_A_START = "40s"
"""Of a worker, where the machine is busy."""


@pytest.fixture(scope="module")
def head() -> Iterator[Any]:
    with several_nodes() as cluster:
        yield cluster


@pytest.fixture
def nodes(head: Any) -> Iterator[Any]:
    """A head without room for workers; tests add nodes of one core, which go with them."""
    yield head
    for node in list(head.worker_nodes):
        head.remove_node(node, allow_graceful=False)
    head.wait_for_nodes()  # until Ray knows that they are gone


def begun(nodes: Any, source: Path, out: Path, *options: str) -> Any:
    """The job in a process of its own, once a part of its log is there."""
    at = ("--ray", nodes.address, "--engine", runs.SLOW, "--shard-seconds", "1", "--shared-files")
    process = runs.command(source, out, *at, *options, RAY_AUTH_MODE=os.environ["RAY_AUTH_MODE"])
    runs.wait_for(lambda: process.poll() is not None or any(out.glob("colorizer-log/run=*/part-*")), seconds=120)
    assert process.poll() is None, process.communicate()
    return process


def test_a_node_that_dies_costs_no_row_and_a_new_one_takes_part(tmp_path: Path, nodes: Any):
    source, out = runs.archive(tmp_path / "in", COUNT), tmp_path / "out"
    first, _second = nodes.add_node(num_cpus=1), nodes.add_node(num_cpus=1)

    process = begun(nodes, source, out, "--workers", "2")
    nodes.remove_node(first, allow_graceful=False)
    nodes.add_node(num_cpus=1)
    code, summary = runs.finished(process)
    assert (code, summary["colorized"], summary["by_code"]) == (0, COUNT, {})
    rows = runs.log_rows(out)
    assert len({row["output_uri"] for row in rows}) == len(rows) == COUNT


def test_with_no_node_for_as_long_as_it_may_wait_the_run_stops_early_and_goes_on_later(tmp_path: Path, nodes: Any):
    source, out = runs.archive(tmp_path / "in", COUNT), tmp_path / "out"
    only = nodes.add_node(num_cpus=1)
    process = begun(nodes, source, out, "--workers", "1", "--wait-nodes", LONGER_THAN_A_START)
    nodes.remove_node(only, allow_graceful=False)
    code, summary = runs.finished(process)
    assert code == STOPPED_EARLY
    assert "no worker" in summary["stopped"]
    assert 0 < summary["unanswered"] < COUNT
    nodes.add_node(num_cpus=1)
    again = runs.run(source, out, nodes.address, engine=runs.SLOW, workers=1, shared_files=True)
    assert (again.colorized, again.unanswered, again.exit_code) == (COUNT, 0, 0)


def test_where_no_node_ever_comes_nothing_is_done(tmp_path: Path, nodes: Any):
    source = runs.archive(tmp_path / "in", 2)
    summary = runs.run(source, tmp_path / "out", nodes.address, workers=1, wait_nodes=2, shared_files=True)
    assert (summary.exit_code, summary.unanswered) == (STOPPED_EARLY, 2)
