"""An object's bytes as a file, over connections that break."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Protocol

from jobs.errors import ReadTimeout
from jobs.shown import shown
from jobs.storage.s3_errors import BROKEN

_TRIES = 4  # connections that bring no byte, one after the other


class Body(Protocol):
    """What a connection brings."""

    def read(self, amt: int | None = None) -> bytes:
        """The next bytes, at most `amt`."""
        ...

    def close(self) -> None:
        """Ends the connection if bytes are left."""
        ...


class ResumedBody(io.RawIOBase):
    """Reads one version of an object, and asks for the rest of it anew where a connection breaks.

    Args:
        uri: for messages.
        size: bytes.
        first: a connection that brings it from the beginning.
        reopen: a connection that brings the object from an offset on, in the same version.
    """

    def __init__(self, uri: str, size: int, first: Body, reopen: Callable[[int], Body]) -> None:
        super().__init__()
        self._uri, self._size, self._reopen = uri, size, reopen
        self._body: Body | None = first
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True: another place is another connection."""
        return True

    def tell(self) -> int:
        """Bytes from the beginning."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        target = max(0, base + offset)
        if target != self._position:
            self._drop()
            self._position = target
        return target

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands in
        """As of any file.

        Raises:
            ReadTimeout: connection after connection brings nothing.
        """
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        for _ in range(_TRIES):
            if data := self._next(wanted):
                buffer[: len(data)] = data
                self._position += len(data)
                return len(data)
        raise ReadTimeout(f"READ_TIMEOUT: the body breaks off at byte {self._position}: {shown(self._uri)}")

    def close(self) -> None:
        """Ends the connection."""
        self._drop()
        super().close()

    def _next(self, wanted: int) -> bytes:
        """Up to `wanted` bytes, none where the connection broke."""
        if self._body is None:
            self._body = self._reopen(self._position)
        try:
            data = self._body.read(wanted)
        except BROKEN:
            data = b""
        if not data:
            self._drop()
        return data

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
