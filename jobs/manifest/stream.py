"""Bytes of a manifest: the first ones looked at and given back, gzip and zstd unpacked as they are read."""

from __future__ import annotations

import io
from typing import BinaryIO, Literal

import pyarrow as pa

from jobs.errors import ManifestError, StorageError

Compression = Literal["gzip", "zstd"]

_MAGIC: dict[bytes, Compression] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_BLOCK = 1 << 20
HEAD = 1 << 16
"""Bytes that are looked at before a manifest's format is known."""


def compression_of(head: bytes) -> Compression | None:
    """What the first bytes say the rest is packed with."""
    return next((codec for magic, codec in _MAGIC.items() if head.startswith(magic)), None)


class Stream:
    """A manifest's bytes, read forward once.

    Whatever stops it before its end (a damaged or cut-off archive, a store that gives up) is a `ManifestError`;
    `WorldError`s pass.
    """

    def __init__(self, source: BinaryIO, name: str) -> None:
        """Reads the first bytes of `source`, unpacks what they say is packed, and looks at the first unpacked ones."""
        self._source, self._name = source, name
        self._read = source.read
        self.compression: Compression | None = None
        packed = self._fill(HEAD)
        self._read = _Rewound(packed, source).read
        self.compression = compression_of(packed)
        if self.compression is not None:
            rewound = pa.PythonFile(_Rewound(packed, source), mode="r")
            self._read = pa.CompressedInputStream(rewound, self.compression).read
        self.head = self._fill(HEAD)
        self._looked_at = self.head

    def read(self, size: int = _BLOCK) -> bytes:
        """The next bytes, at most `size` or the first ones; none at the end."""
        if self._looked_at:
            first, self._looked_at = self._looked_at, b""
            return first
        return self._next(size)

    def close(self) -> None:
        """Closes the source."""
        self._source.close()

    def _fill(self, size: int) -> bytes:
        whole = bytearray()
        while len(whole) < size and (block := self._next(size - len(whole))):
            whole += block
        return bytes(whole)

    def _next(self, size: int) -> bytes:
        try:
            return self._read(size)
        except (OSError, StorageError) as bad:
            packed = f"; its {self.compression} stream is damaged or cut short" if self.compression else ""
            raise ManifestError(f"{self._name} can't be read to its end{packed}: {bad}") from bad


class _Rewound(io.RawIOBase):
    """A stream with the bytes that were already taken from it put back in front."""

    def __init__(self, head: bytes, source: BinaryIO) -> None:
        super().__init__()
        self._head, self._source = io.BytesIO(head), source

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._head.read(size) or self._source.read(size)
