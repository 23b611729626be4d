"""`colorizer status`: a run as others see it, while it works, after it is killed, and long after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs import job
from jobs.errors import PreflightError, Unavailable
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from tests import runs
from tests.rgw import Rgw, admin
from tests.watching import BARE, shown_as, watch

SLOW_RUN = ("--ray", "none", "--engine", runs.SLOW)


def asked(place: object, *options: str) -> subprocess.Popen[str]:
    """`colorizer status` in a process of its own."""
    arguments = [sys.executable, "-m", "jobs.cli", "status", str(place), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(arguments, cwd=runs.ROOT, env=os.environ | {"COLUMNS": "80"}, text=True, **pipes)


def answer(place: object, *options: str) -> tuple[int, str]:
    process = asked(place, *options)
    out, err = process.communicate(timeout=120)
    assert not err, err
    return process.returncode, out


def told(out: Path) -> dict[str, Any]:
    """The newest `_status.json` as it lies there."""
    found = sorted(out.glob("colorizer-log/run=*/_status.json"))
    return json.loads(found[-1].read_bytes()) if found else {"done": 0, "beat": 0}


@contextmanager
def working(tmp_path: Path, count: int = 400) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A run in a process of its own, once its status tells of rows."""
    source, out = runs.archive(tmp_path / "in", count), tmp_path / "out"
    (source / "box-0" / "a.jpg").write_bytes(b"<html>moved</html>")
    process = runs.command(source, out, *SLOW_RUN, "--shard-seconds", "2", COLORIZER_HEARTBEAT="4s")
    try:
        runs.wait_for(lambda: told(out)["done"] >= 3)
        yield out, process
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_a_run_is_watched_while_it_works_and_is_stale_after_kill_9(tmp_path: Path):
    with working(tmp_path) as (out, process):
        code, page = answer(out)
        assert (code, "running" in page, "last heartbeat: " in page, " left" in page) == (0, True, True, True), page
        assert "workers: 1 of 1 alive, 0 lost" in page
        assert "1  NOT_AN_IMAGE  No decoder knows these bytes." in page
        assert max(map(len, page.splitlines())) <= 80
        code, text = answer(out, "--json")
        found = json.loads(text)
        assert (code, found["liveness"], found["source"], found["to_do"]) == (0, "alive", "status", 401)
        assert 3 <= found["done"] < 401
        assert found["age"] <= 3 * found["every"]
        first = told(out)["beat"]
        runs.wait_for(lambda: told(out)["beat"] > first)
        runs.kill(process)
        code, page = answer(out)
        assert (code, "STALE: the driver has ended without a word" in page) == (4, True), page
        assert "Run the same command again to go on." in page
        code, lines = answer(out, "--watch", "--json")
        assert (code, json.loads(lines)["liveness"]) == (4, "gone")


def test_a_driver_on_another_machine_is_stale_once_three_heartbeats_are_missing(tmp_path: Path):
    with working(tmp_path) as (out, process):
        runs.kill(process)
        (path,) = out.glob("colorizer-log/run=*/_status.json")
        elsewhere = json.loads(path.read_bytes()) | {"process": None}
        path.write_text(json.dumps(elsewhere))
        beaten, every = elsewhere["beaten_at"], elsewhere["every"]
        assert watch(out, clock=lambda: beaten + 3 * every).look().liveness == "alive"
        seen = watch(out, clock=lambda: beaten + 300).look()
        assert seen.liveness == "stale"
        assert "STALE: no heartbeat for 5m 00s; the driver is gone or cut off" in shown_as(seen).replace("\n", " ")


def test_watch_ends_with_the_run_and_tells_its_exit_code(tmp_path: Path):
    with working(tmp_path) as (out, process):
        watching = asked(out, "--watch", "--json")
        assert watching.stdout is not None
        first = watching.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest, _ = watching.communicate(timeout=120)
        _, summary = runs.finished(process)
        looks = [json.loads(line) for line in (first + rest).splitlines()]
        assert watching.returncode == 0
        assert (looks[0]["liveness"], looks[-1]["liveness"]) == ("alive", "ended")
        assert (looks[-1]["state"], looks[-1]["exit_code"], looks[-1]["done"]) == ("stopped", 75, summary["tried"])
        assert [look["done"] for look in looks] == sorted(look["done"] for look in looks)


def test_ctrl_c_leaves_watch_with_exit_code_0_and_the_run_alone(tmp_path: Path):
    with working(tmp_path) as (out, process):
        watching = asked(out, "--watch", "--json")
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["liveness"] == "alive"
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=60)
        assert (watching.returncode, err) == (0, "")
        assert process.poll() in (None, 3)  # it works on, or has come to its own end


def test_a_run_that_is_told_to_stop_says_that_it_drains_and_then_why_it_stopped(tmp_path: Path):
    with working(tmp_path) as (out, process):
        process.send_signal(signal.SIGTERM)
        code, summary = runs.finished(process)
        found = told(out)
        assert (code, found["state"], found["exit_code"]) == (75, "stopped", 75)
        assert (found["stopped"], found["done"]) == ("ended by SIGTERM", summary["tried"])
        assert (answer(out)[0], watch(out).look().liveness) == (0, "ended")


