"""An object's bytes on their way: whole ones in and out, and a file over connections that break.

Whatever is waited for is bounded twice: a byte must come within the connection's timeout, and all of them in their time.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from jobs.errors import ReadTimeout
from jobs.shown import shown
from jobs.storage.retry import Deadline
from jobs.storage.s3_errors import BROKEN, BadAnswer, BrokeOff, TooSlow

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_PIECE = 1 << 18
_STRETCH = 1 << 20  # bytes of a stream that may take as long as an object


class Body(Protocol):
    """What a connection brings."""

    def read1(self, amt: int | None = None) -> bytes:
        """The bytes that have come, at most `amt`; waits only for the first of them. None at the end."""
        ...

    def close(self) -> None:
        """Ends the connection if bytes are left."""
        ...


def body_of(reply: GetObjectOutputTypeDef) -> Body:
    """The connection itself: botocore's wrapper of it can't be asked for what has come so far."""
    body: Body = reply["Body"].__enter__()  # type: ignore[assignment]  # urllib3's response
    return body


def receive(body: Body, size: int, md5: str | None, deadline: Deadline) -> bytes:
    """All bytes of an object, and no others.

    Args:
        body: a connection that brings them.
        size: how many they are.
        md5: theirs in hexadecimal, where it is known.
        deadline: of the object.

    Raises:
        BrokeOff: there are fewer.
        BadAnswer: they are others.
        TooSlow: they did not come in time.
    """
    digest = hashlib.md5(usedforsecurity=False) if md5 else None
    gathered = io.BytesIO()  # gives its bytes without a copy of them
    while gathered.tell() < size:
        piece = body.read1(min(_PIECE, size - gathered.tell()))
        if not piece:
            raise BrokeOff
        gathered.write(piece)
        if digest:
            digest.update(piece)  # while the next ones are on their way
        if deadline.is_over():
            raise TooSlow
    if digest and digest.hexdigest() != md5:
        raise BadAnswer("the bytes are not those that the ETag names")
    return gathered.getvalue()


class Outgoing(io.BytesIO):
    """Bytes to be sent, in pieces: each has the connection's timeout, which all of them together would not meet."""

    def __init__(self, data: bytes, deadline: Deadline) -> None:
        super().__init__(data)
        self._deadline = deadline

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file.

        Raises:
            TooSlow: it takes longer than it may.
        """
        if self._deadline.is_over():
            raise TooSlow
        return super().read(size)


class ResumedBody(io.RawIOBase):
    """Reads one version of an object, and asks for the rest of it anew where a connection breaks.

    Args:
        uri: for messages.
        size: bytes.
        first: a connection that brings it from the beginning.
        reopen: a connection that brings the object from an offset on, in the same version.
        waits: waits after the given number of connections that brought nothing; False if there were enough of them.
        patience: seconds that 1 MiB may take. The time between two reads is the reader's.
    """

    def __init__(
        self,
        uri: str,
        size: int,
        first: Body,
        reopen: Callable[[int], Body],
        waits: Callable[[int], bool],
        patience: float,
    ) -> None:
        super().__init__()
        self._uri, self._size, self._reopen, self._waits, self._patience = uri, size, reopen, waits, patience
        self._body: Body | None = first
        self._position = 0
        self._waited, self._came = 0.0, 0

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
            ReadTimeout: connection after connection brings nothing, or they bring too little.
        """
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        begun, tries = time.monotonic(), 1
        while not (data := self._next(wanted)):
            if not self._waits(tries):
                raise ReadTimeout(f"READ_TIMEOUT: the body breaks off at byte {self._position}: {shown(self._uri)}")
            tries += 1
        buffer[: len(data)] = data
        self._position += len(data)
        self._count(len(data), time.monotonic() - begun)
        return len(data)

    def close(self) -> None:
        """Ends the connection."""
        self._drop()
        super().close()

    def _next(self, wanted: int) -> bytes:
        """Up to `wanted` bytes, none where the connection broke."""
        if self._body is None:
            self._body = self._reopen(self._position)
        try:
            data = self._body.read1(wanted)
        except BROKEN:
            data = b""
        if not data:
            self._drop()
        return data

    def _count(self, size: int, seconds: float) -> None:
        self._came += size
        self._waited += seconds
        if self._came >= _STRETCH:
            self._came, self._waited = 0, 0.0
        if self._waited > self._patience:
            raise ReadTimeout(f"READ_TIMEOUT: too slow at byte {self._position}: {shown(self._uri)}")

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
