"""One store for all URIs: each goes to disk, S3 or memory by its scheme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from threading import Lock
from typing import BinaryIO

from jobs.errors import UsageError
from jobs.rows import NOTHING_STATED, Facts
from jobs.storage.disk import DiskStore
from jobs.storage.memory import MemoryStore
from jobs.storage.settings import StoreSettings
from jobs.storage.store import OCTETS, Beside, Blob, Listed, Store

_MEMORY = MemoryStore()  # what is put in memory is found by every store of the process, as on disk and in S3


def open_stores(settings: StoreSettings) -> Store:
    """A store for `file://`, `s3://` and `mem://`. Nothing is connected to before the first URI that needs it.

    Its methods raise `UsageError` for any other scheme.
    """
    return _Stores(
        {"file": partial(DiskStore, settings.scratch), "s3": partial(_open_s3, settings), "mem": lambda: _MEMORY}
    )


def _open_s3(settings: StoreSettings) -> Store:
    from jobs.storage.s3 import S3Store  # 0.3 s of boto3, which a run on disk does without

    return S3Store(settings)


class _Stores:
    """A `Store` that asks the one of each URI's scheme, built when it is first needed."""

    def __init__(self, builders: dict[str, Callable[[], Store]]) -> None:
        self._builders = builders
        self._built: dict[str, Store] = {}
        self._lock = Lock()

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        """See `Store.read`."""
        return self._of(uri).read(uri, stated, admit)

    def open(self, uri: str) -> BinaryIO:
        """See `Store.open`."""
        return self._of(uri).open(uri)

    def write(self, uri: str, data: bytes, content_type: str = OCTETS, beside: Beside = None) -> None:
        """See `Store.write`."""
        self._of(uri).write(uri, data, content_type, beside)

    def create(self, uri: str, data: bytes, content_type: str = OCTETS) -> None:
        """See `Store.create`."""
        self._of(uri).create(uri, data, content_type)

    def stat(self, uri: str) -> Facts:
        """See `Store.stat`."""
        return self._of(uri).stat(uri)

    def list(self, prefix: str) -> Iterator[Listed]:
        """See `Store.list`."""
        return self._of(prefix).list(prefix)

    def delete(self, uri: str) -> None:
        """See `Store.delete`."""
        self._of(uri).delete(uri)

    def flush(self, uri: str) -> None:
        """See `Store.flush`."""
        self._of(uri).flush(uri)

    def _of(self, uri: str) -> Store:
        scheme, colon, _ = uri.partition("://")
        if not colon or scheme not in self._builders:
            known = ", ".join(f"{name}://" for name in self._builders)
            raise UsageError(f"no store for {uri}: known are {known}")
        with self._lock:
            if scheme not in self._built:
                self._built[scheme] = self._builders[scheme]()
            return self._built[scheme]
