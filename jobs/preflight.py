"""Preflight: what can be found wrong before any work is, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

from jobs.errors import AccessDenied, AlreadyThere, NotFound, PreflightError, StorageError, WorldError
from jobs.rows import Row
from jobs.storage.store import Store
from jobs.storage.uri import parent

_LOOKED_AT = 20


def check_writable(store: Store, folder: str, what: str, run_id: str) -> None:
    """Puts a small object below `folder`, and takes it away again if it may.

    Raises:
        PreflightError: it can't.
    """
    probe = f"{folder}/_probe-{run_id}"
    try:
        store.create(probe, run_id.encode())
        with suppress(AccessDenied):  # who may write need not be one who may delete
            store.delete(probe)
    except (StorageError, WorldError, AlreadyThere) as error:
        raise PreflightError(
            f"the {what} can't be written: {folder}: {error}. Check its path and credentials."
        ) from error


def check_readable(store: Store, rows: Iterable[Row]) -> None:
    """Asks for the first rows' sources until one of their folders or buckets answers; a bad row is a row's matter.

    Raises:
        PreflightError: none answers.
    """
    reasons: dict[str, str] = {}
    for row in islice(rows, _LOOKED_AT):
        try:
            if _answers(store, row.uri):
                return
        except WorldError as error:
            raise PreflightError(f"the sources can't be read: {error}") from error
        except StorageError as error:
            reasons.setdefault(parent(row.uri), str(error))
    if reasons:
        folder, reason = next(iter(reasons.items()))
        raise PreflightError(
            f"the sources can't be read: {reason} ({folder}). Is the archive mounted, the manifest right?"
        )


def _answers(store: Store, uri: str) -> bool:
    try:
        store.stat(uri)
    except AccessDenied:
        return True
    except NotFound:
        next(iter(store.list(parent(uri))), None)
    return True
