"""The section of performance.md about the report, from what `python -m bench.report` measured."""

from __future__ import annotations

import json
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "bench" / "report.json"

_SECTION = """
## A report of a million rows

*`python -m bench.report`, on **{processor}**, {processors} processors.* `colorizer report` over a log in parts of
500 rows, a tenth of them answered twice, with {pictures} photographs of 2 megapixels in the gallery, in a process of its own.
Other work was on the machine, a load of {load:.0f}: the processor's seconds say more than the wall's. Promised: 30 s on an
idle machine, 2 GiB, 8 MB.

| rows | seconds | processor's | memory, MiB | page, MiB |
|---|---|---|---|---|
| {rows:,} | {seconds} | {processor_seconds} | {memory_mib:,} | {page_mib} |
"""


def report_figures() -> str:
    """The section."""
    return _SECTION.format(**json.loads(RESULTS.read_text(encoding="utf-8")))
