"""Two runs on one output: one goes on, the other is told so, and nothing of the first is put after the second has begun."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests import runs
from tests.rgw import Rgw, admin

COUNT = 60
"""At a tenth of a second each the first run takes longer than the second one watches it."""


def opened(out: Path) -> bool:
    return out.exists() and len(runs.outputs(out)) >= 3


def test_a_second_run_is_refused_while_the_first_is_alive_and_names_it(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 3 * COUNT), tmp_path / "out"
    first = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW)
    runs.wait_for(lambda: opened(out))
    second = runs.command(source, out, "--ray", "none", "--engine", runs.QUICK)
    stdout, stderr = second.communicate(timeout=60)
    assert (second.returncode, stdout) == (6, "")
    assert f"process {first.pid}" in stderr
    code, summary = runs.finished(first)
    assert (code, summary["colorized"]) == (0, 3 * COUNT)


def test_a_run_that_waits_for_a_lease_can_be_stopped(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 4 * COUNT), tmp_path / "out"  # longer than the second takes to start
    first = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW, "--heartbeat", "1h")
    runs.wait_for(lambda: opened(out))
    second = runs.command(source, out, "--ray", "none", "--engine", runs.QUICK)
    assert second.stderr is not None
    assert "watching it" in second.stderr.readline()
    second.send_signal(signal.SIGINT)
    assert second.wait(timeout=30) == 75
    second.communicate()
    code, _ = runs.finished(first)
    assert code == 0


@pytest.mark.parametrize("ray", ["none", "local"])
def test_a_driver_that_was_stopped_and_wakes_after_a_takeover_puts_nothing_more(tmp_path: Path, ray: str):
    source, out = runs.archive(tmp_path / "in", COUNT), tmp_path / "out"
    runs.run(source, tmp_path / "alone", "none", quality=90)
    first = runs.command(source, out, "--ray", ray, "--workers", "2", "--engine", runs.SLOW, "--quality", "30")
    runs.wait_for(lambda: opened(out))
    os.kill(first.pid, signal.SIGSTOP)
    second = runs.command(source, out, "--ray", "none", "--engine", runs.QUICK, "--quality", "90")
    try:
        code, summary = runs.finished(second)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert (code, summary["colorized"]) == (0, COUNT)
    code, summary = runs.finished(first)
    assert code == 6
    assert summary["stopped_code"] == "LEASE_LOST"
    assert "taken over" in summary["stopped"]
    assert runs.outputs(out) == runs.outputs(tmp_path / "alone")


def test_in_a_bucket_too(tmp_path: Path, rgw: Rgw, bucket_name: str):
    source, client = runs.archive(tmp_path / "in", 3 * COUNT), admin(rgw)
    client.create_bucket(Bucket=bucket_name)
    out = f"s3://{bucket_name}/out"

    def put() -> int:
        return client.list_objects_v2(Bucket=bucket_name, Prefix="out/box-")["KeyCount"]

    first = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW, **rgw.env())
    runs.wait_for(lambda: put() >= 3)
    second = runs.command(source, out, "--ray", "none", "--engine", runs.QUICK, **rgw.env())
    assert second.wait(timeout=60) == 6
    os.kill(first.pid, signal.SIGSTOP)
    third = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW, **rgw.env())
    try:
        code, summary = runs.finished(third)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert (code, summary["colorized"], put()) == (0, 3 * COUNT, 3 * COUNT)
    code, summary = runs.finished(first)
    assert code == 6


def test_a_plain_loop_that_was_killed_is_succeeded_at_once(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", COUNT), tmp_path / "out"
    first = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW, "--heartbeat", "1h")
    runs.wait_for(lambda: opened(out))
    runs.kill(first)
    code, summary = runs.finished(runs.command(source, out, "--ray", "none", "--engine", runs.SLOW))
    assert (code, summary["colorized"]) == (0, COUNT)


def test_another_log_for_the_same_output_is_refused_unless_the_output_is_adopted(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 2), tmp_path / "out"
    runs.run(source, out, "none")
    elsewhere = ("--log", str(tmp_path / "log"), "--ray", "none", "--engine", runs.QUICK)
    refused = runs.command(source, out, *elsewhere)
    _, stderr = refused.communicate(timeout=60)
    assert refused.returncode == 5
    assert "--adopt" in stderr
    code, summary = runs.finished(runs.command(source, out, *elsewhere, "--adopt"))
    assert (code, summary["tried"]) == (0, 2)
