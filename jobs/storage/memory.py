"""Objects in this process, for tests: `mem://bucket/key`. Behaves as a bucket does."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import BinaryIO

from jobs.errors import AlreadyThere, NotFound
from jobs.rows import NOTHING_STATED, Facts
from jobs.shown import shown
from jobs.storage.changed import refuse_changed
from jobs.storage.store import Beside, Blob, Listed


class MemoryStore:
    """A `Store` that forgets everything with its process. A bucket is there while something is in it."""

    def __init__(self) -> None:
        self._blobs: dict[str, Blob] = {}
        self._lock = Lock()

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        """See `Store.read`."""
        blob = self._find(uri)
        refuse_changed(uri, stated, blob.facts)
        if admit:
            admit(len(blob.data))
        return blob

    def open(self, uri: str) -> BinaryIO:
        """See `Store.open`."""
        return io.BytesIO(self._find(uri).data)

    def write(self, uri: str, data: bytes, content_type: str = "", beside: Beside = None) -> None:  # noqa: ARG002 - not kept
        """See `Store.write`."""
        with self._lock:
            self._blobs[uri] = _blob(data)

    def create(self, uri: str, data: bytes, content_type: str = "") -> None:  # noqa: ARG002 - not kept
        """See `Store.create`."""
        blob = _blob(data)
        with self._lock:
            there = self._blobs.setdefault(uri, blob)
        if there.data != blob.data:
            raise AlreadyThere(f"there is one with other bytes: {shown(uri)}")

    def stat(self, uri: str) -> Facts:
        """See `Store.stat`."""
        return self._find(uri).facts

    def list(self, prefix: str) -> Iterator[Listed]:
        """See `Store.list`. The listing is of one moment."""
        with self._lock:
            blobs = dict(self._blobs)
        bucket = "/".join(prefix.split("/")[:3]) + "/"
        if not any(uri.startswith(bucket) for uri in blobs):
            raise NotFound(f"NOT_FOUND: nothing was put there: {shown(bucket)}")
        for uri in sorted(blobs, key=lambda uri: uri.encode("utf-8", "surrogateescape")):
            if uri.startswith(prefix):
                yield Listed(uri, blobs[uri].facts)

    def delete(self, uri: str) -> None:
        """See `Store.delete`."""
        with self._lock:
            self._blobs.pop(uri, None)

    def flush(self, uri: str) -> None:
        """Nothing here survives a power cut."""

    def _find(self, uri: str) -> Blob:
        with self._lock:
            blob = self._blobs.get(uri)
        if blob is None:
            raise NotFound(f"NOT_FOUND: there is no such object: {shown(uri)}")
        return blob


def _blob(data: bytes) -> Blob:
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return Blob(data, Facts(etag=etag, size=len(data), mtime=int(time.time())))
