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

    On disk they wait beside it under another name. An object in a store takes its bytes at once: for it they wait in a
    temporary file, and are in memory while they are put.

    Args:
        target: a path, a URI, or `-`.
        store: takes an object.
        content_type: of the object.

    Raises:
        PreflightError: it can't be written.
    """
    if target == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    uri = absolute(checked_place(target))
    try:
        if uri.startswith("file://"):
            with _beside(Path(uri.removeprefix("file://"))) as file:
                yield file
            return
        with TemporaryFile(prefix="colorizer-") as file:
            yield file
            file.seek(0)
            store.write(uri, file.read(), content_type)
    except (StorageError, WorldError) as error:
        raise PreflightError(f"{shown(target)} can't be written: {error}") from error
    except OSError as error:
        raise PreflightError(f"{shown(target)} can't be written: {error.strerror or error}") from error


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
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
