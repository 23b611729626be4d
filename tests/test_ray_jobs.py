"""`ray job submit` and `ray job stop`, as a user and as cron give them to a cluster that runs already; what Prometheus sees."""

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

from examples.demo import make_archive
from tests import runs
from tests.prometheus import Scrape, asked_for
from tests.ray_cluster import Head, head_with_dashboard

COUNT = 40
JOB = "job-of-this-test"
DEPLOY = runs.ROOT / "deploy"
VENV = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A head; one job at a time."""

    head: Head

    @property
    def address(self) -> str:
        """Of its dashboard."""
        return self.head.address

    def submit(self, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """`ray job submit -- python -m jobs.colorize …`, which waits for the job and prints its log."""
        environment = {"PYTHONPATH": str(runs.ROOT), "COLORIZER_HEARTBEAT": runs.HEARTBEAT, **variables}
        command = [
            *(sys.executable, "-m", "ray.scripts.scripts", "job", "submit", "--address", self.address),
            *("--submission-id", JOB, "--runtime-env-json", json.dumps({"env_vars": environment}), "--"),
            *(sys.executable, "-m", "jobs.colorize", *options, "--workers", "2"),
        ]
        return subprocess.Popen(command, env=os.environ | {"RAY_AUTH_MODE": "disabled"})

    def nightly(self, *options: str) -> subprocess.CompletedProcess[str]:
        """deploy/cron/colorize.sh as cron starts it: with hardly an environment, its standard error for a person's mail."""
        inside = {"PATH": VENV, "PYTHONPATH": str(runs.ROOT), "COLORIZER_HEARTBEAT": runs.HEARTBEAT}
        environment = {"PATH": VENV, "RAY_API_SERVER_ADDRESS": self.address, "RAY_AUTH_MODE": "disabled"}
        environment["RAY_RUNTIME_ENV_JSON"] = json.dumps({"env_vars": inside})
        script = [DEPLOY / "cron/colorize.sh", *options, "--workers", "2"]
        return subprocess.run(script, env=environment, capture_output=True, text=True, timeout=400, check=False)

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
        with head_with_dashboard(folder) as head:
            runs.wait_for(lambda: takes_jobs(head.address), 240)
            yield Cluster(head)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def takes_jobs(address: str) -> bool:
    """Whether a job can be submitted: the dashboard answers before there is an agent to run one."""
    try:
        JobSubmissionClient(address).submit_job(entrypoint="true")
    except (OSError, RuntimeError):
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


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's photographs and a broken file, coloured by the embedded model: where, and what became of the script."""

    out: Path
    ended: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def demo(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    make_archive(folder / "in")
    (folder / "in/none.jpg").write_bytes(b"no photograph")
    return Demo(folder / "out", cluster.nightly(str(folder / "in"), "--out", str(folder / "out")))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_crons_script_ends_with_the_runs_own_exit_code_and_mails_a_line_where_one_has_to_look(demo: Demo):
    assert demo.ended.returncode == 3, demo.ended.stdout + demo.ended.stderr
    assert demo.ended.stderr.splitlines()[-1].endswith("ended with 3 (docs/codes.md says what that means)")
    assert "10 colorized, 0 skipped, 1 failed" in demo.ended.stdout
    (summary,) = summaries(demo.out)
    assert (summary["exit_code"], len(runs.outputs(demo.out))) == (3, 10)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_prometheus_finds_every_metric_that_the_dashboard_asks_for(tmp_path: Path, cluster: Cluster, demo: Demo):
    """Of the demo, and of a run that loses workers."""
    source, out = runs.archive(tmp_path / "in", 12), tmp_path / "out"
    (source / "box-0" / "poison.png").write_bytes(runs.white())
    job, seen = cluster.submit(str(source), "--out", str(out), "--engine", runs.DEADLY), set[str]()
    while job.poll() is None:
        seen |= Scrape(cluster.head.metrics).names
        time.sleep(1)
    last = Scrape(cluster.head.metrics)
    assert cluster.forget() == JobStatus.FAILED
    asked = asked_for(json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8")))
    assert asked - (seen | last.names) == set()
    (lost,), (coloured,) = summaries(out), summaries(demo.out)
    assert last.values("ray_colorizer_rows_total", "status", run=coloured["run_id"]) == {"colorized": 10, "failed": 1}
    assert last.values("ray_colorizer_rows_total", "status", run=lost["run_id"]) == {"colorized": 12, "failed": 1}
    assert last.values("ray_colorizer_failures_total", "code", run=lost["run_id"]) == {"WORKER_LOST": 1}
    assert last.values("ray_colorizer_workers_lost_total", "cause", run=lost["run_id"])["process"] >= 2
    assert not last.labels("ray_colorizer_") & {"uri", "source", "output", "path", "message"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_crons_script_is_quiet_where_another_run_is_at_it_and_a_container_whose_run_is_gone_is_ill(
    tmp_path: Path, cluster: Cluster
):
    source, out = runs.archive(tmp_path / "in", 40 * COUNT), tmp_path / "out"
    first = runs.command(source, out, "--ray", "none", "--engine", runs.SLOW)
    try:
        runs.wait_for(lambda: out.exists() and len(runs.outputs(out)) >= 3)
        second = cluster.nightly(str(source), "--out", str(out))
        assert (second.returncode, second.stderr) == (6, "")
        assert f"process {first.pid}" in second.stdout
        assert is_healthy(COLORIZER_OUT=str(out))
    finally:
        runs.kill(first)
    assert not is_healthy(COLORIZER_OUT=str(out))


def is_healthy(**environment: str) -> bool:
    """By deploy/healthcheck.sh."""
    variables = {"PATH": VENV, "PYTHONPATH": str(runs.ROOT), **environment}
    return subprocess.run([DEPLOY / "healthcheck.sh"], env=variables, timeout=60, check=False).returncode == 0


@pytest.mark.skipif(not shutil.which("wget"), reason="wget is not here, with which the health check asks")
def test_a_container_of_a_ray_node_is_well_while_its_agent_says_so(cluster: Cluster):
    assert is_healthy(RAY_AGENT_PORT=str(cluster.head.agent))
    assert not is_healthy(RAY_AGENT_PORT="1")
