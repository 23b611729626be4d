"""Ten million rows: the part of performance.md that `make bench-scale` and `python -m bench.simulation` measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

SCALE = Path(__file__).resolve().parents[1] / "bench" / "scale.json"

_SCALE = """
## Ten million rows

*`make bench-scale`, on **{processor}**, {processors} processors, {vectors}.* The job's own functions, and no photograph: a csv
of S3 URIs with ETag, size and title is read, named, spooled and checked for collisions; two workers, processes of their own,
answer each row without touching it, in real open files and real parts of 500 rows each (1 % fail with a transient code, every
thousandth row is an exact repeat); the whole manifest is counted by the log. Seconds on the wall, the driver's memory as
resident at most. Not in it: flushing the disk once a part, as workers do that wrote pictures.{note}

| rows | {phases} | all | driver, MiB |
|---|{rules}---|---|
"""

_SCALE_END = """
All together takes {slope:.1f} µs a row and {fixed:+.1f} s (least squares of the relative errors; {worst:.0%} off at most), and
grows with rows to the power of {power:.2f}: linear. A million rows cost {memory:,.0f} MiB. Promised: ten million in 20 minutes
with 1.5 GiB, and the second run's plan in 5 minutes.

### 200 workers

*`python -m bench.simulation`.* The real scheduling code with a fake clock; rows take what rows of a real run took, in shape,
and as long as said on average, one in a thousand twenty times that. A node is lost with its eight workers and comes back after
five minutes. Busy: the share of the time that workers were there in which they worked on rows that were answered then; at least
97 % is promised where a run is long against its longest row. The driver's idle time is what its processor time, and the
simulation's own, leave of the clock; promised: 90 %.

| rows | seconds a row | nodes lost | workers busy | driver idle | run, s | shards |
|---|---|---|---|---|---|---|
"""


def scale() -> str:
    """The last part of performance.md."""
    measured = json.loads(SCALE.read_text(encoding="utf-8"))
    first, second = measured["first"], measured["second"]
    phases = list(first[0]["seconds"])
    rows = [*((f"{run['rows']:,}", run) for run in first), (f"{second['rows']:,}, again", second)]
    lines = [
        _SCALE.format(
            processor=measured["processor"],
            processors=measured["processors"],
            note=f" {measured['note']}" if "note" in measured else "",
            vectors=", ".join(
                f"{'' if measured[flag] else 'no '}{name}"
                for flag, name in (("avx512f", "AVX-512"), ("amx_tile", "AMX"))
            ),
            phases=" | ".join(phases),
            rules="---|" * len(phases),
        )
    ]
    for name, run in rows:
        cells = [f"{run['seconds'][phase]:.1f}" if phase in run["seconds"] else "" for phase in phases]
        lines.append(
            f"| {' | '.join([name, *cells])} | {run['total_seconds']:.1f} | {run['driver_memory'] >> 20:,} |\n"
        )
    lines.append(_SCALE_END.format(**_fit(first)))
    for one in measured["simulated"]:
        shares = f"{one['busy']:.1%} | {one['driver_idle']:.1%} | {one['seconds']:,.0f} | {one['shards']:,}"
        lines.append(f"| {one['rows']:,} | {one['mean']:g} | {one['nodes_lost']} | {shares} |\n")
    return "".join(lines)


def _fit(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds over rows: a line, by least squares of the relative errors, and a power, by those of the logarithms."""
    rows, seconds, memory = (
        np.array([run[name] for run in runs], float) for name in ("rows", "total_seconds", "driver_memory")
    )
    fixed, slope = np.linalg.lstsq(np.stack([1 / seconds, rows / seconds], 1), np.ones(len(rows)), rcond=None)[0]
    return {
        "fixed": fixed,
        "slope": slope * 1e6,
        "worst": float(np.abs((fixed + slope * rows) / seconds - 1).max()),
        "power": np.polyfit(np.log(rows), np.log(seconds), 1)[0],
        "memory": (memory[-1] - memory[0]) / (rows[-1] - rows[0]) * 1e6 / 2**20,
    }
