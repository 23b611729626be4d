"""The file of findings: CSV, one row each, a header first; and which outputs it says are to be made again."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable
from typing import IO

import pyarrow as pa

from jobs.errors import PreflightError, StorageError, UsageError, WorldError
from jobs.settings import checked_place
from jobs.shown import shown
from jobs.storage.store import Store
from jobs.storage.uri import absolute
from jobs.verify.findings import KINDS, Finding

_HEADER = ("output_uri", "finding", "expected", "found")
_DISK = "file://"


class FindingsFile:
    """Takes findings. Names that are no UTF-8 are written as the bytes that they are.

    Args:
        file: of text, without translation of line ends; None to take them nowhere.
        whole: given all of its bytes at the end; None where the file is the place itself.
    """

    def __init__(self, file: io.TextIOWrapper | None, whole: Callable[[bytes], None] | None = None) -> None:
        self._file, self._whole = file, whole
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
            raise _full(error) from error

    def close(self) -> None:
        """Puts it where it goes.

        Raises:
            StorageError, WorldError: that takes it no more.
        """
        if self._file is None:
            return
        try:
            with self._file as file:
                file.flush()
                if self._whole is not None:
                    file.seek(0)
                    self._whole(bytes(file.buffer.read()))
        except OSError as error:
            raise _full(error) from error


def open_findings(place: str | None, store: Store) -> FindingsFile:
    """The file at a path or URI; one that takes findings nowhere for None.

    On disk it grows as findings come, so that they are there after a kill. Elsewhere it is put as it is closed.

    Raises:
        UsageError: no store can have it.
        PreflightError: it can't be written.
    """
    if place is None:
        return FindingsFile(None)
    uri = absolute(checked_place(place))
    try:
        if uri.startswith(_DISK):
            return FindingsFile(_text(open(uri.removeprefix(_DISK), "wb")))  # noqa: PTH123 - closed by `close`
        store.write(uri, b"", "text/csv")
    except OSError as error:
        raise _refused(place, error.strerror or error) from error
    except (StorageError, WorldError) as error:
        raise _refused(place, error) from error
    return FindingsFile(_text(tempfile.TemporaryFile()), lambda data: store.write(uri, data, "text/csv"))


def damaged(place: str, store: Store) -> pa.StringArray:
    """The outputs that a file of findings names and that are to be made again.

    Raises:
        UsageError: it is no such file, or no store can have it.
        PreflightError: it can't be read.
    """
    try:
        text = store.read(absolute(checked_place(place))).data.decode("utf-8", "surrogateescape")
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the findings {shown(place)} can't be read: {error}") from error
    rows = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(rows, ())) != _HEADER:
        raise UsageError(
            f"{shown(place)} is no file that `colorizer verify -o` wrote: its header is not {','.join(_HEADER)}"
        )
    mended = {name for name, kind in KINDS.items() if kind.is_mended}
    return pa.array([row[0] for row in rows if len(row) == len(_HEADER) and row[1] in mended], pa.string())


def _text(file: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")


def _refused(place: str, why: object) -> PreflightError:
    return PreflightError(f"the findings can't be written to {shown(place)}: {why}")


def _full(error: OSError) -> WorldError:
    return WorldError("DISK_FAILED", f"the findings can't be written: {error.strerror or error}")
