"""A file that a command writes as a stream: to a path whole or not at all, to a URI at its end, or to standard output."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from jobs.errors import PreflightError, StorageError, WorldError
from jobs.settings import checked_place
from jobs.shown import shown
from jobs.storage.store import Store
from jobs.storage.uri import absolute

STDOUT = "-"


@contextmanager
def written_file(target: str, store: Store, content_type: str) -> Iterator[BinaryIO]:
    """A stream for the bytes of `target`.

    On disk they wait beside it under another name, in folders that are made where they are missing; a pipe or a device takes
    them as they come. An object in a store takes its bytes at once: for it they wait in a temporary file, and are in memory
    while they are put. What is raised while they are made is raised as it is, but for the system's errors.

    Args:
        target: a path, a URI, or `-`.
        store: takes an object.
        content_type: of the object.

    Raises:
        UsageError: no store can have it.
        PreflightError: it can't be written.
    """
    if target == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    uri = absolute(checked_place(target))
    try:
        if uri.startswith("file://"):
            with _on_disk(Path(uri.removeprefix("file://"))) as file:
                yield file
            return
        with TemporaryFile(prefix="colorizer-") as file:
            yield file
            file.seek(0)
            _put(store, uri, file.read(), content_type, target)
    except OSError as error:
        raise PreflightError(f"{shown(target)} can't be written: {error.strerror or error}") from error


def _put(store: Store, uri: str, data: bytes, content_type: str, target: str) -> None:
    try:
        store.write(uri, data, content_type)
    except (StorageError, WorldError) as error:
        raise PreflightError(f"{shown(target)} can't be written: {error}") from error


@contextmanager
def _on_disk(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".colorizer-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
