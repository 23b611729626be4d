"""Makes docs/log.md and docs/codes.md from the tables in the code: `make docs`. A test says when they are old."""

from __future__ import annotations

from pathlib import Path

from jobs.codes import CODES
from jobs.schema import COLUMNS

HERE = Path(__file__).resolve().parent

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


PAGES = {"log.md": log_page, "codes.md": codes_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        print(f"wrote docs/{name}")
