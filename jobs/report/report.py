"""`colorizer report`: a log → a page, or its figures."""

from __future__ import annotations

from dataclasses import dataclass

from colorizer_core.requirement import pip_install
from jobs.errors import PreflightError, StorageError, UsageError, WorldError
from jobs.names import LOG_FOLDER
from jobs.report.figures import Figures
from jobs.report.survey import survey
from jobs.report.thumbnails import pictures
from jobs.run_folder import newest_run
from jobs.settings import checked_place
from jobs.shown import shown
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.storage.uri import absolute
from jobs.written_file import written_file


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wants to see.

    Attributes:
        log: the log, or the folder of the outputs: a path or URI.
        rows: of the gallery, at most.
        price: of a core-hour.
        true: a folder with true-colour originals under the outputs' relative names, or None.
    """

    log: str
    rows: int
    price: float
    true: str | None = None


def figures(asked: Asked) -> Figures:
    """The log's figures, without a page.

    Raises:
        UsageError: there is no log, or no such place.
        PreflightError: it can't be read.
    """
    return _surveyed(open_stores(StoreSettings()), asked)


def write_report(asked: Asked, output: str) -> str:
    """Writes the page, whole or not at all, and says what is in it.

    Args:
        asked: what is to be seen.
        output: a path or URI, or `-` for standard output.

    Raises:
        UsageError: there is no log, no such place, or the extra `report` is not installed.
        PreflightError: the log can't be read, or the page not be written.
    """
    try:
        from jobs.report.page import page
        from jobs.report.plots import plots
    except ImportError as missing:
        raise UsageError(f"{missing.name} is not installed: {pip_install('jinja2', 'matplotlib')}") from missing
    store = open_stores(StoreSettings())
    true = absolute(checked_place(asked.true)) if asked.true else None
    with written_file(output, store, "text/html; charset=utf-8") as file:
        found = _surveyed(store, asked)
        shots = found.sample.shots
        data = page(found, plots(found.totals, found.work), pictures(store, shots, _out(store, found), true)).encode()
        file.write(data)
    return f"{shown(output)}: {found.totals.rows:,} rows, {len(shots):,} pictures, {len(data):,} bytes"


def _out(store: Store, found: Figures) -> str:
    """Where the outputs are: what the newest run says, else what the log lies in."""
    newest = newest_run(store, found.log, (run.run_id for run in found.runs))
    return (newest and newest[0].out()) or found.log.removesuffix(f"/{LOG_FOLDER}")


def _surveyed(store: Store, asked: Asked) -> Figures:
    try:
        return survey(store, absolute(checked_place(asked.log)), asked.rows, asked.price)
    except (StorageError, WorldError) as error:
        raise PreflightError(f"{shown(asked.log)} can't be read: {error}") from error
