"""What the operating system's refusals mean: a row's error or the world's. Pure."""

from __future__ import annotations

import errno
import os

from colorizer_core.errors import ColorizerError
from jobs.codes import WorldCode
from jobs.errors import (
    AccessDenied,
    InvalidName,
    NotAFile,
    NotFound,
    ReadTimeout,
    StorageError,
    Unavailable,
    WorldError,
    WriteTimeout,
)
from jobs.shown import shown
from jobs.storage.store import Verb

_WORLD: dict[int, tuple[WorldCode, str]] = {
    errno.ENOSPC: ("STORE_FULL", "make room there, then run again"),
    errno.EDQUOT: ("STORE_FULL", "raise the quota or make room, then run again"),
    errno.EROFS: ("DISK_FAILED", "mount it writable, or choose another --out"),
    errno.ENOTCONN: ("DISK_FAILED", "mount it again, then run again"),
    errno.EMFILE: ("TOO_MANY_FILES", "raise `ulimit -n`, then run again"),
    errno.ENFILE: ("TOO_MANY_FILES", "raise fs.file-max, then run again"),
}
_EIO: tuple[WorldCode, str] = ("DISK_FAILED", "check the disk or mount, then run again")
_ROWS: dict[int, type[StorageError]] = {
    errno.ENOENT: NotFound,
    errno.EACCES: AccessDenied,
    errno.EPERM: AccessDenied,
    errno.ENAMETOOLONG: InvalidName,
    errno.EINVAL: InvalidName,
    errno.EILSEQ: InvalidName,
    errno.ENXIO: NotAFile,
}
_READ: dict[int, type[StorageError]] = {
    errno.ENOTDIR: NotFound,
    errno.ELOOP: NotFound,
    errno.EISDIR: NotAFile,
    errno.ETIMEDOUT: ReadTimeout,
    errno.ESTALE: ReadTimeout,
}
_WRITE: dict[int, type[StorageError]] = {
    errno.ENOTDIR: InvalidName,  # a file lies where the name wants a folder
    errno.EEXIST: InvalidName,
    errno.EISDIR: InvalidName,  # a folder lies where the name wants a file
    errno.ELOOP: InvalidName,
    errno.ETIMEDOUT: WriteTimeout,
    errno.ESTALE: WriteTimeout,
}


def translate(error: OSError, uri: str, verb: Verb) -> ColorizerError:
    """The error that `error` is for Colorizer, with one line of message.

    A read's EIO is one bad sector until many rows say so, and stays the row's; a write's is the disk's.
    """
    number = error.errno or 0
    reason = os.strerror(number) if number else str(error)
    world = _EIO if number == errno.EIO and verb == "write" else _WORLD.get(number)
    if world is not None:
        code, advice = world
        return WorldError(code, f"{reason}: {advice}: {shown(uri)}")
    kind = _ROWS.get(number) or (_READ if verb == "read" else _WRITE).get(number, Unavailable)
    return kind(f"{kind.code}: {reason}: {shown(uri)}")
