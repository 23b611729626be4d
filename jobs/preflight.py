"""Preflight: what can be found wrong before any work is, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

from jobs.catalog import catalog
from jobs.errors import AccessDenied, AlreadyThere, NotFound, PreflightError, StorageError, WorldError
from jobs.manifest.listing import is_prefix, prefix_uri
from jobs.rows import Row
from jobs.settings import RunSettings, WorkSettings
from jobs.storage.store import Store
from jobs.storage.uri import absolute, parent

LOOKED_AT = 20
"""Sources that are asked for before any work."""
PROBE = "_colorizer-probe"
"""It stays where what may write may not delete."""


def check_writable(store: Store, folder: str, what: str) -> None:
    """Puts a small object below `folder`, of one name for all runs, and takes it away again if it may.

    Raises:
        PreflightError: it can't.
    """
    probe = f"{folder}/{PROBE}"
    try:
        store.write(probe, b"colorizer")
        _take_away(store, probe)
    except (StorageError, WorldError) as error:
        raise PreflightError(
            f"the {what} can't be written: {folder}: {error}. Check its path and credentials."
        ) from error


def create_is_exclusive(store: Store, probe: str) -> bool:
    """Whether a create that meets an object leaves it alone, as the lease of two runs needs it. `probe` is taken away again.

    Raises:
        StorageError, WorldError: nothing can be put there.
    """
    with suppress(AlreadyThere):
        store.create(probe, b"1")
    try:
        store.create(probe, b"2")
    except AlreadyThere:
        return True
    finally:
        _take_away(store, probe)
    return False


def check_readable(store: Store, rows: Iterable[Row]) -> None:
    """Asks for some rows' sources until one of their folders or buckets answers; a bad row is a row's matter.

    Raises:
        PreflightError: none answers.
    """
    reasons: dict[str, str] = {}
    for row in rows:
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


def places_of(settings: WorkSettings) -> Iterator[tuple[str, str]]:
    """What workers read and write besides a manifest's sources, for `LocalFiles`: what it is called, and where it is.

    The manifest itself is the driver's.
    """
    yield "--out", settings.out_uri()
    yield "--log", settings.log_uri()
    if is_prefix(settings.manifest):
        yield "the input", prefix_uri(settings.manifest)


def model_places(settings: RunSettings) -> Iterator[tuple[str, str]]:
    """The same of a run's model; those that come with Colorizer are on every node."""
    known = catalog().get(settings.model)
    if known is None:
        yield "--model", absolute(settings.model)
    elif known.folder is None and settings.mirror is not None and not settings.mirror.startswith("http"):
        yield "--mirror", absolute(settings.mirror)


def sources_of(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, str]]:
    """A spooled manifest's sources on disk, for `LocalFiles`."""
    for batch in batches:
        sources = batch["source_uri"]
        yield from (("a source", uri) for uri in sources.filter(pc.starts_with(sources, "file://")).to_pylist())


def _take_away(store: Store, probe: str) -> None:
    with suppress(AccessDenied):  # who may write need not be one who may delete
        store.delete(probe)


def _answers(store: Store, uri: str) -> bool:
    try:
        store.stat(uri)
    except AccessDenied:
        return True
    except NotFound:
        next(iter(store.list(parent(uri))), None)
    return True
