"""A run's own files: `_run.json`, `_summary.json`, and what a later run takes over from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from jobs.errors import NotFound, PreflightError, damaged
from jobs.layout import run_folder
from jobs.plan import Redo
from jobs.shown import shown
from jobs.storage.store import Store
from jobs.storage.uri import absolute
from jobs.summary import COMPLETE, FAILURES, Summary

_VERSIONS = (
    "colorizer", "ray", "opencv-python-headless", "openvino", "onnxruntime", "onnxruntime-gpu", "numpy", "pyarrow",
    "boto3", "pillow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run in a log."""

    store: Store
    log: str
    run_id: str

    def write_run(self, command: str, settings: dict[str, object], shape: dict[str, object], redo: Redo | None) -> None:
        """Puts `_run.json`: the command, its effective settings, what shapes the outputs, and the versions at hand."""
        self._create(
            "_run.json",
            {
                "run_id": self.run_id,
                "command": command,
                "settings": settings,
                "shape": shape,
                "redo_before": redo.before if redo else None,
                "versions": versions(),
            },
        )

    def write_summary(self, summary: Summary) -> None:
        """Puts `_summary.json`."""
        self._create("_summary.json", summary.as_dict())

    def read(self, name: str) -> dict[str, object] | None:
        """One of the two; None where the run did not get as far."""
        try:
            found: dict[str, object] = json.loads(self.store.read(self._uri(name)).data)
        except NotFound:
            return None
        except ValueError as error:
            raise damaged(self._uri(name), error) from error
        return found

    def out(self) -> str | None:
        """Where the run put its outputs, absolute; None where it did not get as far as to say so."""
        settings = (self.read("_run.json") or {}).get("settings")
        return absolute(str(settings["out"])) if isinstance(settings, dict) and "out" in settings else None

    def is_complete(self) -> bool:
        """Whether the run answered every row of its manifest."""
        summary = self.read("_summary.json")
        return summary is not None and summary["exit_code"] in (COMPLETE, FAILURES)

    def _create(self, name: str, content: dict[str, object]) -> None:
        text = json.dumps(content, indent=2, ensure_ascii=False)
        self.store.create(self._uri(name), text.encode("utf-8", "surrogatepass"), "application/json")

    def _uri(self, name: str) -> str:
        return run_folder(self.log, self.run_id) + name


def newest_run(store: Store, log: str, runs: Iterable[str]) -> tuple[RunFolder, dict[str, object]] | None:
    """The newest run that got as far as its `_run.json`, and that; None where none did."""
    for run_id in sorted(runs, reverse=True):
        folder = RunFolder(store, log, run_id)
        if run := folder.read("_run.json"):
            return folder, run
    return None


def check_command(store: Store, log: str, runs: tuple[str, ...], command: str) -> None:
    """Refuses a log of another command: what is one's answer would be the other's.

    Raises:
        PreflightError: so it is.
    """
    found = newest_run(store, log, runs)
    if found and (its := found[1].get("command", "run")) != command:
        raise PreflightError(f"the log {shown(log)} is that of `colorizer {its}`; give --log another place")


def redo_of(store: Store, log: str, runs: tuple[str, ...], what: str | None, run_id: str) -> Redo | None:
    """Which answers `--redo` takes: those older than this run, or than the incomplete run that this one goes on with.

    Args:
        store: where the log is.
        log: its folder.
        runs: its runs, sorted.
        what: the user's `--redo`, or None.
        run_id: of this run.
    """
    if what is None:
        return None
    before = run_id
    for earlier in reversed(runs):
        folder = RunFolder(store, log, earlier)
        run = folder.read("_run.json")
        if run is None:
            continue
        settings = run["settings"]
        same = isinstance(settings, dict) and settings.get("redo") == what
        if folder.is_complete() or not same:
            break
        before = str(run["redo_before"])
    return Redo(what, before)


def versions() -> dict[str, str]:
    """The versions of what shapes a run, for the log."""
    found = {"python": python_version()}
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
