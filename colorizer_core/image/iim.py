"""IPTC-IIM (Information Interchange Model 4.2): data sets in a row, and Photoshop's resources that they lie in."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MARKER = b"\x1c"
_RESOURCE, _IPTC = b"8BIM", 0x0404
_PREVIEW = {(2, 200), (2, 201), (2, 202)}  # ObjectData preview: its format, its version, the small picture itself
_MOST = 10_000
_CHARSET, _UTF8 = (1, 90), b"\x1b%G"


class BrokenIim(ValueError):
    """These bytes are no data sets, or break off within one."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One field, by its record and number: (2, 80) is the by-line."""

    key: tuple[int, int]
    value: bytes


def read_iim(iptc: bytes) -> tuple[DataSet, ...]:
    """All data sets in their order.

    Raises:
        BrokenIim: they are none, or not whole.
    """
    found: list[DataSet] = []
    at, end = 0, len(iptc.rstrip(b"\0"))  # some pad with zeros; a value may end with them too
    while at < end:
        if iptc[at : at + 1] != MARKER or at + 5 > len(iptc):
            raise BrokenIim(f"no data set at byte {at}")
        record, number, size = struct.unpack_from(">BBH", iptc, at + 1)
        at += 5
        if size & 0x8000:  # the size of the size
            extent = size & 0x7FFF
            size = int.from_bytes(iptc[at : at + extent], "big") if extent <= 8 else len(iptc)
            at += extent
        if at + size > len(iptc):
            raise BrokenIim(f"data set {record}:{number} breaks off")
        found.append(DataSet((record, number), iptc[at : at + size]))
        at += size
        if len(found) > _MOST:
            raise BrokenIim(f"more than {_MOST:,} data sets")
    if not found:
        raise BrokenIim("there is no data set")
    return tuple(found)


def write_iim(sets: tuple[DataSet, ...]) -> bytes:
    """The same as bytes."""
    return b"".join(_head(one) + one.value for one in sets)


def without_preview(sets: tuple[DataSet, ...]) -> tuple[DataSet, ...]:
    """All but the preview, which is of the photograph without colour."""
    return tuple(one for one in sets if one.key not in _PREVIEW)


def texts(sets: tuple[DataSet, ...]) -> Iterator[tuple[tuple[int, int], str]]:
    """The application record's fields as text: UTF-8 where that is stated or they are, else Latin-1."""
    is_utf8 = any(one.key == _CHARSET and one.value == _UTF8 for one in sets)
    for one in sets:
        if one.key[0] != 2:
            continue
        try:
            yield one.key, one.value.decode("utf-8", "replace" if is_utf8 else "strict").strip("\0 ")
        except UnicodeDecodeError:
            yield one.key, one.value.decode("latin-1").strip("\0 ")


def _head(one: DataSet) -> bytes:
    size = len(one.value)
    if size < 0x8000:
        return MARKER + struct.pack(">BBH", *one.key, size)
    return MARKER + struct.pack(">BBHI", *one.key, 0x8004, size)


def resource(iptc: bytes) -> bytes:
    """The data sets as a Photoshop image resource without a name."""
    return _RESOURCE + struct.pack(">HHI", _IPTC, 0, len(iptc)) + iptc + b"\0" * (len(iptc) % 2)


def of_resources(data: bytes) -> bytes | None:
    """The data sets among Photoshop's image resources; None where there are none, or what should be one is not."""
    at = 0
    while at + 12 <= len(data) and data[at : at + 4] == _RESOURCE:
        number, name = struct.unpack_from(">HB", data, at + 4)
        at += 6 + (name + 2) // 2 * 2  # the name's length is a byte, and both together are even
        if at + 4 > len(data):
            return None
        size = struct.unpack_from(">I", data, at)[0]
        at += 4
        if number == _IPTC:
            return data[at : at + size] or None
        at += size + size % 2
    return None
