"""A run's status, `_status.json`: what its driver says every heartbeat, for whoever looks without a cluster. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Annotated, Literal

from pydantic import TypeAdapter, ValidationError

from colorizer_core.errors import brief
from jobs.process import Process
from jobs.summary import COMPLETE, FAILURES
from jobs.tally import Tally

VERSION = 1
_ENDLESS = 1e15
"""More than any count, rate or second, and few enough to be calculated with."""
STALE_AFTER = 3
"""Heartbeats that are missing before the driver counts as gone: as many as before another run may take its lease."""

State = Literal["reading", "starting", "running", "draining", "complete", "stopped", "unknown"]
Liveness = Literal["alive", "stale", "gone", "ended", "unknown"]
"""Of a driver. *stale*: no heartbeat came for `STALE_AFTER` of them. *gone*: it ran on this machine, and its process has ended.
*unknown*: its run kept no status."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How far a run is. What each field means stands beside it, and in docs/status.md."""

    run_id: Annotated[str, "The run."]
    command: Annotated[str, "run or palette."]
    log: Annotated[str, "The log's URI."]
    out: Annotated[str, "Where the outputs go."]
    state: Annotated[
        State,
        "reading (the manifest), starting (workers), running, draining (a stop was asked for, or the world failed), complete "
        "(every row is answered) or stopped (early: the same command goes on).",
    ]
    rows: Annotated[int | None, "Of the manifest; those read so far while it is read."] = None
    to_do: Annotated[int | None, "Rows that this run is to answer; null until that is planned."] = None
    done: Annotated[int, "Of those, rows that it has answered."] = 0
    by_status: Annotated[Mapping[str, int], "The same by status: colorized, counted, skipped, failed."] = field(
        default_factory=dict
    )
    failures: Annotated[Mapping[str, int], "Failed rows of this run by code."] = field(default_factory=dict)
    rate: Annotated[float | None, "Rows a second since the first was handed out; null before."] = None
    seconds_left: Annotated[float | None, "(to_do − done) ÷ rate."] = None
    workers: Annotated[int, "Workers that were asked for."] = 0
    workers_alive: Annotated[int, "Workers that are there and loaded."] = 0
    workers_lost: Annotated[int, "Workers that ended before their time, those replaced included."] = 0
    started_at: Annotated[float, "When the run began, seconds since the epoch, UTC, by its driver's clock."] = 0.0
    beat: Annotated[int, "Counts the heartbeats, from 1."] = 0
    beaten_at: Annotated[float | None, "When the last was, as `started_at`."] = None
    every: Annotated[float, "Seconds between two (`--heartbeat`)."] = 10.0
    who: Annotated[str, "Host and process of the driver."] = ""
    process: Annotated[
        Process | None, "The same for programs: whoever looks on that host can tell that it is gone."
    ] = None
    exit_code: Annotated[int | None, "Of the command; null until it ends."] = None
    stopped: Annotated[str | None, "Why it stopped early; null where it did not."] = None
    version: Annotated[int, "Of this table: 1. A reader leaves fields alone that it does not know."] = VERSION

    @property
    def is_over(self) -> bool:
        """Whether the run has ended and said so."""
        return self.state in ("complete", "stopped")

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        process = None if self.process is None else asdict(self.process)
        return plain | {"by_status": dict(self.by_status), "failures": dict(self.failures), "process": process}

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(self.as_dict(), indent=2).encode()

    @classmethod
    def decode(cls, data: bytes) -> RunStatus:
        """The inverse of `encode`.

        Raises:
            ValueError: no status, or one without what every version has, or with a field of another type.
        """
        try:
            status = _READER.validate_json(data, strict=True)
        except ValidationError as error:
            raise ValueError(f"no status of a run: {brief(error)}") from None
        for name, value in status.as_dict().items():
            numbers = value.values() if isinstance(value, dict) else (value,)
            if not all(abs(one) < _ENDLESS for one in numbers if isinstance(one, int | float)):
                raise ValueError(f"no status of a run: {name} can't be {value!r}")
        return status

    def worked(self, tally: Tally, seconds: float) -> RunStatus:
        """The same after `seconds` of work that came to `tally`."""
        rate = tally.rows / seconds if seconds > 0 and tally.rows else None
        left = None if rate is None or self.to_do is None else max(0, self.to_do - tally.rows) / rate
        return replace(
            self,
            done=tally.rows,
            by_status=_counted(tally.by_status),
            failures=_counted(tally.failures),
            rate=None if rate is None else round(rate, 3),
            seconds_left=None if left is None else round(left, 1),
        )

    def ended(self, exit_code: int, stopped: str | None) -> RunStatus:
        """The same at the end of the run."""
        state: State = "complete" if exit_code in (COMPLETE, FAILURES) else "stopped"
        return replace(self, state=state, exit_code=exit_code, stopped=stopped, seconds_left=None, workers_alive=0)


_READER = TypeAdapter(RunStatus)


def liveness(status: RunStatus, age: float | None, is_gone: bool = False) -> Liveness:
    """Whether a run's driver lives.

    Args:
        status: as last read.
        age: seconds since its heartbeat; None where it has none.
        is_gone: whether its process is known to have ended.
    """
    if status.is_over:
        return "ended"
    if status.state == "unknown" or age is None:
        return "unknown"
    if is_gone:
        return "gone"
    return "stale" if age > STALE_AFTER * status.every else "alive"


def _counted(rows: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(rows.items()) if count}
