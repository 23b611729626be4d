"""Makes the documents that are tables of the code or of figures: `make docs`. A test says when they are old."""

from __future__ import annotations

from pathlib import Path

from docs.dashboard import dashboard
from docs.engines import engines_page
from docs.exit_codes import exit_codes
from docs.metrics import metrics_page
from docs.performance import performance_page
from docs.status import status_page
from docs.verify import verify_page
from jobs.codes import CODES
from jobs.schema import COLUMNS

HERE = Path(__file__).resolve().parent

_LOG = """# The log

*Made by `make docs` from `jobs/schema.py`; change it there.*

The log is a folder of Parquet files (zstd), `OUT/colorizer-log` unless `--log` says otherwise. DuckDB, pandas and
`pyarrow.dataset` read it as it is:

```sql
SELECT status, code, count(*) FROM '~/scans-coloured/colorizer-log/run=*/part-*.parquet' GROUP BY ALL;
```

Each run adds a folder `run=<run_id>` with its parts, and beside them `_run.json` (settings, versions), `_summary.json`
(totals), `_status.json` (a heartbeat: docs/status.md), `_manifest/` (the manifest as it was read) and `_open/` (which
rows a worker may be writing). Nothing but the heartbeat is ever overwritten. A row may stand in the log several times,
once for every run that tried it: **the newest row of an output is the one with the greatest (run_id, attempt)**. Where
a row has an `output_sha256`, that output was there before it.

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


def log_page() -> str:
    """docs/log.md."""
    return _LOG + "".join(f"| `{c.name}` | {c.type} | {c.meaning} |\n" for c in COLUMNS)


def codes_page() -> str:
    """docs/codes.md."""
    rows = (f"| `{c.name}` | {c.kind} | {c.meaning} | {c.remedy} |\n" for c in CODES)
    return _CODES + "".join(rows) + exit_codes()


PAGES = {
    "log.md": log_page,
    "status.md": status_page,
    "codes.md": codes_page,
    "performance.md": performance_page,
    "engines.md": engines_page,
    "verify.md": verify_page,
    "metrics.md": metrics_page,
    "../deploy/grafana.json": dashboard,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        print(f"wrote docs/{name}")
