"""What every store guarantees. Object storage is not a filesystem: no folders, no append, no rename."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from jobs.rows import NOTHING_STATED, Facts

OCTETS = "application/octet-stream"
Verb = Literal["read", "write"]
"""What was tried of an object when it failed."""
Beside = Mapping[str, str] | None
"""What an object says of itself beside its bytes, in ASCII, where the store has a place for that."""


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of one object, and the facts of exactly the version that was read."""

    data: bytes
    facts: Facts


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing."""

    uri: str
    facts: Facts


class Store(Protocol):
    """Reads and writes whole objects by absolute URI. Safe to use from several threads.

    Every method may raise `WorldError` (no object's fault: credentials, bucket, endpoint, disk) and, for the one object,
    `AccessDenied`, `ReadTimeout` or `WriteTimeout`, `Unavailable`.
    """

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        """The whole object, in the version that `stated` names.

        `admit` is called once with the size in bytes, before the body is fetched; it may block (it is how a worker
        bounds its memory) and may raise to refuse.

        Raises:
            NotFound: there is none (and only then).
            SourceChanged: it is there in another version than stated.
            Archived: it must be restored first.
        """
        ...

    def open(self, uri: str) -> BinaryIO:
        """The object as a stream, for what is too large to hold (a manifest). Raises as `read` does."""
        ...

    def write(self, uri: str, data: bytes, content_type: str = OCTETS, beside: Beside = None) -> None:
        """Puts the object, whole or not at all, over what was there."""
        ...

    def create(self, uri: str, data: bytes, content_type: str = OCTETS) -> None:
        """Puts the object where there is none, whole or not at all.

        A create that meets its own bytes (a retry after a lost reply) has succeeded.

        Raises:
            AlreadyThere: there is one with other bytes.
        """
        ...

    def stat(self, uri: str) -> Facts:
        """The facts of the object without its bytes. Raises `NotFound` as `read` does."""
        ...

    def list(self, prefix: str) -> Iterator[Listed]:
        """Every object below `prefix` (a URI that ends in `/`), at any depth, in the order of their names.

        Raises:
            NotFound: the bucket or folder is not there (an empty one gives an empty listing).
        """
        ...

    def delete(self, uri: str) -> None:
        """Removes the object; none there is success."""
        ...

    def flush(self, uri: str) -> None:
        """Returns once everything written below `uri` before this call would survive a power cut."""
        ...
