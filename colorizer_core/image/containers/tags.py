"""The tags of TIFF 6.0 and BigTIFF, of which EXIF blocks are made too: directories read from untrusted bytes, and written."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
_WORDS = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_TAGS = 4096
_MOST_BYTES = 32 << 20  # of the values of one directory: many entries may name the same bytes


@dataclass(frozen=True, slots=True)
class Tag:
    """One field. `value` is little-endian, whatever the file was; `type` is TIFF's number of its type."""

    number: int
    type: int
    value: bytes

    @property
    def count(self) -> int:
        """How many values of its type it has."""
        return len(self.value) // _SIZES[self.type]

    def numbers(self) -> tuple[int, ...]:
        """Its values, where they are unsigned integers; none otherwise."""
        letter = _NUMBERS.get(self.type)
        return struct.unpack(f"<{self.count}{letter}", self.value) if letter else ()

    def ratio(self) -> float | None:
        """Its first value, where that is a fraction with a denominator or an integer."""
        if self.type == RATIONAL and self.count:
            over, under = struct.unpack_from("<II", self.value)
            return over / under if under else None
        whole = self.numbers()
        return float(whole[0]) if whole else None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a TIFF structure writes its numbers: `order` is struct's `<` or `>`."""

    order: str
    is_big: bool

    @property
    def inline(self) -> int:
        """Bytes of a value that stand in the entry itself."""
        return 8 if self.is_big else 4

    @property
    def entry(self) -> str:
        """An entry but for its value: number, type, count."""
        return self.order + ("HHQ" if self.is_big else "HHI")

    @property
    def offset(self) -> str:
        """A place in the file."""
        return self.order + ("Q" if self.is_big else "I")

    @property
    def length(self) -> str:
        """The number of entries of a directory."""
        return self.order + ("Q" if self.is_big else "H")

    @property
    def head(self) -> int:
        """Bytes of a directory before its entries."""
        return struct.calcsize(self.length)

    @property
    def entry_size(self) -> int:
        """Bytes of an entry, with its value or the place of that."""
        return struct.calcsize(self.entry) + self.inline


CLASSIC = Layout("<", False)
"""What EXIF blocks are written in."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The tags of one directory by their numbers, and how many of the wanted ones could not be read."""

    tags: Mapping[int, Tag]
    broken: int = 0
    following: int = 0


def layout_of(data: bytes) -> Layout | None:
    """The layout that a structure's first eight bytes state; None where they are no TIFF's."""
    return {
        b"II*\0": Layout("<", False),
        b"MM\0*": Layout(">", False),
        b"II+\0": Layout("<", True),
        b"MM\0+": Layout(">", True),
    }.get(data[:4])


def first_place(data: bytes, layout: Layout) -> int:
    """Where its first directory lies; 0 where it does not say."""
    at = 8 if layout.is_big else 4
    return int(struct.unpack_from(layout.offset, data, at)[0]) if len(data) >= 2 * at else 0


def read_directory(data: bytes, layout: Layout, place: int, wanted: Container[int] | None = None) -> Directory | None:
    """One directory.

    Every number is checked against the bytes that there are; what lies outside is counted as broken.

    Args:
        data: the whole structure.
        layout: of it.
        place: of the directory.
        wanted: the tags to read; None for all.

    Returns:
        None where there is no directory, or none that fits into the bytes.
    """
    if place < 8 or place + layout.head > len(data):
        return None
    count: int = struct.unpack_from(layout.length, data, place)[0]
    end = place + layout.head + count * layout.entry_size
    if count > _MOST_TAGS or end > len(data):
        return None
    tags: dict[int, Tag] = {}
    broken, left = 0, _MOST_BYTES
    for at in range(place + layout.head, end, layout.entry_size):
        number = struct.unpack_from(layout.order + "H", data, at)[0]
        if number in tags or (wanted is not None and number not in wanted):
            continue
        tag = _read_tag(data, layout, at, left)
        if tag is None:
            broken += 1
        else:
            tags[number] = tag
            left -= len(tag.value)
    whole = end + layout.inline <= len(data)
    return Directory(tags, broken, struct.unpack_from(layout.offset, data, end)[0] if whole else 0)


def _read_tag(data: bytes, layout: Layout, at: int, longest: int) -> Tag | None:
    number, kind, count = struct.unpack_from(layout.entry, data, at)
    size = _SIZES.get(kind, 0) * count
    if not 0 < size <= longest:
        return None
    place = at + struct.calcsize(layout.entry)
    if size > layout.inline:
        place = struct.unpack_from(layout.offset, data, place)[0]
    if place + size > len(data):
        return None
    return Tag(number, kind, _ordered(data[place : place + size], kind, layout.order))


def _ordered(value: bytes, kind: int, order: str) -> bytes:
    """A value from little-endian into `order`, or back."""
    word = _WORDS.get(kind, 1)
    if order == "<" or word == 1:
        return value
    return np.frombuffer(value, f">u{word}").astype(f"<u{word}").tobytes()


def write_directory(tags: Iterable[Tag], layout: Layout, place: int, following: int = 0) -> bytes:
    """A directory with its values behind it, for an even `place` in its file. Of even length."""
    ordered = sorted(tags, key=lambda tag: tag.number)
    head = [struct.pack(layout.length, len(ordered))]
    free = place + layout.head + len(ordered) * layout.entry_size + layout.inline
    values: list[bytes] = []
    for tag in ordered:
        value = _ordered(tag.value, tag.type, layout.order)
        head.append(struct.pack(layout.entry, tag.number, tag.type, tag.count))
        if len(value) <= layout.inline:
            head.append(value.ljust(layout.inline, b"\0"))
            continue
        head.append(struct.pack(layout.offset, free))
        values.append(value + b"\0" * (len(value) % 2))
        free += len(values[-1])
    return b"".join([*head, struct.pack(layout.offset, following), *values])


def write_tree(main: Iterable[Tag], below: Mapping[int, Iterable[Tag]], layout: Layout, place: int) -> bytes:
    """A directory for an even `place`, followed by those that it points to.

    Args:
        main: the tags of the first.
        below: of each further one, by the tag that points to it; one without tags is left out.
        layout: of the structure.
        place: of the first in it.
    """
    pointed = {number: tuple(tags) for number, tags in below.items() if tags}
    own = [tag for tag in main if tag.number not in below]
    empty = [Tag(number, LONG, bytes(4)) for number in pointed]
    free = place + len(write_directory([*own, *empty], layout, place))
    pointers: list[Tag] = []
    behind: list[bytes] = []
    for number, tags in sorted(pointed.items()):
        pointers.append(Tag(number, LONG, struct.pack("<I", free)))
        behind.append(write_directory(tags, layout, free))
        free += len(behind[-1])
    return b"".join([write_directory([*own, *pointers], layout, place), *behind])
