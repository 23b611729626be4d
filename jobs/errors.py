"""What can go wrong around a photograph: with its storage (a log row) or with the world (the run stops)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from colorizer_core.errors import ColorizerError, brief
from jobs.codes import WorldCode
from jobs.shown import shown


class StorageError(ColorizerError):
    """One object could not be read or written. `code` is the word that the log uses for it."""

    code: ClassVar[str] = "STORAGE_ERROR"


class NotFound(StorageError):
    """There is no such object (and only that: "cannot say" is another error)."""

    code = "NOT_FOUND"


class AccessDenied(StorageError):
    """This object is refused; others in its bucket may not be."""

    code = "ACCESS_DENIED"


class SourceChanged(StorageError):
    """The object is there, in another version than the manifest states."""

    code = "SOURCE_CHANGED"


class ChecksumMismatch(StorageError):
    """The object was read whole, and its bytes have another sum than the manifest states."""

    code = "CHECKSUM_MISMATCH"


class Archived(StorageError):
    """The object lies in an archive class (Glacier) and must be restored before it can be read."""

    code = "ARCHIVED"


class ReadTimeout(StorageError):
    """The store stopped sending."""

    code = "READ_TIMEOUT"


class WriteTimeout(StorageError):
    """The store stopped taking."""

    code = "WRITE_TIMEOUT"


class NoMemory(StorageError):
    """This process has no memory for the object's bytes."""

    code = "OUT_OF_MEMORY"


class Unavailable(StorageError):
    """The store answered with an error of its own (5xx, SlowDown), after retries."""

    code = "STORE_UNAVAILABLE"


class InvalidName(StorageError):
    """The store can't hold an object of this name (too long, say)."""

    code = "INVALID_NAME"


class NotAFile(StorageError):
    """The path is a folder, a pipe or a device."""

    code = "NOT_A_FILE"


class AlreadyThere(ColorizerError):
    """A create met an object that exists already."""


class WorldError(ColorizerError):
    """No row's fault: credentials, a bucket that is gone, an endpoint that is down, a full disk. The run drains and stops.

    It travels from workers to the driver, so it has no other arguments than those it was made with.

    Attributes:
        code: its row in the table of codes.
        reason: what was found and what to do, one line.
    """

    exit_code: ClassVar[int] = 4

    def __init__(self, code: WorldCode, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


@contextmanager
def log_trouble() -> Iterator[None]:
    """Around what is done to the log: an object of it that can't be read or written is no row's fault."""
    try:
        yield
    except StorageError as error:
        raise WorldError("LOG_UNWRITABLE", str(error)) from error


def damaged(uri: str, why: Exception) -> PreflightError:
    """A file of the log that can't be understood: it was put whole, so the store or the disk has lost something."""
    said = brief(why).rstrip(".")
    return PreflightError(
        f"a file of the log is damaged: {shown(uri)}: {said}. Restore it; or delete it while no run is active: the next run does "
        "again what it had answered"
    )


class LeaseLost(WorldError):
    """Another run has taken over the log or the output: this one puts nothing more. The message names it."""

    exit_code: ClassVar[int] = 6


class UsageError(ColorizerError):
    """The command is not one that can be run; the message says which would be."""

    exit_code: ClassVar[int] = 2


class PreflightError(ColorizerError):
    """Found before any work: something is missing, unreadable or contradictory. The message says what to do."""

    exit_code: ClassVar[int] = 5


class ActiveRun(PreflightError):
    """Another run is active on this log or output. The message names it."""

    exit_code: ClassVar[int] = 6


class StoppedEarly(PreflightError):
    """Somebody asked for a stop before there was any work. Nothing was done; run again to go on."""

    exit_code: ClassVar[int] = 75


class ManifestError(PreflightError):
    """A manifest, or a line of it, can't be read. The message has the line's number."""


class RefusedName(PreflightError):
    """A row's output can't have the name that the rules give it. The message has the source and the reason."""
