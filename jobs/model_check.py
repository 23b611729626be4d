"""Whether the models at hand are whole: the embedded one, and those of the cache, by their checksums."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from colorizer_core.errors import ColorizerError
from jobs.catalog import Entry, catalog
from jobs.check import Check, fail, ok, warn
from jobs.model_store import cached_path, found_wrong, resolve
from jobs.storage.store import Store


def model_checks(cache: str, store: Store) -> Iterator[Check]:
    """Each model of the catalog, as far as it is here. Nothing is fetched."""
    for entry in catalog().values():
        yield _embedded(entry, store) if entry.folder is not None else _cached(entry, cache)


def _embedded(entry: Entry, store: Store) -> Check:
    """It is read, checked as any model is, and loaded; its sha256 is that of the log's column."""
    name = f"model {entry.name}"
    try:
        found = resolve(entry.name, None, store)
    except ColorizerError as error:
        return fail(name, str(error), "Install Colorizer again: its own files are damaged.")
    return ok(name, f"embedded, whole, sha256 {found.sha256[:16]}…")


def _cached(entry: Entry, cache: str) -> Check:
    name = f"model {entry.name}"
    paths = [(file, cached_path(cache, file)) for file in entry.files]
    try:
        there = [(file, path) for file, path in paths if path.is_file()]
        if not there:
            return ok(name, f"not in {cache}; colorizer models fetch {entry.name} gets it")
        wrong = [f"{path}: {said}" for file, path in there if (said := found_wrong(file, path.read_bytes()))]
    except OSError as error:
        return fail(
            name, f"{cache} can't be read: {error.strerror}", "See to its permissions, or give --model-cache another."
        )
    if wrong:
        return fail(name, "; ".join(wrong), f"Delete it, then colorizer models fetch {entry.name}.")
    if len(there) < len(paths):
        missing = ", ".join(file.name for file, path in paths if not path.is_file())
        return warn(name, f"{missing} not in {cache}", f"colorizer models fetch {entry.name}")
    return ok(name, f"whole, in {Path(cache)}, {sum(file.size for file, _ in there):,} bytes")