def test_a_run_that_preflight_refuses_says_why(tmp_path: Path):
    (tmp_path / "m.csv").write_text("uri\n/nowhere/a.jpg\n")
    with pytest.raises(PreflightError):
        runs.run(tmp_path / "m.csv", tmp_path / "out", "none")
    found = told(tmp_path / "out")
    assert (found["state"], found["exit_code"], "can't be read" in found["stopped"]) == ("stopped", 5, True)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A log of a version that kept no status: one run, ended, of four rows."""
    source = runs.archive(tmp_path / "in", 3)
    (source / "box-0" / "a.jpg").write_bytes(b"")
    runs.run(source, tmp_path / "out", "none")
    (path,) = (tmp_path / "out").glob("colorizer-log/run=*/_status.json")
    path.unlink()
    return tmp_path / "out"


def test_a_run_without_a_status_is_told_by_its_summary_and_it_is_said(older: Path):
    code, page = answer(older)
    assert (code, "this is what its _summary.json says" in page, "complete, exit code 3" in page) == (0, True, True)
    assert "4 of 4 rows (100%)" in page
    assert "1  EMPTY_FILE  The source has no bytes." in page


def test_a_run_without_status_and_summary_is_counted_from_its_parts_and_it_is_said(older: Path):
    (summary,) = older.glob("colorizer-log/run=*/_summary.json")
    summary.unlink()
    seen = watch(older).look()
    status = seen.found.status
    assert (seen.liveness, seen.found.source, status.rows, status.done) == ("unknown", "parts", 4, 4)
    assert (status.by_status, status.failures) == ({"colorized": 3, "failed": 1}, {"EMPTY_FILE": 1})
    assert "counted from its" in shown_as(seen)


def test_a_run_whose_last_heartbeat_was_lost_is_told_by_its_summary(older: Path):
    (summary,) = older.glob("colorizer-log/run=*/_summary.json")
    lost = replace(BARE, run_id=json.loads(summary.read_bytes())["run_id"], to_do=4, done=2)
    summary.with_name("_status.json").write_bytes(lost.encode())
    seen = watch(older).look()
    assert (seen.liveness, seen.found.status.state, seen.found.status.done) == ("ended", "complete", 4)


def test_one_run_of_a_log_is_told_by_its_name_and_the_newest_without(older: Path):
    runs.run(older.parent / "in", older, "none", quality=20)
    names = sorted(path.name.removeprefix("run=") for path in older.glob("colorizer-log/run=*"))
    for options, expected in (((), names[1]), (("--run", names[0]), names[0])):
        assert json.loads(answer(older / "colorizer-log", "--json", *options)[1])["run_id"] == expected


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [((), 5, "there is no run in"), (("--run", "x"), 2, "--run x"), (("--wtach",), 2, "--watch")],
)
def test_what_can_not_be_told_is_said(tmp_path: Path, options: tuple[str, ...], code: int, said: str):
    process = asked(tmp_path, *options)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, said in err) == (code, True), err


class Mute:
    """A store that never takes a status: it refuses each, or holds on to it until the test ends."""

    def __init__(self, store: Store, held: threading.Event | None) -> None:
        self._store, self._held = store, held
        self.asked = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def write(self, uri: str, data: bytes, content_type: str = "") -> None:
        if not uri.endswith("_status.json"):
            return self._store.write(uri, data, content_type)
        self.asked += 1
        if self._held:
            self._held.wait(120)
        raise Unavailable("STORE_UNAVAILABLE: not now")


@pytest.mark.parametrize("holds", [False, True])
def test_a_store_that_takes_no_status_neither_fails_nor_stops_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool
):
    held = threading.Event() if holds else None
    mute = Mute(open_stores(StoreSettings()), held)
    monkeypatch.setattr(job, "open_stores", lambda _: mute)
    try:
        summary = runs.run(runs.archive(tmp_path / "in", 3), tmp_path / "out", "none", heartbeat=2)
    finally:
        if held:
            held.set()
    assert (summary.exit_code, summary.colorized, mute.asked > 0) == (0, 3, True)
    assert watch(tmp_path / "out").look().found.source == "summary"


def test_workers_that_ray_has_lost_are_counted(tmp_path: Path, ray_cluster: str):
    source, out = runs.archive(tmp_path / "in", 6), tmp_path / "out"
    (source / "box-0" / "poison.png").write_bytes(runs.white())
    runs.run(source, out, ray_cluster, engine=runs.DEADLY, workers=2)
    found = told(out)
    assert (found["state"], found["done"], found["failures"]) == ("complete", 7, {"WORKER_LOST": 1})
    assert found["workers_lost"] >= 2


def test_a_log_in_s3_is_told_as_one_on_disk(
    rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name, value in rgw.env().items():
        monkeypatch.setenv(name, value)
    admin(rgw).create_bucket(Bucket=bucket_name)
    runs.run(runs.archive(tmp_path / "in", 3), f"s3://{bucket_name}/out", "none")
    for place in (f"s3://{bucket_name}/out", f"s3://{bucket_name}/out/colorizer-log/"):
        code, text = answer(place, "--json")
        found = json.loads(text)
        assert (code, found["state"], found["done"], found["source"]) == (0, "complete", 3, "status")


def test_a_heartbeat_that_changes_is_new_whatever_the_clocks_say(tmp_path: Path):
    runs.run(runs.archive(tmp_path / "in", 1), tmp_path / "out", "none")
    (path,) = (tmp_path / "out").glob("colorizer-log/run=*/_status.json")
    (path.with_name("_summary.json")).unlink()
    now = [0.0]
    looking = watch(tmp_path / "out", clock=lambda: 5000.0, passing=lambda: now[0])
    seen = []
    for beat, passed in ((1, 0.0), (2, 10.0), (2, 50.0)):
        path.write_bytes(replace(BARE, beat=beat).encode())
        now[0] = passed
        seen.append(looking.look().liveness)
    assert seen == ["stale", "alive", "stale"]
