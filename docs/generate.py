"""Makes the documents that are tables of the code or of figures: `make docs`. A test says when they are old."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from docs.engines import engines_page
from jobs.codes import CODES
from jobs.schema import COLUMNS

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "bench" / "results.json"
TRIED = HERE.parent / "bench" / "tried.json"
SCALE = HERE.parent / "bench" / "scale.json"

_LOG = """# The log

*Made by `make docs` from `jobs/schema.py`; change it there.*

The log is a folder of Parquet files (zstd), `OUT/colorizer-log` unless `--log` says otherwise. DuckDB, pandas and
`pyarrow.dataset` read it as it is:

```sql
SELECT status, code, count(*) FROM 'color/colorizer-log/run=*/part-*.parquet' GROUP BY ALL;
```

Each run adds a folder `run=<run_id>` with its parts, and beside them `_run.json` (settings, versions), `_summary.json`
(totals), `_manifest/` (the manifest as it was read) and `_open/` (which rows a worker may be writing). Nothing is ever
overwritten. A row may stand in the log several times, once for every run that tried it: **the newest row of an
output is the one with the greatest (run_id, attempt)**. Where a row has an `output_sha256`, that output was there before it.

The manifest's other columns are in `extra`, but for what makes a URL work for whoever reads it: the values of X-Amz-Signature,
X-Amz-Credential and X-Amz-Security-Token (and X-Goog-), AWSAccessKeyId, GoogleAccessId, Signature, sig and access_token in its
query, and what stands before an @ at its host, are `…`.

| column | type | what it says |
|---|---|---|
"""

_CODES = """# Codes

*Made by `make docs` from `jobs/codes.py`; change it there.*

A *transient* failure is tried again by the next run; a *permanent* one only if `--redo CODE` (or `--redo failed`) asks for
it. Codes that are *transient once* (a worker died or hung) are tried again by the next run, and are permanent when two runs in
a row with the same fingerprint have said the same. These are codes of rows, in the log's column `code`.

What is the *world*'s is no row's fault and in no row of the log: the run drains, stops with exit code 4 (5 where it is found
before any work) and says why, with the code in `stopped_code` of its summary. Rows that it could not touch are left for the
same command, once the cause is gone.

| code | kind | what was found | what to do |
|---|---|---|---|
"""

_PERFORMANCE = """# Performance

*Made by `make docs` from `bench/results.json`, which `make bench` writes; measure on an idle machine.*

Measured on **{processor}**. The photographs are 24 synthetic gray JPEGs of 12 megapixels, the network
has the published width (129 MB, random weights), OpenCV is the engine, one thread each.

What is compared is run in turn (base, job, base, job, …); the figure is the median of the ratios. Starting up is not in
the figures: the clock of the job runs from the first shard handed out to the last part written, that of the scripts from
the first photograph to the last. Memory is what a process has had resident at most, MiB.

| what (`python -m bench`) | figure | promised | runs | memory, MiB |
|---|---|---|---|---|
"""

_TRIED = """
## Forms of the network

*`python -m bench.tried`, on **{processor}**.* Layers of the published width computed otherwise: the same
function but for rounding, or, where it says so, another one that only shows what an undilated form could save at most. Seconds
of processor time, one thread, the two forms in turn, medians. Apart: of the largest value.

| what | before, s | after, s | apart | kept |
|---|---|---|---|---|
"""

_TRIED_END = """
Kept is what pays. The deconvolution in phases saves a twenty-fifth to a tenth of the fast form's time, and OpenCV keeps
127 MiB more for it (transformed kernels, 1,024 × 512 of 64 floats), an eighth of what a worker's network takes: no gain per GiB.
The layers of stride 2 save one or two hundredths each, or lose some. Undilated layers gain nothing in the other runtimes.

`--device cuda` has not been run: no GPU was at hand. What can be tested without one is: the
options, the refusals, a worker's share.
"""

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

_EXIT_CODES = """
# Exit codes

| exit code | meaning |
|---|---|
| 0 | complete; the failures that are new in this run are within `--tolerate` (default: none) |
| 1 | an internal error: tell us |
| 2 | the command can't be understood |
| 3 | complete, and more rows failed than `--tolerate` allows |
| 4 | stopped by the world, or by the breaker: it says why; the same command goes on once the cause is gone |
| 5 | preflight failed: nothing was done; it says what to do |
| 6 | another run is active on this log or output, or has taken it over: it is named |
| 75 | stopped early by SIGTERM, Ctrl-C or `--deadline`; the same command goes on |
"""


def log_page() -> str:
    """docs/log.md."""
    return _LOG + "".join(f"| `{c.name}` | {c.type} | {c.meaning} |\n" for c in COLUMNS)


def codes_page() -> str:
    """docs/codes.md."""
    rows = (f"| `{c.name}` | {c.kind} | {c.meaning} | {c.remedy} |\n" for c in CODES)
    return _CODES + "".join(rows) + _EXIT_CODES


def performance_page() -> str:
    """docs/performance.md, from the newest full `make bench`."""
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))
    lines = [_PERFORMANCE.format(processor=measured["processor"])]
    for figure in measured["figures"]:
        promised = "" if figure["target"] is None else f"≥ {figure['target']:g}"
        memory = ", ".join(f"{process} {size:,}" for process, size in figure["memory"].items() if size)
        runs = ", ".join(f"{run:g}" for run in figure["runs"])
        lines.append(f"| {figure['name']} | {figure['value']:g} {figure['unit']} | {promised} | {runs} | {memory} |\n")
    kept = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    return "".join([*lines, f"\nVersions: {kept}.\n", _tried(), *([_scale()] if SCALE.exists() else [])])


def _tried() -> str:
    """Forms of the network, from the newest `python -m bench.tried`."""
    measured = json.loads(TRIED.read_text(encoding="utf-8"))
    lines = [_TRIED.format(processor=measured["processor"])]
    for one in measured["tried"]:
        apart = "another function" if one["apart"] is None else f"{one['apart']:.0e}"
        seconds = f"{one['before']:.3f} | {one['after']:.3f}"
        lines.append(f"| {one['name']} | {seconds} | {apart} | {'yes' if one['kept'] else 'no'} |\n")
    return "".join([*lines, _TRIED_END])


def _scale() -> str:
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


PAGES = {
    "log.md": log_page,
    "codes.md": codes_page,
    "performance.md": performance_page,
    "engines.md": engines_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        print(f"wrote docs/{name}")
