"""Objects that are files: `file:///…`, on a disk or on whatever is mounted."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from jobs.errors import AlreadyThere, InvalidName, NotAFile, SourceChanged
from jobs.rows import NOTHING_STATED, Facts
from jobs.shown import shown
from jobs.storage.changed import refuse_changed
from jobs.storage.disk_errors import translate
from jobs.storage.settings import Scratch
from jobs.storage.store import Beside, Blob, Listed, Verb
from jobs.storage.temporary import Occupied, link_new, place
from jobs.storage.walk import walk

_SCHEME = "file://"
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK  # or a pipe blocks until somebody writes to it


class DiskStore:
    """A `Store` of regular files. They have the permissions that the umask leaves, and are never seen half written."""

    def __init__(self, scratch: tuple[Scratch, ...] = ()) -> None:
        self._scratch = sorted(scratch, key=lambda one: len(one.root), reverse=True)

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        """See `Store.read`. A file that is written to while it is read is `SourceChanged` too."""
        with self.open(uri) as file:
            before = os.fstat(file.fileno())
            refuse_changed(uri, stated, _facts(before))
            if admit:
                admit(before.st_size)
            with _told(uri, "read"):
                data = file.read(before.st_size + 1)
                after = os.fstat(file.fileno())
        if len(data) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise SourceChanged(f"SOURCE_CHANGED: it was written to while it was read: {shown(uri)}")
        return Blob(data, _facts(before))

    def open(self, uri: str) -> BinaryIO:
        """See `Store.open`."""
        with _told(uri, "read"):
            descriptor = os.open(_path(uri), _OPEN)
            if S_ISREG(os.fstat(descriptor).st_mode):
                return os.fdopen(descriptor, "rb")
            os.close(descriptor)
        raise _no_file(uri)

    def write(self, uri: str, data: bytes, content_type: str = "", beside: Beside = None) -> None:  # noqa: ARG002 - files have none
        """See `Store.write`."""
        with _told(uri, "write"):
            place(data, _path(uri), self._temporary_folders(uri), os.replace)

    def create(self, uri: str, data: bytes, content_type: str = "") -> None:  # noqa: ARG002 - files have none
        """See `Store.create`."""
        try:
            with _told(uri, "write"):
                place(data, _path(uri), self._temporary_folders(uri), link_new, sync=True)
        except Occupied:
            if self.stat(uri).size != len(data) or self.read(uri).data != data:
                raise AlreadyThere(f"there is one with other bytes: {shown(uri)}") from None

    def stat(self, uri: str) -> Facts:
        """See `Store.stat`."""
        with _told(uri, "read"):
            found = Path(_path(uri)).stat()
        if not S_ISREG(found.st_mode):
            raise _no_file(uri)
        return _facts(found)

    def list(self, prefix: str) -> Iterator[Listed]:
        """See `Store.list`. A folder that is gone is `NotFound`; one that can't be listed is never an empty one."""
        root = prefix.removesuffix("/")
        with _told(prefix, "read"):
            for name, found in walk(os.fsencode(_path(root + "/").rstrip("/"))):
                yield Listed(f"{root}/{os.fsdecode(name)}", _facts(found))

    def delete(self, uri: str) -> None:
        """See `Store.delete`."""
        with _told(uri, "write"):
            try:
                Path(_path(uri)).unlink()
            except (FileNotFoundError, NotADirectoryError):
                return

    def flush(self, uri: str) -> None:
        """See `Store.flush`. One call for the whole filesystem, however many files: ask once per part, not per file."""
        with _told(uri, "write"):
            try:
                descriptor = os.open(_path(uri), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return  # nothing was written below it
            try:
                _sync_filesystem(descriptor)
            finally:
                os.close(descriptor)

    def _temporary_folders(self, uri: str) -> tuple[str, ...]:
        own = str(Path(_path(uri)).parent)
        for scratch in self._scratch:
            if uri.startswith(scratch.root.rstrip("/") + "/"):
                return (_path(scratch.folder), own)
        return (own,)


def _path(uri: str) -> str:
    path = uri.removeprefix(_SCHEME)
    if not path.startswith("/") or "\0" in path:
        raise InvalidName(f"INVALID_NAME: no path of a file: {shown(uri)}")
    return path


def _facts(found: os.stat_result) -> Facts:
    return Facts(size=found.st_size, mtime=found.st_mtime_ns // 10**9)


def _no_file(uri: str) -> NotAFile:
    return NotAFile(f"NOT_A_FILE: a folder, a pipe or a device: {shown(uri)}")


@contextmanager
def _told(uri: str, verb: Verb) -> Iterator[None]:
    """The system's errors in Colorizer's words."""
    try:
        yield
    except OSError as error:
        raise translate(error, uri, verb) from error
    except UnicodeEncodeError:
        raise InvalidName(f"INVALID_NAME: no file can have this name: {shown(uri)}") from None


def _sync_filesystem(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):
        os.sync()
    elif libc.syncfs(descriptor):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
