"""A prefix or folder in place of a manifest: its listing, with the facts that the listing states."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jobs.errors import ManifestError, NotFound, UsageError
from jobs.manifest.format import named_compression, named_format
from jobs.manifest.open import STDIN, source_uri
from jobs.rows import ManifestRow
from jobs.storage.store import Store
from jobs.storage.uri import join


def is_prefix(source: str) -> bool:
    """Whether the command line names a prefix or folder to be listed, and not a manifest.

    A prefix ends in `/`; so may a folder on disk, but it need not.

    Raises:
        UsageError: a name in object storage that could be either.
    """
    if source == STDIN:
        return False
    if source.endswith("/"):
        return True
    path = source.removeprefix("file://")
    if "://" not in path:
        return Path(path).is_dir()
    if named_format(source) is None and named_compression(source) is None:
        raise UsageError(
            f"{source} may be a prefix or a manifest: write {source}/ to list what lies below it, or give the manifest "
            "an ending that says its format (.txt, .csv, .tsv, .jsonl or .parquet, plain or with .gz or .zst)"
        )
    return False


def list_prefix(prefix: str, store: Store) -> Iterator[ManifestRow]:
    """Everything below a prefix, in the order of the names; the markers of folders (keys that end in `/`) are left out.

    Args:
        prefix: a path or URI; a slash is added where it does not end in one.
        store: lists it.

    Raises:
        ManifestError: there is no such bucket or folder.
    """
    folder = prefix_uri(prefix)
    start = len(folder)
    number = 0
    try:
        for listed in store.list(folder):
            if not listed.uri.endswith("/"):
                number += 1
                yield ManifestRow(listed.uri, listed.facts, listed.uri[start:], None, None, number)
    except NotFound as bad:
        raise ManifestError(f"{prefix} can't be listed: {bad}") from bad


def prefix_uri(prefix: str) -> str:
    """The absolute URI of a prefix or folder, with a slash at its end.

    Raises:
        UsageError: it names no place that can be listed.
    """
    slashed = prefix if prefix.endswith("/") else f"{prefix}/"
    if "://" not in prefix:
        return join(source_uri(slashed), "")
    # The dot stands in for a name, so that a bucket as a whole passes as well.
    return source_uri(f"{slashed}.")[:-1]
