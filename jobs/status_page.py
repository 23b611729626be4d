"""A run's status for people: 80 columns, on a terminal with a bar, in a file without colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from jobs.codes import ROW_CODES
from jobs.found_run import FoundRun
from jobs.progress import duration
from jobs.shown import shown
from jobs.status import Liveness, RunStatus

WIDTH = 80
_BAR = 34
_STYLES = {"running": "green", "complete": "green", "draining": "yellow", "stopped": "red"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A run at one moment.

    Attributes:
        found: what its log tells.
        liveness: of its driver.
        age: seconds since its last heartbeat, or since the newest file of a run that has none; None where nothing is known.
    """

    found: FoundRun
    liveness: Liveness
    age: float | None

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON: the status, and what the reader adds."""
        age = None if self.age is None else round(self.age, 1)
        return {**self.found.status.as_dict(), "source": self.found.source, "liveness": self.liveness, "age": age}


def status_page(seen: Seen) -> RenderableType:
    """The whole page."""
    return Group(*_lines(seen))


def _lines(seen: Seen) -> Iterator[RenderableType]:
    status = seen.found.status
    yield Text.assemble(f"run {shown(status.run_id)}  colorizer {shown(status.command)}  ", _state(seen))
    yield from _origin(seen.found)
    yield _bar(status)
    if speed := " · ".join(_speed(status)):
        yield Text(speed)
    if status.workers and not status.is_over:
        yield Text(f"workers: {status.workers_alive} of {status.workers} alive, {status.workers_lost} lost")
    if status.failures:
        yield Text("failures:")
        yield _failures(status)
    yield from _life(seen)
    if status.stopped:
        yield Text(f"stopped: {shown(status.stopped)}")
    yield Text(f"log: {shown(status.log)}", overflow="fold")


def _state(seen: Seen) -> tuple[str, str]:
    status = seen.found.status
    if seen.liveness in ("stale", "gone"):
        return f"{status.state}, STALE", "bold red"
    said = status.state if status.exit_code is None else f"{status.state}, exit code {status.exit_code}"
    return said, _STYLES.get(status.state, "")


def _origin(found: FoundRun) -> Iterator[Text]:
    if found.source == "parts":
        what = f"counted from its {found.parts:,} parts" if found.parts else "and no part of the log either"
        yield Text(f"It kept no _status.json (a run of an older version): {what}.")
    elif found.source == "summary":
        yield Text("It kept no last _status.json: this is what its _summary.json says.")


def _bar(status: RunStatus) -> RenderableType:
    total = status.rows if status.to_do is None else status.to_do
    if status.state == "reading":
        return Text(f"{status.rows or 0:,} rows of the manifest read")
    if total is None:
        return Text(f"{status.done:,} rows answered; how many there are is not known")
    if total == 0:
        return Text("nothing to do: the log answers every row")
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=total, completed=min(status.done, total), width=_BAR)
    grid.add_row(bar, f"{status.done:,} of {total:,} rows ({100 * status.done // total}%)")
    return grid


def _speed(status: RunStatus) -> Iterator[str]:
    if status.rate is not None:
        yield f"{status.rate:,.1f} rows/s"
    if status.seconds_left is not None and not status.is_over:
        yield f"{duration(status.seconds_left)} left"
    if status.to_do is not None and status.rows is not None:
        yield f"{status.rows:,} rows in the manifest"
    yield from (f"{rows:,} {shown(state)}" for state, rows in sorted(status.by_status.items()))


def _failures(status: RunStatus) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", min_width=7)
    for code, rows in sorted(status.failures.items(), key=lambda one: (-one[1], one[0])):
        known = ROW_CODES.get(code)
        grid.add_row(f"{rows:,}", Text(shown(code)), known.meaning if known else "A code of another version.")
    return grid


def _life(seen: Seen) -> Iterator[Text]:
    status = seen.found.status
    if seen.liveness == "ended":
        return
    who = f" ({shown(status.who)})" if status.who else ""
    if seen.age is None:
        yield Text("no sign of life")
        return
    ago = duration(seen.age)
    if seen.liveness == "unknown":
        yield Text(f"its newest file is {ago} old; whether it still works can't be told")
        return
    if seen.liveness == "gone":
        yield Text(f"STALE: the driver has ended without a word{who}, its last heartbeat {ago} ago.", style="bold red")
    elif seen.liveness == "stale":
        yield Text(f"STALE: no heartbeat for {ago}; the driver is gone or cut off{who}.", style="bold red")
    else:
        yield Text(f"last heartbeat: {ago} ago{who}")
        return
    yield Text("Run the same command again to go on.")
