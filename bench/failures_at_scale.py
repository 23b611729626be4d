"""`colorizer failures` over a log of a million failed rows: `python -m bench.failures_at_scale [ROWS]`.

Makes the log in a temporary folder (parts of 10,000 rows), runs the command in a process of its own, and prints its seconds,
the most memory that it has had resident, and the size of the manifest.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jobs.log import write_part
from jobs.outcome import Outcome, Provenance, Times
from jobs.rows import Facts, Row, Shard
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores

_RUN = "r20260101T000000Z-0000"
_PART = 10_000
_GIVEN = Times(read=12.0)


def main() -> None:
    """Prints the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="colorizer-") as name:
        folder = Path(name)
        log, store = f"file://{folder}/out/colorizer-log", open_stores(StoreSettings())
        for first in range(0, rows, _PART):
            _write(store, log, folder, first, min(_PART, rows - first))
        manifest = folder / "failed.csv"
        command = [sys.executable, "-m", "jobs.cli", "failures", str(folder / "out"), "-o", str(manifest), "--json"]
        begun = time.monotonic()
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds = time.monotonic() - begun
        assert json.loads(said)["rows"] == rows
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"{rows:,} failed rows: {seconds:.0f} s, {peak:,.0f} MiB, a manifest of {manifest.stat().st_size / 1e6:,.0f} MB"
        )


def _write(store: Store, log: str, folder: Path, first: int, count: int) -> None:
    provenance = Provenance(_RUN, "mini", "0" * 64, "opencv", "fp32", "cpu", "0" * 16)
    outcomes = [_failed(folder, number) for number in range(first, first + count)]
    shard = Shard(first // _PART, 0, tuple(one.row for one in outcomes))
    write_part(store, log, provenance, shard, outcomes)


def _failed(folder: Path, number: int) -> Outcome:
    uri = f"s3://archive/photographs/box-{number // 1000:05d}/plate-{number:08d}.tif"
    facts = Facts(etag=f"{number:032x}", size=12_000_000 + number, mtime=1_700_000_000)
    output = f"file://{folder}/out/box-{number // 1000:05d}/plate-{number:08d}.tif"
    row = Row(number, uri, facts, output, json.dumps({"caption": f"Plate {number}", "box": str(number // 1000)}))
    return Outcome(
        row, "failed", "NOT_FOUND", f"NOT_FOUND: there is no such object: {uri}", facts, None, None, 0.0, 0.1, _GIVEN
    )


if __name__ == "__main__":
    main()
