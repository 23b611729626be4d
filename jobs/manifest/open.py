"""Opens a manifest: finds its format and compression and gives its rows, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from jobs.errors import ManifestError, StorageError, UsageError
from jobs.manifest.delimited import read_csv, read_tsv
from jobs.manifest.format import (
    Format,
    check_compression,
    check_head,
    checked_format,
    named_format,
    sniffed_format,
)
from jobs.manifest.jsonlines import read_jsonlines
from jobs.manifest.parquet import read_parquet, read_parquet_file
from jobs.manifest.place import BadField, Place
from jobs.manifest.stream import Stream
from jobs.manifest.text import read_text
from jobs.rows import ManifestRow
from jobs.storage.store import Store

STDIN = "-"

_READERS: dict[Format, Callable[[Stream, Place], Iterator[ManifestRow]]] = {
    "txt": read_text,
    "csv": read_csv,
    "tsv": read_tsv,
    "jsonl": read_jsonlines,
    "parquet": read_parquet,
}


def read_manifest(
    source: str,
    store: Store,
    *,
    format: str | None = None,  # noqa: A002 (the name of the option)
    stdin: BinaryIO | None = None,
) -> Iterator[ManifestRow]:
    """The rows of a manifest, in its order, never all of them in memory.

    Relative paths start at the manifest's own folder on disk, at the working folder for standard input; in a manifest
    in object storage they are an error.

    Args:
        source: a path, a URI, or `-` for standard input.
        store: reads it.
        format: txt, csv, tsv, jsonl or parquet; None: by its name, else by its first bytes. gzip and zstd are known
            by theirs.
        stdin: standard input.

    Raises:
        UsageError: there is no such format.
        ManifestError: it can't be opened (raised at once), or one of its lines is bad (raised on the way).
    """
    asked = None if format is None else checked_format(format)
    if source == STDIN:
        if stdin is None:
            raise UsageError("the manifest is -, and there is no standard input")
        return _rows(stdin, STDIN, Place("standard input", str(Path.cwd())), asked)
    uri = source_uri(source)
    path = uri.removeprefix("file://")
    place = Place(source, path.rpartition("/")[0] or "/") if path != uri else Place(source, None)
    return _rows(_opened(uri, store, source), uri, place, asked)


def source_uri(source: str) -> str:
    """The absolute URI of what the command line names: relative paths start at the working folder."""
    try:
        return Place(source, str(Path.cwd())).uri(source)
    except BadField as bad:
        raise UsageError(str(bad)) from None


def _opened(uri: str, store: Store, name: str) -> BinaryIO:
    try:
        return store.open(uri)
    except StorageError as bad:
        raise ManifestError(f"the manifest {name} can't be read: {bad}") from bad


def _rows(source: BinaryIO, name: str, place: Place, asked: Format | None) -> Iterator[ManifestRow]:
    stream = Stream(source, place.name)
    check_compression(name, stream.compression)
    found = asked or named_format(name) or sniffed_format(stream.head)
    check_head(place.name, found, stream.head)
    if found != "parquet":
        return _closing(stream, _READERS[found](stream, place))
    place = Place(place.name, place.base, unit="row")
    if stream.compression is None and name.startswith("file://") and source.seekable():
        return _closing(stream, read_parquet_file(source, place))
    return _closing(stream, read_parquet(stream, place))


def _closing(stream: Stream, rows: Iterator[ManifestRow]) -> Iterator[ManifestRow]:
    with closing(stream):
        yield from rows
