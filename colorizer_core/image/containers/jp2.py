"""JPEG 2000's boxes (ITU-T T.800 Annex I): EXIF, XMP and IPTC-IIM in uuid boxes, resolution and ICC profile in the header's."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import NamedTuple

from colorizer_core.errors import EncodeFailed
from colorizer_core.image.containers.packets import INCH, Packets, Resolution, resolution_of

_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_EXIF = b"JpgTiffExif->JP2"
_RESOLUTIONS = (b"resc", b"resd")  # as it was captured, as it is to be shown
_OURS = {_XMP, _IPTC, _EXIF}
_WRAPPED = b"Exif\0\0"
_ENUMERATED, _RESTRICTED, _ANY = 1, 2, 3  # METH of a colr box: T.800 I.5.3.3; any profile: T.801 Annex M
_LONGEST = 16 << 20  # of a profile; the largest of printing presses have 3 MB


class _Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    end: int


def read(data: bytes) -> Packets:
    """What its boxes hold; never raises. A codestream without boxes holds nothing."""
    found: dict[bytes, bytes] = {}
    resolution = icc = None
    for kind, _, body, end in _boxes(data, 0 if data.startswith(_SIGNATURE) else len(data), len(data)):
        if kind == b"uuid" and data[body : body + 16] in _OURS:
            found.setdefault(data[body : body + 16], data[body + 16 : end])
        elif kind == b"jp2h":
            resolution = resolution or _resolution(data, body, end)
            icc = icc or _profile(data, body, end)
    exif = found.get(_EXIF)
    return Packets(exif and exif.removeprefix(_WRAPPED), found.get(_XMP), found.get(_IPTC), icc, resolution)


def without_conversion(data: bytes) -> bytes:
    """The file for a decoder that would convert colours by its profile: OpenJPEG's heed a restricted one, and no other.

    The same object where it has none.
    """
    changed: bytearray | None = None
    for box in _boxes(data, 0 if data.startswith(_SIGNATURE) else len(data), len(data)):
        inside = _boxes(data, box.body, box.end) if box.kind == b"jp2h" else iter(())
        for kind, _, body, end in inside:
            # All of them: where the first is none any more, the next would count.
            if kind == b"colr" and body < end and data[body] == _RESTRICTED:
                changed = changed or bytearray(data)
                changed[body] = _ANY
    return data if changed is None else bytes(changed)


def with_alpha(data: bytes) -> bytes:
    """The file of an encoder that left it open, with its fourth channel called alpha (T.800 I.5.3.6)."""
    types = struct.pack(">13H", 4, 0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 1, 0)  # each channel, whether it is alpha, and of what
    return b"".join(
        _box(b"jp2h", data[box.body : box.end] + _box(b"cdef", types))
        if box.kind == b"jp2h"
        else data[box.start : box.end]
        for box in _boxes(data, 0, len(data))
    )


def write(data: bytes, packets: Packets) -> bytes:
    """The file with these packets in place of its own. Its colours are sRGB's by the encoder's colr box: no profile is written.

    Raises:
        EncodeFailed: `data` is no JP2.
    """
    boxes = list(_boxes(data, 0, len(data))) if data.startswith(_SIGNATURE) else []
    if not {b"jp2h", b"jp2c"} <= {box.kind for box in boxes}:
        raise EncodeFailed("jp2: the encoder wrote no JP2")
    whole = memoryview(data)
    written: list[bytes | memoryview] = []
    for box in boxes:
        if box.kind == b"jp2h":
            written.append(_header(data, box, packets.resolution))
            written += _uuids(packets)  # before the codestream, which may be the box that ends with the file
        elif not (box.kind == b"uuid" and data[box.body : box.body + 16] in _OURS):
            written.append(whole[box.start : box.end])
    return b"".join(written)


def _boxes(data: bytes, at: int, until: int) -> Iterator[_Box]:
    """The boxes from `at` on, as far as they are whole."""
    while at + 8 <= until:
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1 and at + 16 <= until:
            length, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        end = until if length == 0 else at + length
        if not at + head <= end <= until:
            return
        yield _Box(kind, at, at + head, end)
        at = end


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _uuids(packets: Packets) -> list[bytes]:
    held = ((_EXIF, packets.exif), (_XMP, packets.xmp), (_IPTC, packets.iptc))
    return [_box(b"uuid", uuid + packet) for uuid, packet in held if packet]


def _header(data: bytes, header: _Box, resolution: Resolution | None) -> bytes:
    inside = _boxes(data, header.body, header.end)
    body = b"".join(data[box.start : box.end] for box in inside if box.kind != b"res ")
    if resolution:
        down, across = _decimal(resolution.y / INCH), _decimal(resolution.x / INCH)
        packed = struct.pack(">HHHHbb", *down[:2], *across[:2], down[2], across[2])
        body += _box(b"res ", _box(b"resc", packed))
    return _box(b"jp2h", body)


def _decimal(value: float) -> tuple[int, int, int]:
    """Numerator, denominator and the power of ten they are times: of four or five digits, and never a negative power.

    Some readers take the power for an unsigned number.
    """
    digits = min(math.floor(math.log10(65535 / value)), 4)
    return (round(value * 10**digits), 10**digits, 0) if digits >= 0 else (round(value / 10**-digits), 1, -digits)


def _resolution(data: bytes, start: int, end: int) -> Resolution | None:
    """Of a jp2h box: numerators, denominators and exponents, pixels per metre, down before across."""
    for outer in _boxes(data, start, end):
        inside = _boxes(data, outer.body, outer.end) if outer.kind == b"res " else iter(())
        for kind, _, body, until in inside:
            if kind in _RESOLUTIONS and until - body >= 10:
                return _of_fractions(struct.unpack_from(">HHHHbb", data, body))
    return None


def _profile(data: bytes, start: int, end: int) -> bytes | None:
    """Of a jp2h box: what its first colr box of a method that is known holds, as far as that is a profile.

    Readers heed no colr box behind the first (T.800 I.5.3.3); but one by a vendor's method says nothing to them.
    """
    for kind, _, body, until in _boxes(data, start, end):
        method = data[body] if kind == b"colr" and until - body > 3 else 0
        if method == _ENUMERATED:
            return None
        if method in (_RESTRICTED, _ANY):
            return data[body + 3 : until] if until - body - 3 <= _LONGEST else None
    return None


def _of_fractions(numbers: tuple[int, ...]) -> Resolution | None:
    over_y, under_y, over_x, under_x, power_y, power_x = numbers
    if not (under_x and under_y and abs(power_x) < 20 and abs(power_y) < 20):
        return None
    return resolution_of(over_x / under_x * 10.0**power_x * INCH, over_y / under_y * 10.0**power_y * INCH)
