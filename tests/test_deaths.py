"""Workers that die or hang, and nodes that go, on real Ray: every row gets one answer, and the right row is blamed."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from jobs.errors import PreflightError
from tests import runs
from tests.processes import own_ray_workers

COUNT = 12


def poisoned(folder: Path, count: int = COUNT) -> Path:
    source = runs.archive(folder, count)
    (source / "box-0" / "poison.png").write_bytes(runs.white())
    return source


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("net_sleeps", "ROW_TIMEOUT"),
        ("net_spins", "ROW_TIMEOUT"),
        ("net_crashes", "WORKER_LOST"),
        ("net_starves", "OUT_OF_MEMORY"),
        ("codec_sleeps", "ROW_TIMEOUT"),
        ("codec_spins", "ROW_TIMEOUT"),
        ("codec_exits", "WORKER_LOST"),
        ("codec_starves", "OUT_OF_MEMORY"),
        ("read_sleeps", "READ_TIMEOUT"),
        ("write_sleeps", "WRITE_TIMEOUT"),
    ],
)
def test_a_row_that_ends_or_hangs_its_worker_gets_its_code_and_all_others_are_coloured(
    tmp_path: Path, ray_cluster: str, fault: str, code: str
):
    source, out = poisoned(tmp_path / "in"), tmp_path / "out"
    summary = runs.run(source, out, ray_cluster, engine=f"tests.faults:{fault}", row_timeout=4)
    assert (summary.colorized, summary.by_code, summary.unanswered) == (COUNT, {code: 1}, 0)
    (blamed,) = [row for row in runs.log_rows(out) if row["status"] == "failed"]
    assert blamed["source_uri"].endswith("poison.png")
    assert len({row["output_uri"] for row in runs.log_rows(out)}) == len(runs.log_rows(out))
    assert len(runs.outputs(out)) == COUNT


def test_a_row_that_ended_its_worker_is_tried_once_more_by_the_next_run_and_then_is_permanent(
    tmp_path: Path, ray_cluster: str
):
    source, out = poisoned(tmp_path / "in", 2), tmp_path / "out"
    tried = [runs.run(source, out, ray_cluster, engine="tests.faults:net_exits").tried for _ in range(3)]
    assert tried == [3, 1, 0]
    again = runs.run(source, out, ray_cluster, engine="tests.faults:net_exits", redo="WORKER_LOST")
    assert again.tried == 1


def test_a_worker_killed_as_it_starts_is_replaced(tmp_path: Path, ray_cluster: str):
    source, out = runs.archive(tmp_path / "in", 4), tmp_path / "out"

    def kill_one() -> None:
        runs.wait_for(lambda: bool(own_ray_workers("load")))
        os.kill(own_ray_workers("load")[0], signal.SIGKILL)

    thread = threading.Thread(target=kill_one)
    thread.start()
    summary = runs.run(source, out, ray_cluster, workers=1)
    thread.join()
    assert (summary.colorized, summary.exit_code) == (4, 0)


@pytest.mark.parametrize("engine", ["stillborn", "asleep", "starving"])
def test_where_every_worker_dies_hangs_or_starves_as_it_starts_nothing_is_begun(
    tmp_path: Path, ray_cluster: str, engine: str
):
    source = runs.archive(tmp_path / "in", 1)
    with pytest.raises(PreflightError, match="5 workers in a row could not start"):
        runs.run(source, tmp_path / "out", ray_cluster, engine=f"tests.engines:{engine}", row_timeout=0.4)


def test_a_worker_killed_from_outside_costs_no_row(tmp_path: Path, ray_cluster: str):
    source, out = runs.archive(tmp_path / "in", 40), tmp_path / "out"
    killed: list[int] = []

    def kill_one() -> None:
        runs.wait_for(lambda: out.exists() and len(runs.outputs(out)) >= 3)
        victim = own_ray_workers()[0]
        os.kill(victim, signal.SIGKILL)
        killed.append(victim)

    thread = threading.Thread(target=kill_one)
    thread.start()
    summary = runs.run(source, out, ray_cluster, engine=runs.SLOW)
    thread.join()
    assert killed
    assert (summary.colorized, summary.exit_code) == (40, 0)
    rows = runs.log_rows(out)
    assert len({row["output_uri"] for row in rows}) == len(rows) == 40
