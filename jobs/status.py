"""A run's status, `_status.json`: what its driver says every heartbeat, for whoever looks without a cluster. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from jobs.process import Process
from jobs.summary import COMPLETE, FAILURES
from jobs.tally import Tally

VERSION = 1
_ENDLESS = 1e15
"""More than any count, rate or second, and few enough to be calculated with."""
Made = TypeVar("Made")
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
        found = json.loads(data)
        if not isinstance(found, dict) or found.get("state") not in get_args(State):
            raise ValueError("no status of a run")
        try:
            process = found.get("process")
            made = None if process is None else _made(Process, process)
            return replace(_made(cls, {**found, "process": None}), process=made)
        except TypeError as error:
            raise ValueError(f"no status of a run: {error}") from None

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


def _made(kind: type[Made], found: Mapping[str, object]) -> Made:
    """A dataclass of what JSON has of its fields. Raises `TypeError` where one is missing, or of another type."""
    types = get_type_hints(kind)
    known = {name: found[name] for name in types if name in found}
    for name, value in known.items():
        if not _is(value, types[name]):
            raise TypeError(f"{name} can't be {value!r}")
    return kind(**known)


def _is(value: object, kind: Any) -> bool:
    """Whether a value of JSON is of a field's type. A float may be written without a point, and is a number."""
    parts = get_args(kind)
    if get_origin(kind) is Mapping:
        return isinstance(value, dict) and all(_is(one, parts[1]) for one in value.values())
    if get_origin(kind) is Literal:
        return value in parts
    if parts:
        return any(_is(value, one) for one in parts)
    if kind in (int, float):
        return isinstance(value, int if kind is int else int | float) and abs(value) < _ENDLESS
    return isinstance(value, kind)


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
