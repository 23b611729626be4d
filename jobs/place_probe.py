"""Whether a run could use a place: it is listed, read and written to, and what was written is taken away again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from jobs.check import Check, fail, ok, warn
from jobs.errors import NotFound, PreflightError, StorageError, WorldError
from jobs.preflight import check_writable, create_is_exclusive
from jobs.settings import checked_place
from jobs.shown import shown
from jobs.storage.store import Store
from jobs.storage.uri import absolute

PROBE = "_colorizer-probe-new"
"""As `preflight.PROBE`."""
_SOURCE_ONLY = "Nothing, if photographs are only read from it; else grant write on it."


def probe_checks(place: str, store: Store) -> Iterator[Check]:
    """Lists, reads and writes below a place. Nothing that was there is touched."""
    uri = absolute(checked_place(place))
    name = shown(place)
    try:
        first = next(iter(store.list(f"{uri}/")), None)
    except NotFound as error:
        yield _missing(name, uri, str(error))
        return
    except WorldError as error:
        yield fail(f"{name}: list", str(error), "See to what it says; nothing else was tried there.")
        return
    except StorageError as error:
        yield fail(f"{name}: list", str(error), "Grant list on it.")
    else:
        yield ok(f"{name}: list", "empty" if first is None else f"begins with {shown(first.uri)}")
        if first is not None:
            yield _read(name, first.uri, store)
    yield from _write(name, uri, store)


def _read(name: str, uri: str, store: Store) -> Check:
    try:
        with store.open(uri) as stream:
            stream.read(1)
    except (StorageError, WorldError) as error:
        return fail(f"{name}: read", str(error), "Grant read on its objects.")
    return ok(f"{name}: read", "its first object")


def _write(name: str, uri: str, store: Store) -> Iterator[Check]:
    try:
        check_writable(store, uri, "place")
    except PreflightError as error:
        yield warn(f"{name}: write", str(error.__cause__ or error), _SOURCE_ONLY)
        return
    yield ok(f"{name}: write", "written, and deleted again")
    yield _create(name, f"{uri}/{PROBE}", store)


def _create(name: str, probe: str, store: Store) -> Check:
    try:
        if create_is_exclusive(store, probe):
            return ok(f"{name}: create", "a second create is refused, as the lease needs it")
    except (StorageError, WorldError) as error:
        return fail(f"{name}: create", str(error), "Choose a store that has If-None-Match on PUT.")
    return warn(
        f"{name}: create", "it overwrites where it was told not to", "Begin one run at a time on one log or output."
    )


def _missing(name: str, uri: str, why: str) -> Check:
    """A folder that is not there is made by a run, where it may be."""
    if not uri.startswith("file://"):
        return fail(f"{name}: list", why, "Make the bucket, or check its name and AWS_ENDPOINT_URL.")
    folder = Path(uri.removeprefix("file://"))
    above = next((one for one in folder.parents if one.exists()), Path("/"))
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return warn(f"{name}: list", "there is no such folder", "Check its name; as an --out a run makes it.")
    return fail(f"{name}: list", f"there is no such folder, and {above} can't be written", "Check its name; mount it.")
