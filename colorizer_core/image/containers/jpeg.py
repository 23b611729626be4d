"""JPEG's segments (ITU-T T.81 B.1): JFIF's density, EXIF and XMP in APP1, ICC in APP2, IPTC-IIM in APP13."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from colorizer_core.errors import EncodeFailed
from colorizer_core.image.containers.packets import Packets, Resolution, resolution_of
from colorizer_core.image.containers.tags import layout_of
from colorizer_core.image.iim import of_resources, resource

_APP0, _APP1, _APP2, _APP13, _SOS, _EOI = 0xE0, 0xE1, 0xE2, 0xED, 0xDA, 0xD9
_JFIF, _EXIF, _XMP = b"JFIF\0", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_ICC, _PHOTOSHOP = b"ICC_PROFILE\0", b"Photoshop 3.0\0"
# Markers that no length follows; and those which no decoder knows, behind which Pillow looks for the next one.
_ALONE = {0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 … SOF15
_SEQUENTIAL = {0xC0, 0xC1, 0xC9}
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends a scan: its own bytes of FF are followed by 00 or a restart's number."""
_CM = 2.54
_LONGEST = 0xFFFF - 2
LONGEST_EXIF, LONGEST_XMP, LONGEST_IPTC = (_LONGEST - len(_EXIF), _LONGEST - len(_XMP), _LONGEST - len(_PHOTOSHOP) - 16)
"""Bytes that fit into one segment beside what says what they are."""


class _Segment(NamedTuple):
    marker: int
    start: int
    body: bytes
    end: int


def read(data: bytes) -> Packets:
    """What stands before the first scan; never raises. Of an XMP packet in several segments its main part is read."""
    xmp = iptc = resolution = None
    exif: list[bytes] = []
    resources: list[bytes] = []
    profile: list[tuple[int, bytes]] = []
    for marker, _, body, _ in _segments(data):
        if marker == _APP0 and body.startswith(_JFIF):
            resolution = resolution or _density(body)
        elif marker == _APP1 and body.startswith(_EXIF):
            further = body[len(_EXIF) :]
            if not exif or not layout_of(further):  # what begins anew is a second block, which nobody reads
                exif.append(further)
        elif marker == _APP1 and body.startswith(_XMP):
            xmp = xmp or body[len(_XMP) :]
        elif marker == _APP2 and body.startswith(_ICC) and len(body) > len(_ICC) + 2:
            profile.append((body[len(_ICC)], body[len(_ICC) + 2 :]))
        elif marker == _APP13 and body.startswith(_PHOTOSHOP):
            resources.append(body[len(_PHOTOSHOP) :])
    if resources:
        iptc = of_resources(b"".join(resources))
    icc = b"".join(piece for _, piece in sorted(profile)) or None
    return Packets(b"".join(exif) or None, xmp, iptc, icc, resolution)


def write(data: bytes, packets: Packets) -> bytes:
    """The file with these packets in place of its own.

    Args:
        data: a JPEG of the encoder's.
        packets: none longer than its `LONGEST_…`.

    Raises:
        EncodeFailed: a packet does not fit into its segment, or `data` is no JPEG.
    """
    kept: list[bytes | memoryview] = []
    for segment in _segments(data):
        if not 0xE0 <= segment.marker <= 0xEF:
            kept.append(memoryview(data)[segment.start :])
            break
        if segment.marker not in {_APP0, _APP1, _APP2, _APP13}:
            kept.append(data[segment.start : segment.end])
    else:
        raise EncodeFailed("jpeg: the encoder wrote no JPEG")
    segments = [b"\xff\xd8", _segment(_APP0, _jfif(packets.resolution))]
    if packets.exif:
        segments.append(_segment(_APP1, _EXIF + packets.exif))
    if packets.xmp:
        segments.append(_segment(_APP1, _XMP + packets.xmp))
    if packets.iptc:
        segments.append(_segment(_APP13, _PHOTOSHOP + resource(packets.iptc)))
    if packets.icc:
        segments.append(_segment(_APP2, _ICC + b"\x01\x01" + packets.icc))
    return b"".join([*segments, *kept])


def exif_segments(data: bytes) -> int:
    """How many segments of EXIF stand before the first scan."""
    return sum(one.marker == _APP1 and one.body.startswith(_EXIF) for one in _segments(data))


def scans(data: bytes, most: int) -> int:
    """How many scans a decoder goes through; counted up to `most`.

    That is one where the first has all the components and nothing is refined later, whatever stands behind it.
    """
    sequential, components, at = False, 0, len(data)
    for marker, _, body, end in _segments(data):
        if marker in _FRAMES:
            sequential, components = marker in _SEQUENTIAL, body[5] if len(body) > 5 else 0
        elif marker == _SOS and not (sequential and body[:1] == bytes([components])):
            at = end
    count = 1
    while count < most and (found := _MARKER.search(data, at)) and data[found.end() - 1] != _EOI:
        marker, at = data[found.end() - 1], found.end()
        if marker not in _ALONE:
            count += marker == _SOS
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return count


def _segments(data: bytes) -> Iterator[_Segment]:
    """The segments up to the first scan's, as far as they are whole; what stands between them is skipped, as decoders do."""
    at = 2 if data[:2] == b"\xff\xd8" else -1
    while (at := data.find(b"\xff", at)) >= 2 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0 or marker in _ALONE:
            at += 2
            continue
        end = at + 2 + max(2, struct.unpack_from(">H", data, at + 2)[0])
        if end > len(data):
            return
        yield _Segment(marker, at, data[at + 4 : end], end)
        if marker == _SOS:
            return
        at = end


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > _LONGEST:
        raise EncodeFailed(f"jpeg: {len(body):,} bytes of metadata do not fit into a segment")
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _density(body: bytes) -> Resolution | None:
    """Of a JFIF segment, where it states one: unit 1 is inches, 2 centimetres, 0 nothing but an aspect."""
    if len(body) < 12:
        return None
    unit, x, y = struct.unpack_from(">BHH", body, 7)
    scale = {1: 1.0, 2: _CM}.get(unit, 0.0)
    return resolution_of(x * scale, y * scale)


def _jfif(resolution: Resolution | None) -> bytes:
    """Version 1.1, in whole pixels per inch, or per centimetre where that is nearer; without a thumbnail."""
    unit, x, y = 0, 1, 1
    if resolution:
        inch, cm = (resolution.x, resolution.y), (resolution.x / _CM, resolution.y / _CM)
        unit, pair = (1, inch) if _rounding(inch) <= _rounding(cm) else (2, cm)
        x, y = (min(max(round(one), 1), 0xFFFF) for one in pair)
    return _JFIF + struct.pack(">HBHHBB", 0x0101, unit, x, y, 0, 0)


def _rounding(pair: tuple[float, float]) -> float:
    return max(abs(one - round(one)) / one for one in pair)
