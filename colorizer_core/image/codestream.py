"""What a JPEG 2000 codestream and a WebP state of their size, before a decoder takes memory for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

SIZ = b"\xff\x4f\xff\x51"
"""A JPEG 2000 codestream begins so (ITU-T T.800, A.4.1 and A.5.1)."""
_SIGNED = 0x80
_ANIMATED = 0x02  # of a VP8X chunk's flags


@dataclass(frozen=True, slots=True)
class Codestream:
    """Its size in pixels, its channels, and the bits of the first; `is_plain` where all are unsigned and of as many bits."""

    width: int
    height: int
    channels: int
    bits: int
    is_plain: bool


def codestream_at(data: bytes, at: int) -> Codestream | None:
    """The JPEG 2000 codestream that begins there; None where none does."""
    if at < 0 or len(data) < at + 44 or data[at : at + 4] != SIZ:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", data, at + 8)
    (channels,) = struct.unpack_from(">H", data, at + 40)
    precisions = set(data[at + 42 : at + 42 + 3 * channels : 3])
    is_plain = len(precisions) == 1 and not data[at + 42] & _SIGNED
    return Codestream(right - left, bottom - top, channels, (data[at + 42] & 0x7F) + 1, is_plain)


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP (RFC 9649, 2.4 to 2.7); None for an animation, and for what is none."""
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8X" and not data[20] & _ANIMATED:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
