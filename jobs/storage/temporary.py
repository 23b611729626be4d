"""Files that appear whole or not at all: written under another name, for nobody else to read, then given theirs."""

from __future__ import annotations

import errno
import itertools
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

_BEFORE, _AFTER = ".colorizer-", ".tmp"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_OWN = f"{os.getpid():x}-{secrets.token_hex(8)}"  # of this process alone, on whatever machine
_numbers = itertools.count()
Made = TypeVar("Made")
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class Occupied(Exception):
    """There is a file of that name."""


def is_temporary(name: bytes) -> bool:
    """Whether a file of this name is one that is being written."""
    return name.startswith(_BEFORE.encode()) and name.endswith(_AFTER.encode())


def sweep(folder: str) -> None:
    """Removes the temporary files that killed processes left in `folder`; for whoever alone may write there."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(os.fsencode(entry.name)):
                with suppress(FileNotFoundError):
                    Path(entry.path).unlink()


def place(data: bytes, path: str, folders: Sequence[str], move: Callable[[str, str], None], sync: bool = False) -> None:
    """Writes `data` into a temporary file in the first of `folders` from which `move(temporary, path)` can take it.

    With `sync` it is on the disk, under its name, when this returns: after a power cut there is no empty file in its place.

    Folders are made where they are missing; the temporary file is gone afterwards, whatever happens. It has the
    permissions of a new file only once it is whole.

    Raises:
        OSError: as the system gives it.
        Occupied: as `move` gives it.
    """
    *elsewhere, last = folders
    if not any(_moved(folder, data, path, move, sync) for folder in elsewhere):
        _through(last, data, path, move, sync)


def link_new(temporary: str, path: str) -> None:
    """Moves a file to its name if nothing else has it, in one step where the filesystem has links.

    Without links the name is claimed by an empty file first, which another process may see for a moment.

    Raises:
        Occupied: something has it.
    """
    try:
        try:
            Path(path).hardlink_to(temporary)
            Path(temporary).unlink()
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.close(os.open(path, _NEW, 0o666))
            Path(temporary).replace(path)
    except FileExistsError:
        raise Occupied(path) from None


def _moved(folder: str, data: bytes, path: str, move: Callable[[str, str], None], sync: bool) -> bool:
    """Whether `folder` is on the filesystem of `path`."""
    try:
        _through(folder, data, path, move, sync)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _through(folder: str, data: bytes, path: str, move: Callable[[str, str], None], sync: bool) -> None:
    temporary = f"{folder}/{_BEFORE}{_OWN}-{next(_numbers)}{_AFTER}"
    descriptor = _below_made_folders(temporary, lambda: os.open(temporary, _NEW, 0o666))
    try:
        try:
            _write_private(descriptor, data)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _below_made_folders(path, lambda: move(temporary, path))
        if sync:
            _sync_names(str(Path(path).parent))
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


def _sync_names(folder: str) -> None:
    """Not every filesystem can do that for a folder; such a one says so."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, *_NO_LINKS):
            raise
    finally:
        os.close(descriptor)


def _below_made_folders(path: str, step: Callable[[], Made]) -> Made:
    """`step`, and again with the folders above `path` made if they were missing: nearly always they are there."""
    try:
        return step()
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return step()


def _write_private(descriptor: int, data: bytes) -> None:
    """Writes into a file that is still empty; until all is in it, its owner alone may open it.

    It was created open and is closed at once, because the kernel alone knows what it is to become: the umask can't be
    asked for without setting it, and a folder's default ACL stands above it.
    """
    permissions = os.fstat(descriptor).st_mode & 0o777
    os.fchmod(descriptor, permissions & 0o600)
    _write_all(descriptor, data)
    os.fchmod(descriptor, permissions)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
