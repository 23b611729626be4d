"""The file of findings: CSV, one row each, a header first."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from jobs.errors import PreflightError, StorageError, WorldError
from jobs.shown import shown
from jobs.storage.store import Store
from jobs.storage.uri import absolute
from jobs.verify.findings import Finding

_HEADER = ("output_uri", "finding", "expected", "found")
_DISK = "file://"


class FindingsFile:
    """Takes findings. Names that are no UTF-8 are written as the bytes that they are."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file
        self._writer = None if file is None else csv.writer(file, lineterminator="\n")
        if self._writer is not None:
            self._writer.writerow(_HEADER)

    def add(self, findings: Iterable[Finding]) -> None:
        """Some more.

        Raises:
            WorldError: the disk takes no more.
        """
        if self._writer is None or self._file is None:
            return
        try:
            self._writer.writerows((one.output_uri, one.name, one.expected, one.found) for one in findings)
            self._file.flush()
        except OSError as error:
            raise WorldError("DISK_FAILED", f"the findings can't be written: {error.strerror or error}") from error


@contextmanager
def findings_file(place: str | None, store: Store) -> Iterator[FindingsFile]:
    """The file, a path or URI; one that takes findings nowhere for None.

    On disk it grows as findings come, so that they are there after a kill. Elsewhere it is put as the block ends.

    Raises:
        PreflightError: it can't be written.
    """
    if place is None:
        yield FindingsFile(None)
    elif (uri := absolute(place)).startswith(_DISK):
        with _opened(uri.removeprefix(_DISK)) as file:
            yield FindingsFile(file)
    else:
        _put(store, uri, b"")
        with _temporary() as file:
            findings = FindingsFile(file)
            try:
                yield findings
            finally:
                file.seek(0)
                _put(store, uri, file.buffer.read())  # type: ignore[attr-defined]  # a text file's own bytes


def _opened(path: str) -> IO[str]:
    try:
        return open(path, "w", encoding="utf-8", errors="surrogateescape", newline="")  # noqa: PTH123
    except OSError as error:
        raise PreflightError(f"the findings can't be written to {shown(path)}: {error.strerror or error}") from error


def _temporary() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape", newline="")


def _put(store: Store, uri: str, data: bytes) -> None:
    try:
        store.write(uri, data, "text/csv")
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the findings can't be written to {shown(uri)}: {error}") from error
