"""Makes log.md, codes.md and performance.md from the tables and figures at hand: `make docs`. A test says when they are old."""

from __future__ import annotations

import json
from pathlib import Path

from jobs.codes import CODES
from jobs.schema import COLUMNS

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "bench" / "results.json"

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

| column | type | what it says |
|---|---|---|
"""

_CODES = """# Codes

*Made by `make docs` from `jobs/codes.py`; change it there.*

A *transient* failure is tried again by the next run; a *permanent* one only if `--redo CODE` (or `--redo failed`) asks for
it. What is the world's fault (credentials, a missing bucket, an endpoint that is down, a full disk) is no code: the run
stops with exit code 4, says why, and leaves the rows that it could not touch for the next run.

| code | kind | what was found | what to do |
|---|---|---|---|
"""

_PERFORMANCE = """# Performance

*Made by `make docs` from `bench/results.json`, which `make bench` writes; measure on an idle machine.*

Measured on **{processor}**, two virtual cores, no AVX-512 and no AMX. The photographs are 24 synthetic gray JPEGs of 12
megapixels, the network has the published width (129 MB, random weights), OpenCV is the engine, one thread each.

What is compared is run in turn (base, job, base, job, …); the figure is the median of the ratios. Starting up is not in
the figures: the clock of the job runs from the first shard handed out to the last part written, that of the scripts from
the first photograph to the last. Memory is what a process has had resident at most, MiB.

| what (`python -m bench`) | figure | promised | runs | memory, MiB |
|---|---|---|---|---|
"""

_EXIT_CODES = """
# Exit codes

| exit code | meaning |
|---|---|
| 0 | complete; the failures that are new in this run are within `--tolerate` (default: none) |
| 1 | an internal error: tell us |
| 2 | the command can't be understood |
| 3 | complete, and more rows failed than `--tolerate` allows |
| 4 | stopped by the world: it says why; the same command goes on once the cause is gone |
| 5 | preflight failed: nothing was done; it says what to do |
| 75 | stopped early by SIGTERM, Ctrl-C or `--deadline`; the same command goes on |
"""


def log_page() -> str:
    """docs/log.md."""
    return _LOG + "".join(f"| `{c.name}` | {c.type} | {c.meaning} |\n" for c in COLUMNS)


def codes_page() -> str:
    """docs/codes.md."""
    rows = (
        f"| `{c.name}` | {'transient' if c.transient else 'permanent'} | {c.meaning} | {c.remedy} |\n" for c in CODES
    )
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
    return "".join([*lines, f"\nVersions: {kept}.\n"])


PAGES = {"log.md": log_page, "codes.md": codes_page, "performance.md": performance_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        print(f"wrote docs/{name}")
