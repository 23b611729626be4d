"""What the runs of a log say of themselves: where their outputs went, and with which settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jobs.errors import PreflightError, StorageError
from jobs.names import is_inside
from jobs.run_folder import RunFolder
from jobs.shown import shown
from jobs.storage.store import Store


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run's `_run.json`.

    Attributes:
        command: of the run.
        settings: as they were in effect, without secrets.
        shape: what shaped its outputs.
    """

    command: str
    settings: Mapping[str, Any]
    shape: Mapping[str, Any]


def recorded(store: Store, log: str, run_id: str) -> Recorded | None:
    """What a run put down as it began; None where it did not get as far.

    Raises:
        PreflightError: that can't be read.
    """
    with _readable(log, run_id, "_run.json"):
        found: dict[str, Any] | None = RunFolder(store, log, run_id).read("_run.json")
    if found is None:
        return None
    try:
        return Recorded(str(found.get("command", "run")), dict(found["settings"]), dict(found["shape"]))
    except (KeyError, TypeError, ValueError) as error:
        raise PreflightError(f"{run_id} of the log {shown(log)}: its _run.json is damaged: {error!r}") from error


def check_runs(store: Store, log: str, runs: Sequence[str]) -> None:
    """Refuses what is no log of outputs.

    Raises:
        PreflightError: there is none, or it is that of another command.
    """
    if not runs:
        raise PreflightError(
            f"there is no log at {shown(log)}; it is OUT/colorizer-log unless the run's --log said otherwise"
        )
    found = next((one for run in reversed(runs) if (one := recorded(store, log, run))), None)
    if found is not None and found.command != "run":
        raise PreflightError(
            f"the log {shown(log)} is that of `colorizer {found.command}`, which has no outputs to verify"
        )


def outs(store: Store, log: str, runs: Sequence[str]) -> tuple[str, ...]:
    """Every folder that a run of the log put its outputs into, absolute; none of them lies in another."""
    found: list[str] = []
    for run in runs:
        with _readable(log, run, "_run.json"):
            out = RunFolder(store, log, run).out()
        if out is not None and not any(is_inside(out, other) for other in found):
            found = [*(other for other in found if not is_inside(other, out)), out]
    return tuple(found)


@contextmanager
def _readable(log: str, run_id: str, name: str) -> Iterator[None]:
    try:
        yield
    except (StorageError, ValueError) as error:
        raise PreflightError(f"{run_id} of the log {shown(log)}: its {name} can't be read: {error}") from error
