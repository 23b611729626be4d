"""docs/status.md: the fields of `_status.json`, made from `jobs/status.py`."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args, get_type_hints

from jobs.status import STALE_AFTER, RunStatus

_PAGE = f"""# The status of a run

*Made by `make docs` from `jobs/status.py`; change it there.*

`LOG/run=<run_id>/_status.json` is put by the run's driver as soon as the run has a name, then at every heartbeat
(`--heartbeat`, 10 s) and at the end. It is the one file of a run that is put over and over, whole or not at all; no run
waits for it, and none fails over it. `colorizer status LOG` reads it, and nothing else: no cluster, no driver.

A heartbeat older than {STALE_AFTER} of them is STALE: the driver is gone or cut off, and the same command goes on. Its age
is by the clock of whoever looks against the driver's; under `--watch` a heartbeat that is seen to change is new whatever the
clocks say. On the driver's own machine its process is looked for, and its end is told at once. Of a run without the file (of
an older version) `status` tells what its `_summary.json` says, else what its parts count, and says so.

`colorizer status --json` prints these fields and three more: `source` (status, summary or parts), `liveness` (alive, stale,
gone, ended or unknown) and `age` (seconds since the heartbeat).

| exit code | of `colorizer status` |
|---|---|
| 0 | told, whatever the run came to; also after Ctrl-C |
| 2 | usage |
| 4 | stale |
| 5 | there is no such run, or the log can't be read |

| field | type | what it says |
|---|---|---|
"""


def status_page() -> str:
    """The page."""
    hints = get_type_hints(RunStatus, include_extras=True)
    return _PAGE + "".join(f"| `{name}` | {_type(hint)} | {hint.__metadata__[0]} |\n" for name, hint in hints.items())


def _type(hint: Any) -> str:
    """In JSON's words."""
    kind = get_args(hint)[0]
    kinds = get_args(kind) if NoneType in get_args(kind) else (kind,)
    named = {str: "string", int: "number", float: "number", NoneType: "null"}
    words = (named.get(one) or ("string" if isinstance((*get_args(one), None)[0], str) else "object") for one in kinds)
    return " or ".join(words)
