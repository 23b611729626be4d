"""A run's own files, as a report tells them: settings and versions without secrets, totals where it came to any."""

from __future__ import annotations

from jobs.fingerprint import fingerprint_of
from jobs.report.figures import RunFigures
from jobs.run_folder import RunFolder
from jobs.shown import shown


def run_figures(folder: RunFolder, run_id: str) -> RunFigures:
    """What `_run.json` and `_summary.json` say of one run; a run that was killed has the first, or neither."""
    run, summary = folder.read("_run.json") or {}, folder.read("_summary.json") or {}
    shape = run.get("shape")
    return RunFigures(
        run_id=run_id,
        command=_text(run.get("command")),
        tried=_whole(summary.get("tried")),
        seconds=_number(summary.get("seconds")),
        images_per_second=_number(summary.get("images_per_second")),
        exit_code=_whole(summary.get("exit_code")),
        stopped=_text(summary.get("stopped")),
        fingerprint=fingerprint_of(shape) if isinstance(shape, dict) and shape else None,
        settings=_pairs(run.get("settings")),
        shape=_pairs(shape),
        versions=_pairs(run.get("versions")),
    )


def _pairs(found: object) -> tuple[tuple[str, str], ...]:
    """What is set, as text; what is not set says nothing."""
    if not isinstance(found, dict):
        return ()
    return tuple((shown(str(name)), shown(str(value))) for name, value in found.items() if value is not None)


def _text(found: object) -> str | None:
    return None if found is None else shown(str(found))


def _number(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) else None


def _whole(found: object) -> int | None:
    return found if isinstance(found, int) else None
