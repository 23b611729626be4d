"""The command line's `status`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from jobs.run_watch import RunWatch
    from jobs.status_page import Seen

Text = Optional[str]  # noqa: UP045 - Typer reads it on Python 3.10 too
STALE = 4
EPILOG = (
    "Example: colorizer status s3://archive/color/colorizer-log --watch\n\n"
    "Exit codes: 0 told, whatever the run came to (also Ctrl-C) · 2 usage · 4 stale: the driver is gone or cut off · "
    "5 there is no such run, or the log can't be read."
)


def status(
    log: Annotated[str, typer.Argument(help="The log's folder or s3:// prefix; the job's --out does too.")],
    run: Annotated[Text, typer.Option("--run", metavar="ID", help="One run of the log. (default: the newest)")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every 2 s until the run ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with --watch an object a line.")] = False,
) -> None:
    """How far a run is: rows, rate, time left, failures, workers, heartbeat.

    Needs no cluster, only the log: the driver puts a heartbeat into it every
    ten seconds (--heartbeat), and one that is missing is told as such.
    """
    try:
        _told(log, run, watch, as_json)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _told(log: str, run: str | None, watch: bool, as_json: bool) -> NoReturn:
    from jobs.errors import PreflightError, StorageError, WorldError
    from jobs.found_run import find_run
    from jobs.run_watch import RunWatch
    from jobs.storage.settings import StoreSettings
    from jobs.storage.stores import open_stores

    looking = RunWatch(find_run(open_stores(StoreSettings()), log, run))
    try:
        seen = _watched(looking, as_json) if watch else _once(looking, as_json)
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the log can't be read: {error}") from error
    raise typer.Exit(STALE if seen.liveness in ("stale", "gone") else 0)


def _once(looking: RunWatch, as_json: bool) -> Seen:
    from rich.console import Console

    from jobs.status_page import WIDTH, status_page

    seen = looking.look()
    if as_json:
        typer.echo(json.dumps(seen.as_dict(), indent=2))
    else:
        console = Console(highlight=False)
        console.print(status_page(seen), width=min(WIDTH, console.width))
    return seen


def _watched(looking: RunWatch, as_json: bool) -> Seen:
    """On a terminal one page that changes; else a page, or a line of JSON, at every look."""
    from rich.console import Console
    from rich.live import Live

    from jobs.status_page import WIDTH, status_page

    looks = looking.until_over()
    seen = next(looks)
    console = Console(highlight=False, width=min(WIDTH, Console().width))
    if as_json or not sys.stdout.isatty():
        _say(console, seen, as_json)
        for seen in looks:
            _say(console, seen, as_json)
        return seen
    with Live(status_page(seen), console=console, auto_refresh=False) as live:
        for seen in looks:
            live.update(status_page(seen), refresh=True)
    return seen


def _say(console: Console, seen: Seen, as_json: bool) -> None:
    from jobs.status_page import status_page

    if as_json:
        typer.echo(json.dumps(seen.as_dict()))
    else:
        console.print(status_page(seen))
