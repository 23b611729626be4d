"""What deploy/cron/colorize.sh makes of a job's record, by a stand-in for Ray's API; `test_ray_jobs.py` has the real one."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import pytest

from tests.runs import ROOT

VERSION = {"version": "4", "ray_version": "2.60.0", "ray_commit": "0", "session_name": "s"}


@contextmanager
def job_api(status: str | None, code: int | None, refusals: int) -> Iterator[str]:
    """Knows one job, which has ended so; none where `status` is None. So many questions are refused at first."""
    refused = iter(range(refusals))

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if next(refused, None) is not None:
                self.send_error(503)
                return
            job = {"type": "SUBMISSION", "status": status, "entrypoint": "colorizer", "driver_exit_code": code}
            about: dict[str, Any] | None = VERSION if self.path.startswith("/api/version") else job if status else None
            body = json.dumps(about).encode()
            self.send_response(404 if about is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def nightly(
    folder: Path, status: str | None, recorded: int | None, refusals: int = 0, stderr: int | IO[str] = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """The script, once. `ray` itself is a stand-in that ends with 1, as for every job that fails."""
    (folder / "ray").write_text('#!/bin/sh\necho "$@"\nexit 1\n')
    (folder / "ray").chmod(0o755)
    with job_api(status, recorded, refusals) as address:
        return subprocess.run(
            [ROOT / "deploy/cron/colorize.sh", "s3://in/", "--out", "s3://out", "--tolerate", "1%"],
            env={
                "PATH": f"{folder}:{Path(sys.executable).parent}:/usr/bin:/bin",
                "RAY_API_SERVER_ADDRESS": address,
                "COLORIZE_ASK_SECONDS": "0",
            },
            stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=120, check=False,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "recorded", "ended", "mailed"),
    [
        ("SUCCEEDED", 0, 0, False),
        ("FAILED", 3, 3, True),
        ("FAILED", 6, 6, False),
        ("FAILED", 75, 75, False),
        ("STOPPED", None, 75, False),  # `ray job stop`: Ray keeps no code
        ("FAILED", None, 1, True),
        (None, None, 1, True),  # it was never submitted
    ],
)
def test_it_ends_with_the_runs_code_and_says_a_line_to_a_person_where_one_has_to_look(
    tmp_path: Path, status: str | None, recorded: int | None, ended: int, mailed: bool
):
    done = nightly(tmp_path, status, recorded)
    assert done.returncode == ended, done.stderr
    assert ("colorizer run ended with" in done.stderr) is mailed
    assert mailed or not done.stderr  # cron mails whatever stands there
    assert done.stdout.startswith("job submit --submission-id colorizer-")
    assert "-- colorizer run s3://in/ --out s3://out --tolerate 1% --ray auto" in done.stdout


def test_a_cluster_that_answers_nothing_for_a_while_is_asked_again(tmp_path: Path):
    assert nightly(tmp_path, "FAILED", 3, refusals=9).returncode == 3
    given_up = nightly(tmp_path, "FAILED", 3, refusals=1000)
    assert given_up.returncode == 1
    assert given_up.stdout.count("can't be asked for") == 10


def test_a_log_file_that_standard_error_goes_to_keeps_its_other_lines(tmp_path: Path):
    log = tmp_path / "nightly.log"
    log.write_text("last night\n")
    with log.open("a") as file:
        assert nightly(tmp_path, "FAILED", 3, stderr=file).returncode == 3
    last, line = log.read_text().splitlines()
    assert (last, "colorizer run ended with 3" in line) == ("last night", True)


def test_standard_error_may_be_a_socket(tmp_path: Path):
    here, there = socket.socketpair()
    with here, there:
        done = nightly(tmp_path, "FAILED", 3, stderr=there.fileno())
        assert b"colorizer run ended with 3" in here.recv(4096)
    assert (done.returncode, "colorizer run ended with 3" in done.stdout) == (3, True)
