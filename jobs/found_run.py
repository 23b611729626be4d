"""A run as its log tells of it: by `_status.json`, and where an older run has none by its summary, else by its parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from jobs.errors import NotFound, PreflightError, StorageError, UsageError, WorldError
from jobs.layout import RUN_ID, ShardName, manifest_folder, parse_part, run_folder, status_uri
from jobs.log import log_at, read_part
from jobs.names import LOG_FOLDER
from jobs.run_folder import RunFolder
from jobs.settings import checked_place
from jobs.shown import shown
from jobs.spool import open_spool
from jobs.status import RunStatus
from jobs.storage.store import Store

Source = Literal["status", "summary", "parts"]


@dataclass(frozen=True, slots=True)
class FoundRun:
    """What there is to tell of a run.

    Attributes:
        status: how far it is.
        source: whence that is known: of a run that kept no status its summary, or its parts, counted.
        parts: that were counted.
    """

    status: RunStatus
    source: Source
    parts: int = 0


@dataclass(frozen=True, slots=True)
class RunPlace:
    """One run of a log."""

    store: Store
    log: str
    run_id: str

    def read(self) -> FoundRun:
        """As it is now.

        Raises:
            StorageError, WorldError: the log can't be read.
        """
        status = self._status()
        if status is not None:
            return FoundRun(status, "status")
        run = RunFolder(self.store, self.log, self.run_id).read("_run.json") or {}
        bare = RunStatus(self.run_id, str(run.get("command", "run")), self.log, "", "unknown")
        return self.by_summary(bare) or self._by_parts(bare)

    def by_summary(self, status: RunStatus) -> FoundRun | None:
        """What its summary says, beside what `status` does; None where it has written none."""
        summary = RunFolder(self.store, self.log, self.run_id).read("_summary.json")
        if summary is None:
            return None
        found = _Summed(summary)
        ended = replace(
            status,
            out=str(summary["out"]),
            rows=found.number("rows"),
            to_do=found.number("tried") + found.number("unanswered"),
            done=found.number("tried"),
            failures=status.failures or found.codes(),
            workers=found.number("workers"),
        ).ended(found.number("exit_code"), None if summary["stopped"] is None else str(summary["stopped"]))
        return FoundRun(ended, "summary")

    def _status(self) -> RunStatus | None:
        try:
            return RunStatus.decode(self.store.read(status_uri(self.log, self.run_id)).data)
        except (NotFound, ValueError):
            return None

    def _by_parts(self, status: RunStatus) -> FoundRun:
        """Counts the rows of its parts. The last sign of life is the newest file's time."""
        parts: list[ShardName] = []
        newest = 0
        for listed in self.store.list(run_folder(self.log, self.run_id)):
            newest = max(newest, listed.facts.mtime or 0)
            if part := parse_part(self.log, listed.uri):
                parts.append(part)
        by_status: Counter[str] = Counter()
        failures: Counter[str] = Counter()
        for part in parts:
            table = read_part(self.store, self.log, part, ("status", "code"))
            states, codes = table["status"].to_pylist(), table["code"].to_pylist()
            by_status.update(states)
            failures.update(code for state, code in zip(states, codes, strict=True) if state == "failed")
        counted = replace(
            status,
            rows=self._spooled(),
            done=sum(by_status.values()),
            by_status=dict(by_status),
            failures=dict(failures),
            beaten_at=float(newest) or None,
        )
        return FoundRun(counted, "parts", len(parts))

    def _spooled(self) -> int | None:
        try:
            return open_spool(self.store, manifest_folder(self.log, self.run_id)).count
        except NotFound:
            return None


@dataclass(frozen=True, slots=True)
class _Summed:
    """A `_summary.json`, whose numbers are numbers."""

    content: dict[str, object]

    def number(self, name: str) -> int:
        value = self.content.get(name)
        return value if isinstance(value, int) else 0

    def codes(self) -> dict[str, int]:
        found = self.content.get("by_code")
        return {str(code): int(rows) for code, rows in found.items()} if isinstance(found, dict) else {}


def find_run(store: Store, place: str, run_id: str | None) -> RunPlace:
    """A run of the log that `place`, a path or URI, is; or of the log below it, where it is a job's `--out`.

    Args:
        store: reads it.
        place: of the log.
        run_id: of the run; None for the newest.

    Raises:
        UsageError: no such run can be.
        PreflightError: there is no log, no such run in it, or it can't be read.
    """
    if run_id is not None and not RUN_ID.fullmatch(run_id):
        raise UsageError(f"--run {shown(run_id)}: a run is called as its folder in the log is: r20260131T120000Z-0a1b")
    found, runs = find_log(store, place)
    if run_id is None:
        return RunPlace(store, found, max(runs))
    if run_id not in runs:
        raise PreflightError(f"{shown(found)} has no run {run_id}; its newest are {', '.join(sorted(runs)[-3:])}")
    return RunPlace(store, found, run_id)


def find_log(store: Store, place: str) -> tuple[str, frozenset[str]]:
    """The URI of the log that `place` is, or that lies below it, and its runs, one at least. Raises as `find_run` does."""
    try:
        found, contents = log_at(store, checked_place(place))
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the log can't be read: {error}") from error
    if not contents.runs:
        raise PreflightError(
            f"there is no run in {shown(found)}: give the log's folder (of `colorizer run`: OUT/{LOG_FOLDER})"
        )
    return found, frozenset(contents.runs)
