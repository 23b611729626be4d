"""`make bench-scale`: ten million rows without a photograph, and 200 workers that are numbers; about a quarter of an hour.

Each run is a process of its own, so that its memory is its own. The figures go to `bench/scale.json`, each as soon as it is
there; docs/performance.md is made from it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import simulation
from bench.processor import vectors
from jobs.machine import cpu_name
from jobs.run_folder import versions

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
RESULTS = HERE / "scale.json"
ROWS = (100_000, 1_000_000, 10_000_000)
SIMULATED: tuple[dict[str, Any], ...] = (
    {"rows": 1_000_000, "mean": 1.0, "nodes_lost": 5},
    {"rows": 1_000_000, "mean": 0.1, "nodes_lost": 0},
)
"""Photographs of 12 megapixels through a network of the published width, and small ones through the embedded model."""


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "processor": cpu_name(),
        "processors": len(os.sched_getaffinity(0)),
        **vectors(),
        "versions": versions(),
    }


def measured(which: str, work: Path, rows: int) -> dict[str, Any]:
    """One run in a process of its own."""
    print(f"{which} run over {rows:,} rows …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "bench.scale", which, str(work), str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.at_scale", description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=ROWS, help="of the runs; the last is planned a second time"
    )
    options = parser.parse_args()
    figures: dict[str, Any] = {**machine(), "first": [], "second": None, "simulated": []}
    WORK.mkdir(exist_ok=True)
    for rows in options.rows:
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            figures["first"].append(measured("first", Path(folder), rows))
            save(figures)
            if rows == options.rows[-1]:
                figures["second"] = measured("second", Path(folder), rows)
                save(figures)
    for arguments in SIMULATED:
        print(f"simulating {arguments} …", file=sys.stderr, flush=True)
        figures["simulated"].append(arguments | asdict(simulation.run(**arguments)))
        save(figures)
    print(RESULTS.read_text(encoding="utf-8"))


def save(figures: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
