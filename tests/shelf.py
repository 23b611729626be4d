"""A store for tests of what reads and writes manifests: objects in a dictionary, `file://` on the disk."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from jobs.errors import AlreadyThere, NotFound
from jobs.rows import NOTHING_STATED, Facts
from jobs.storage.store import Blob, Listed


class Shelf:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.facts: dict[str, Facts] = {}
        self.reads: list[str] = []

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        self.reads.append(uri)
        if uri not in self.objects:
            raise NotFound(uri)
        return Blob(self.objects[uri], self.facts.get(uri, NOTHING_STATED))

    def open(self, uri: str) -> BinaryIO:
        if uri.startswith("file://"):
            try:
                return Path(uri[7:]).open("rb")
            except FileNotFoundError as bad:
                raise NotFound(str(bad)) from None
        return io.BytesIO(self.read(uri).data)

    def write(self, uri: str, data: bytes, content_type: str = "") -> None:
        self.objects[uri] = data

    def create(self, uri: str, data: bytes, content_type: str = "") -> None:
        if self.objects.setdefault(uri, data) != data:
            raise AlreadyThere(uri)

    def stat(self, uri: str) -> Facts:
        return self.read(uri).facts

    def list(self, prefix: str) -> Iterator[Listed]:
        found = sorted(uri for uri in self.objects if uri.startswith(prefix))
        if not found:
            raise NotFound(prefix)
        return (Listed(uri, self.facts.get(uri, NOTHING_STATED)) for uri in found)

    def delete(self, uri: str) -> None:
        self.objects.pop(uri, None)

    def flush(self, uri: str) -> None:
        return
