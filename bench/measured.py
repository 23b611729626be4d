"""One measured run of a command that prints a JSON object with `images_per_second`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run said of itself. Memory in bytes, resident at most."""

    images_per_second: float
    worker_memory: int
    driver_memory: int


def python(*arguments: str, **environment: str) -> Measured:
    """Runs `python ARGUMENTS` and reads the JSON object that its output ends with.

    Raises:
        RuntimeError: it failed; with what it printed.
    """
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    said = json.loads(done.stdout[done.stdout.index("{") :])
    return Measured(said["images_per_second"], said.get("worker_memory", 0), said.get("driver_memory", 0))


def palette(source: Path, out: Path) -> Measured:
    """Runs the palette job with two workers of one thread on a local Ray."""
    workers = ["--workers", "2", "--cpus-per-worker", "1", "--ray", "local", "--json"]
    return python("-m", "jobs.cli", "palette", str(source), "-o", str(out / "palette.npy"), *workers)


def job(source: Path | str, out: Path | str, model: Path | str, *options: str, **environment: str) -> Measured:
    """Runs the job by the published recipe on a local Ray, with two workers of one thread unless the options say otherwise."""
    where = ["--out", str(out), "--model", str(model), "--ray", "local", "--json"]
    where += [] if "--recipe" in options else ["--recipe", "published"]
    workers = [] if "--workers" in options else ["--workers", "2", "--cpus-per-worker", "1"]
    return python("-m", "jobs.colorize", str(source), *where, *workers, *options, **environment)
