"""Runs as `colorizer status` sees and shows them."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console

from jobs.found_run import find_run
from jobs.run_watch import RunWatch
from jobs.status import RunStatus
from jobs.status_page import Seen, status_page
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores

BARE = RunStatus("r20260101T000000Z-0000", "run", "mem://log", "mem://out", "running", beat=1, beaten_at=100.0)


def watch(out: Path, **clocks: Callable[[], float]) -> RunWatch:
    return RunWatch(find_run(open_stores(StoreSettings()), str(out), None), **clocks)


def shown_as(seen: Seen) -> str:
    page = StringIO()
    Console(file=page, width=80).print(status_page(seen))
    return page.getvalue()
