"""A store through which a worker puts only while its run holds the lease."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from jobs.rows import NOTHING_STATED, Facts
from jobs.storage.retry import asking
from jobs.storage.store import OCTETS, Beside, Blob, Listed, Store


class Guard(Protocol):
    """Knows whether this process may put."""

    def check(self) -> None:
        """Raises `WorldError` where it may not."""
        ...


class LeasedStore:
    """A `Store` whose verbs that change something ask a guard first, and before each try: they raise as its `check` does."""

    def __init__(self, store: Store, guard: Guard) -> None:
        self._store = store
        self._guard = guard

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        """See `Store.read`."""
        return self._store.read(uri, stated, admit)

    def open(self, uri: str) -> BinaryIO:
        """See `Store.open`."""
        return self._store.open(uri)

    def write(self, uri: str, data: bytes, content_type: str = OCTETS, beside: Beside = None) -> None:
        """See `Store.write`."""
        self._guard.check()
        with asking(self._guard.check):
            self._store.write(uri, data, content_type, beside)

    def create(self, uri: str, data: bytes, content_type: str = OCTETS) -> None:
        """See `Store.create`."""
        self._guard.check()
        with asking(self._guard.check):
            self._store.create(uri, data, content_type)

    def stat(self, uri: str) -> Facts:
        """See `Store.stat`."""
        return self._store.stat(uri)

    def list(self, prefix: str) -> Iterator[Listed]:
        """See `Store.list`."""
        return self._store.list(prefix)

    def delete(self, uri: str) -> None:
        """See `Store.delete`."""
        self._guard.check()
        with asking(self._guard.check):
            self._store.delete(uri)

    def flush(self, uri: str) -> None:
        """See `Store.flush`."""
        self._store.flush(uri)
