"""`python -m bench.verify [ROWS]`: what `colorizer verify` costs over a log of so many rows, each in a process of its own.

The outputs are files of a kilobyte on disk, so that it is the log and the bookkeeping that is measured, and not a disk.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.processor import processor
from jobs.log import write_part
from jobs.outcome import Outcome, Output, Provenance, Times
from jobs.rows import Facts, Row, Shard
from jobs.storage.disk import DiskStore

WORK = Path(__file__).resolve().parent / "work"
ROWS = 100_000
SHARD = 1000
RUN = "r20260101T000000Z-0000"


def outcome(folder: Path, number: int) -> Outcome:
    """One row, and its output."""
    data = hashlib.sha256(str(number).encode()).digest() * 32
    output = folder / f"{number // SHARD:04d}" / f"plate-{number:07d}.jpg"
    output.parent.mkdir(exist_ok=True)
    output.write_bytes(data)
    row = Row(number, f"s3://archive/photos/{number:07d}.tif", Facts(), f"file://{output}", None)
    written = Output(len(data), hashlib.sha256(data).hexdigest(), "jpeg", 1, 1, 3, 8)
    facts = Facts(etag=f"{number:032x}", size=10**6, mtime=10**9)
    return Outcome(row, "colorized", None, None, facts, "0" * 64, written, 0.0, 0.0, Times())


def made(folder: Path, rows: int) -> str:
    """A log of so many rows, in shards, with its outputs; gives its place."""
    log, signed = f"file://{folder}/colorizer-log", Provenance(RUN, "m", "0", "opencv", "fp32", "cpu", "f")
    for start in range(0, rows, SHARD):
        outcomes = [outcome(folder, number) for number in range(start, min(start + SHARD, rows))]
        write_part(DiskStore(), log, signed, Shard(start // SHARD, 0, tuple(one.row for one in outcomes)), outcomes)
    run = {"command": "run", "settings": {"out": str(folder)}, "shape": {}}
    DiskStore().write(f"{log}/run={RUN}/_run.json", json.dumps(run).encode())
    return log


def proof(log: str, *asked: str) -> dict[str, object]:
    """What the command says."""
    command = [sys.executable, "-m", "jobs.cli", "verify", log, "--json", *asked]
    told: dict[str, object] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        log = made(Path(folder), rows)
        for asked in ((), ("--sample", "1%"), ("--sample", "1%", "--orphans")):
            told = proof(log, *asked)
            assert told["proven"] == told["to_check"]
            memory = int(str(told["memory"])) / 2**20
            print(
                f"{rows:,} rows {' '.join(asked):24}: {told['proven']:>7,} proven, {told['seconds']} s, {memory:.0f} MiB"
            )
    print(processor())


if __name__ == "__main__":
    main()
