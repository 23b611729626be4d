"""Signals, deadlines and kills, on the job as a user starts it: a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests import runs

PHOTOGRAPHS = 60


def opened(out: Path) -> bool:
    """Whether a worker has begun to write."""
    return any(out.glob("colorizer-log/run=*/_open/*"))


def begun(out: Path) -> bool:
    """Whether pictures have been written."""
    return len(runs.outputs(out)) >= 3 if out.exists() else False


def check_complete(source: Path, out: Path, count: int) -> None:
    """The same command again answers what is left; then every row has one newest answer, and every picture is whole."""
    code, summary = runs.finished(runs.command(source, out, "--ray", "none", "--engine", runs.QUICK))
    assert (code, summary["rows"], summary["colorized"], summary["unanswered"]) == (0, count, count, 0)
    written = runs.outputs(out)
    assert len(written) == count
    assert all(map(runs.can_be_opened, written.values()))
    code, summary = runs.finished(runs.command(source, out, "--ray", "none", "--engine", runs.QUICK))
    assert (code, summary["tried"]) == (0, 0)


@pytest.mark.parametrize("ray", ["none", "local"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_the_rows_in_hand_writes_their_part_and_exits_75(tmp_path: Path, ray: str, number: int):
    source, out = runs.archive(tmp_path / "in", PHOTOGRAPHS), tmp_path / "out"
    process = runs.command(source, out, "--ray", ray, "--engine", runs.SLOW, "--workers", "2")
    runs.wait_for(lambda: begun(out))
    # Ctrl-C goes to the whole foreground group, Ray's processes included; SIGTERM to the one process.
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    code, summary = runs.finished(process)
    assert code == 75
    assert 3 <= summary["colorized"] < PHOTOGRAPHS
    assert summary["colorized"] + summary["unanswered"] == PHOTOGRAPHS
    logged = {row["output_uri"].removeprefix(f"file://{out}/") for row in runs.log_rows(out)}
    assert logged == set(runs.outputs(out))
    again = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW)
    code, second = runs.finished(again)
    assert (code, second["tried"]) == (0, summary["unanswered"])


def test_a_deadline_stops_the_run_and_the_next_one_goes_on(tmp_path: Path):
    count = 4 * PHOTOGRAPHS  # 12 s of two threads
    source, out = runs.archive(tmp_path / "in", count), tmp_path / "out"
    code, summary = runs.finished(
        runs.command(source, out, "--ray", "none", "--engine", runs.SLOW, "--deadline", "9s", "--shard-seconds", "1")
    )
    assert code == 75
    assert "deadline" in summary["stopped"]
    assert 0 < summary["unanswered"] < count
    code, second = runs.finished(runs.command(source, out, "--ray", "none", "--engine", runs.SLOW))
    assert (code, second["tried"], second["colorized"]) == (0, summary["unanswered"], count)


@pytest.mark.parametrize("ray", ["none", "local"])
def test_a_killed_driver_loses_nothing_and_leaves_no_half_written_picture(tmp_path: Path, ray: str):
    source, out = runs.archive(tmp_path / "in", PHOTOGRAPHS), tmp_path / "out"
    process = runs.command(source, out, "--ray", ray, "--engine", runs.SLOW, "--workers", "2")
    runs.wait_for(lambda: begun(out))
    runs.kill(process)
    assert all(map(runs.can_be_opened, runs.outputs(out).values()))
    check_complete(source, out, PHOTOGRAPHS)


def test_model_a_then_b_killed_half_way_then_a_again_redoes_all_that_b_may_have_touched(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", PHOTOGRAPHS), tmp_path / "out"
    runs.run(source, out, "none")
    first = runs.outputs(out)
    other = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW, "--quality", "30")
    runs.wait_for(lambda: sum(data != first[name] for name, data in runs.outputs(out).items()) >= 3)
    runs.kill(other)
    again = runs.run(source, out, "none")
    assert again.tried >= 3
    assert (again.colorized, again.unanswered) == (PHOTOGRAPHS, 0)
    assert runs.outputs(out) == first
    whole = runs.run(source, out, "none", quality=30)
    assert (whole.tried, runs.run(source, out, "none").tried) == (PHOTOGRAPHS, PHOTOGRAPHS)
    assert runs.outputs(out) == first


def test_the_scratch_files_of_a_killed_run_are_no_pictures_and_are_not_in_the_log(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", PHOTOGRAPHS), tmp_path / "out"
    process = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW)
    runs.wait_for(lambda: opened(out))
    runs.kill(process)
    check_complete(source, out, PHOTOGRAPHS)
    assert {path.suffix for path in out.rglob("*") if path.is_file() and "colorizer-log" not in path.parts} == {".jpg"}
