"""`ray job submit` and `ray job stop`, as a user gives them to a cluster that runs already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ray.job_submission import JobStatus, JobSubmissionClient

from tests import runs
from tests.ray_cluster import head_with_dashboard

COUNT = 40
JOB = "job-of-this-test"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A head, by the address of its dashboard; one job at a time."""

    address: str

    def submit(self, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """`ray job submit -- python -m jobs.colorize …`, which waits for the job and prints its log."""
        environment = {"PYTHONPATH": str(runs.ROOT), "COLORIZER_HEARTBEAT": runs.HEARTBEAT, **variables}
        command = [
            *(sys.executable, "-m", "ray.scripts.scripts", "job", "submit", "--address", self.address),
            *("--submission-id", JOB, "--runtime-env-json", json.dumps({"env_vars": environment}), "--"),
            *(sys.executable, "-m", "jobs.colorize", *options, "--workers", "2"),
        ]
        return subprocess.Popen(command, env=os.environ | {"RAY_AUTH_MODE": "disabled"})

    def stop(self) -> None:
        """What `ray job stop` asks for."""
        assert JobSubmissionClient(self.address).stop_job(JOB)

    def forget(self) -> JobStatus:
        """What became of the job, whose name is free again."""
        client = JobSubmissionClient(self.address)
        status = client.get_job_status(JOB)
        client.delete_job(JOB)
        return status


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="ray-"))  # pytest's folders have names too long for sockets
    try:
        with head_with_dashboard(folder) as address:
            runs.wait_for(lambda: takes_jobs(address), 120)
            yield Cluster(address)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def takes_jobs(address: str) -> bool:
    """Whether a job can be submitted: the dashboard answers before there is an agent to run one."""
    try:
        JobSubmissionClient(address).submit_job(entrypoint="true")
    except (ConnectionError, RuntimeError):
        time.sleep(0.5)
        return False
    return True


def summaries(out: Path) -> list[dict[str, Any]]:
    """Those that runs have left, oldest first."""
    return [json.loads(path.read_bytes()) for path in sorted(out.glob("colorizer-log/run=*/_summary.json"))]


def stopped(cluster: Cluster, source: Path, out: Path, stall: Path, **variables: str) -> None:
    """A job that has logged some rows, and is at one that takes longer than Ray's 3 s, is stopped."""
    job = cluster.submit(*command(source, out), TESTS_STALL=str(stall), **variables)
    runs.wait_for(lambda: any(out.glob("colorizer-log/run=*/part-*")), 120)
    stall.touch()
    runs.wait_for(lambda: stall.read_text() == "begun")
    cluster.stop()
    assert job.wait(60) == 0  # of a stopped job too
    assert cluster.forget() == JobStatus.STOPPED


def command(source: Path, out: Path) -> list[str]:
    return [str(source), "--out", str(out), "--engine", "tests.engines:stalling", "--shard-seconds", "1"]


def test_a_jobs_summary_has_the_exit_code_that_ray_turns_into_1(tmp_path: Path, cluster: Cluster):
    source, out = runs.archive(tmp_path / "in", 4), tmp_path / "out"
    (source / "none.jpg").write_bytes(b"no photograph")
    assert cluster.submit(str(source), "--out", str(out), "--engine", runs.QUICK).wait(120) == 1
    assert cluster.forget() == JobStatus.FAILED
    (summary,) = summaries(out)
    assert (summary["exit_code"], summary["colorized"], summary["failed"]) == (3, 4, 1)


def test_a_stopped_job_drains_where_it_is_submitted_with_time_to(tmp_path: Path, cluster: Cluster):
    source, out = runs.archive(tmp_path / "in", COUNT), tmp_path / "out"
    stopped(cluster, source, out, tmp_path / "stall", RAY_JOB_STOP_WAIT_TIME_S="30")
    (summary,) = summaries(out)
    assert (summary["exit_code"], summary["stopped"]) == (75, "ended by SIGTERM")
    logged = {row["output_uri"].removeprefix(f"file://{out}/") for row in runs.log_rows(out)}
    assert logged == set(runs.outputs(out))  # nothing is in doubt
    assert 0 < len(logged) == summary["colorized"] < COUNT


def test_a_stopped_job_that_ray_kills_after_3_seconds_loses_its_open_shards_and_no_more(
    tmp_path: Path, cluster: Cluster
):
    source, out = runs.archive(tmp_path / "in", COUNT), tmp_path / "out"
    stopped(cluster, source, out, tmp_path / "stall")
    assert summaries(out) == []
    logged = len(runs.log_rows(out))
    assert 0 < logged < COUNT
    assert cluster.submit(*command(source, out), TESTS_STALL="/nowhere").wait(120) == 0
    assert cluster.forget() == JobStatus.SUCCEEDED
    (summary,) = summaries(out)
    assert (summary["exit_code"], summary["colorized"]) == (0, COUNT)
    assert 0 < summary["tried"] <= COUNT - logged
    rows = runs.log_rows(out)
    assert len({row["output_uri"] for row in rows}) == len(rows) == COUNT == len(runs.outputs(out))
