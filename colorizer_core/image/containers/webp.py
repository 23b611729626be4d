"""WebP's RIFF chunks (RFC 9649): ICCP, EXIF and XMP, for which a VP8X chunk must stand in front."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from colorizer_core.errors import EncodeFailed
from colorizer_core.image.containers.packets import Packets

_ICC, _ALPHA, _EXIF, _XMP = 0x20, 0x10, 0x08, 0x04  # flags of VP8X
_OURS = {b"VP8X", b"ICCP", b"EXIF", b"XMP "}
_WRAPPED = b"Exif\0\0"


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    size: int
    end: int


def read(data: bytes) -> Packets:
    """What its chunks hold; never raises."""
    found: dict[bytes, bytes] = {}
    for kind, start, size, _ in _chunks(data):
        if kind in _OURS:
            found.setdefault(kind, data[start + 8 : start + 8 + size])
    exif = found.get(b"EXIF")
    return Packets(exif and exif.removeprefix(_WRAPPED), found.get(b"XMP "), None, found.get(b"ICCP"), None)


def write(data: bytes, packets: Packets) -> bytes:
    """The file with these packets in place of its own. It has no place for IPTC-IIM, nor for a resolution outside EXIF.

    Raises:
        EncodeFailed: `data` is no WebP.
    """
    chunks = list(_chunks(data))
    flags, width, height = _canvas(data, chunks)
    new: list[bytes | memoryview] = []
    if packets.icc:
        flags |= _ICC
        new.append(_chunk(b"ICCP", packets.icc))
    whole = memoryview(data)
    new += [whole[chunk.start : chunk.end] for chunk in chunks if chunk.kind not in _OURS]
    if packets.exif:
        flags |= _EXIF
        new.append(_chunk(b"EXIF", packets.exif))
    if packets.xmp:
        flags |= _XMP
        new.append(_chunk(b"XMP ", packets.xmp))
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = [b"WEBP", _chunk(b"VP8X", struct.pack("<I", flags) + sides), *new]
    return b"".join([b"RIFF", struct.pack("<I", sum(map(len, body))), *body])


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """The chunks, as far as they are whole; of a last one the byte that makes it even may be missing."""
    at = 12 if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else len(data)
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        if at + 8 + size > len(data):
            return
        end = at + 8 + size + size % 2
        yield _Chunk(data[at : at + 4], at, size, end)
        at = end


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _canvas(data: bytes, chunks: list[_Chunk]) -> tuple[int, int, int]:
    """The flag for alpha, width and height, by the first chunk: VP8X's own, or the bitstream's header."""
    kind, start, size, _ = chunks[0] if chunks else _Chunk(b"", 0, 0, 0)
    body = data[start + 8 : start + 8 + size]
    if kind == b"VP8X" and size >= 10:
        sides = [int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7)]
        return body[0] & _ALPHA, sides[0], sides[1]
    if kind == b"VP8 " and size >= 10:
        width, height = struct.unpack_from("<HH", body, 6)
        return 0, width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and size >= 5:
        bits = struct.unpack_from("<I", body, 1)[0]
        return _ALPHA if bits >> 28 & 1 else 0, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise EncodeFailed("webp: the encoder wrote no WebP")
