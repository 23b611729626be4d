"""Archives to colour in tests, runs of the job in this process and in its own, and what a log says afterwards."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.dataset as ds

from jobs import colorize
from jobs.configuration import configured
from jobs.summary import Summary

ROOT = Path(__file__).resolve().parents[1]
QUICK, SLOW, DEADLY = "tests.engines:quick", "tests.engines:slow", "tests.engines:deadly"

HEARTBEAT = "2s"
"""Of runs in processes of their own: a takeover takes three of them."""
MAX_PIXELS = 1_000_000
"""Of runs that do not ask for more: the test picture that each worker colours first is no larger, and else has 12 megapixels."""


def picture(seed: int, width: int = 48, height: int = 36) -> bytes:
    """A gray JPEG of its own."""
    noise = np.random.default_rng(seed).integers(40, 200, (6, 8), np.uint8)
    return cv2.imencode(".jpg", cv2.resize(noise, (width, height)))[1].tobytes()


def white() -> bytes:
    """Nearly: a blank picture would be skipped."""
    return cv2.imencode(".png", np.tile(np.linspace(236, 255, 40).astype(np.uint8), (40, 1)))[1].tobytes()


def bomb() -> bytes:
    """A PNG whose header states 40 gigapixels, checksum and all."""
    small = white()
    header = b"IHDR" + (200_000).to_bytes(4, "big") * 2 + small[24:29]
    return small[:12] + header + zlib.crc32(header).to_bytes(4, "big") + small[33:]


def archive(folder: Path, count: int) -> Path:
    """`count` photographs in two folders."""
    for number in range(count):
        path = folder / f"box-{number % 2}" / f"plate-{number:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number))
    return folder


def run(manifest: Path | str, out: Path | str, ray: str, **options: Any) -> Summary:
    """One run in this process."""
    usual = {"engine": QUICK, "workers": 2, "max_pixels": MAX_PIXELS}
    flags = {"manifest": str(manifest), "out": str(out), "ray": ray, **usual, **options}
    stdin = flags.pop("stdin", None)
    settings, _ = configured(flags, {})
    return colorize.run(settings, stdin, io.StringIO())


def command(manifest: Path | str, out: Path | str, *options: str, **environment: str) -> subprocess.Popen[str]:
    """The job in a process group of its own, as a shell starts it."""
    arguments = [sys.executable, "-m", "jobs.colorize", str(manifest), "--out", str(out), "--json", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    whole = os.environ | {"COLORIZER_HEARTBEAT": HEARTBEAT, "COLORIZER_MAX_PIXELS": str(MAX_PIXELS)} | environment
    return subprocess.Popen(arguments, cwd=ROOT, env=whole, text=True, start_new_session=True, **pipes)


def finished(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    """Its exit code and its summary, once it has ended."""
    stdout, stderr = process.communicate(timeout=120)
    assert stdout.startswith("{"), stdout + stderr
    summary: dict[str, Any] = json.loads(stdout)
    return process.returncode, summary


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL, and the end of its pipes."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)


def log_rows(out: Path) -> list[dict[str, Any]]:
    """Every row of the log below `out`, oldest first, as any reader of Parquet sees them."""
    table = ds.dataset(out / "colorizer-log", format="parquet", partitioning="hive").to_table()
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(rows, key=lambda row: (str(row["run_id"]), row["row"]))


def outputs(out: Path) -> dict[str, bytes]:
    """Every picture below `out` by its path."""
    paths = [path for path in out.rglob("*") if path.is_file() and "colorizer-log" not in path.parts]
    paths = [path for path in paths if path.name != "_colorizer-probe"]  # it comes and goes
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def can_be_opened(data: bytes) -> bool:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None
