"""PNG's chunks (PNG 3, W3C): eXIf, XMP in iTXt, pHYs, iCCP, sRGB; and IPTC-IIM as ImageMagick's hexadecimal text."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from colorizer_core.errors import EncodeFailed
from colorizer_core.image.containers.packets import INCH, Packets, Resolution, resolution_of
from colorizer_core.image.iim import of_resources, resource

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_RAW = b"Raw profile type "
BIT_DEPTH = slice(24, 25)
"""Where the header says how many bits a sample has: a byte."""
LONGEST_TEXT = 16 << 20
"""Bytes that a compressed text or profile may become."""
_MOST = 100  # chunks that are looked into
_OURS = {b"sRGB", b"gAMA", b"cHRM", b"iCCP", b"cICP", b"pHYs", b"eXIf", b"tIME", b"tEXt", b"zTXt", b"iTXt"}
# What PNG 3 asks to stand beside sRGB: gamma and the primaries of sRGB, times 100,000.
_GAMMA, _PRIMARIES = 45455, (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    end: int


def read(data: bytes) -> Packets:
    """What its chunks hold, those behind the pixels too; never raises."""
    found: dict[str, bytes] = {}
    resolution, left = None, _MOST
    for kind, start, end in _chunks(data):
        if kind == b"pHYs":
            resolution = resolution or _physical(data[start + 8 : end - 4])
        elif kind in _OURS and left:
            left -= 1
            for name, packet in _packet(kind, data[start + 8 : end - 4]):
                found.setdefault(name, packet)
    return Packets(found.get("exif"), found.get("xmp"), found.get("iptc"), found.get("icc"), resolution)


def write(data: bytes, packets: Packets) -> bytes:
    """The file with these packets in place of its own. Its colours are sRGB's by an sRGB chunk: a profile is not written.

    Raises:
        EncodeFailed: `data` is no PNG.
    """
    chunks = list(_chunks(data))
    if not chunks or chunks[0].kind != b"IHDR":
        raise EncodeFailed("png: the encoder wrote no PNG")
    new = [_chunk(b"sRGB", b"\0"), _chunk(b"gAMA", struct.pack(">I", _GAMMA))]
    new.append(_chunk(b"cHRM", struct.pack(">8I", *_PRIMARIES)))
    if packets.resolution:
        metre = (round(packets.resolution.x / INCH), round(packets.resolution.y / INCH))
        new.append(_chunk(b"pHYs", struct.pack(">IIB", *(max(1, one) for one in metre), 1)))
    if packets.exif:
        new.append(_chunk(b"eXIf", packets.exif))
    if packets.xmp:
        new.append(_chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + packets.xmp))
    if packets.iptc:
        new.append(_chunk(b"zTXt", _raw_profile(packets.iptc)))
    whole, begin = memoryview(data), chunks[0].end
    kept: list[memoryview] = []
    for chunk in chunks:  # encoders write the pixels in thousands of small ones, which go in one piece
        if chunk.kind in _OURS:
            kept.append(whole[begin : chunk.start])
            begin = chunk.end
    return b"".join([whole[: chunks[0].end], *new, *kept, whole[begin : chunks[-1].end]])


def without_damaged(data: bytes) -> bytes:
    """The file without the ancillary chunks whose CRC is wrong: a decoder can do without them (PNG 3, 13.2)."""
    whole, begin = memoryview(data), 0
    kept: list[memoryview] = []
    for kind, start, end in _chunks(data):
        is_ancillary = bool(kind[0] & 0x20)
        if is_ancillary and zlib.crc32(whole[start + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            kept.append(whole[begin:start])
            begin = end
    return b"".join([*kept, whole[begin:]])


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """The chunks, as far as they are whole."""
    at = len(_SIGNATURE) if data.startswith(_SIGNATURE) else len(data)
    while at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        end = at + 12 + length
        if end > len(data):
            return
        yield _Chunk(data[at + 4 : at + 8], at, end)
        at = end


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _packet(kind: bytes, body: bytes) -> Iterator[tuple[str, bytes]]:
    if kind == b"eXIf":
        yield "exif", body
    elif kind == b"iTXt" and body.startswith(_XMP + b"\0"):
        if text := _international(body[len(_XMP) + 1 :]):
            yield "xmp", text
    elif kind == b"iCCP":
        if profile := _inflated(body.partition(b"\0")[2][1:]):
            yield "icc", profile
    elif kind in {b"zTXt", b"tEXt"} and body.startswith(_RAW):
        yield from _raw(body[len(_RAW) :], kind == b"zTXt")


def _international(rest: bytes) -> bytes | None:
    """The text of an iTXt chunk behind its keyword."""
    if len(rest) < 2:
        return None
    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return _inflated(text) if rest[0] else text or None


def _inflated(data: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(data, LONGEST_TEXT)
    except zlib.error:
        return None
    return inflated if inflater.eof else None


def _raw(body: bytes, is_compressed: bool) -> Iterator[tuple[str, bytes]]:
    """What ImageMagick wrote before there was eXIf: a name, a number of bytes, and these in hexadecimal."""
    name, _, text = body.partition(b"\0")
    unpacked = _inflated(text[1:]) if is_compressed else text
    lines = (unpacked or b"").split(b"\n", 3)  # an empty one, what it is, how long, and the rest
    try:
        packet = bytes.fromhex(lines[3].decode("ascii"))
    except (IndexError, ValueError):
        return
    if name in {b"exif", b"APP1"} and packet.startswith(b"Exif\0\0"):
        yield "exif", packet[6:]
    elif name == b"xmp":
        yield "xmp", packet
    elif name in {b"iptc", b"8bim"} and (iptc := of_resources(packet)):
        yield "iptc", iptc


def _raw_profile(iptc: bytes) -> bytes:
    packet = resource(iptc)
    text = b"\niptc\n%8d\n" % len(packet) + packet.hex().encode() + b"\n"
    return _RAW + b"iptc\0\0" + zlib.compress(text, 9)


def _physical(body: bytes) -> Resolution | None:
    """Of a pHYs chunk in metres; unit 0 is nothing but an aspect."""
    if len(body) != 9 or body[8] != 1:
        return None
    x, y = struct.unpack_from(">II", body)
    return resolution_of(_inches(x), _inches(y))


def _inches(per_metre: int) -> float:
    """Whole pixels per inch where a whole number of them was rounded to whole ones per metre."""
    exact = per_metre * INCH
    return float(round(exact)) if abs(exact - round(exact)) <= INCH / 2 else exact
