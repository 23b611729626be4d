"""A TIFF structure as EXIF uses it (EXIF 2.32, 4.5): a first directory, and those of EXIF and GPS that it points to."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from colorizer_core.image.containers.packets import Resolution, resolution_of
from colorizer_core.image.containers.tags import (
    CLASSIC,
    EXIF_IFD,
    GPS_IFD,
    Directory,
    Layout,
    Tag,
    first_place,
    layout_of,
    read_directory,
    write_tree,
)

X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
_INCHES = {2: 1.0, 3: 2.54}  # by ResolutionUnit: an inch, a centimetre
_HEAD = b"II*\0\x08\0\0\0"
_FIRST = 8

Tags = Mapping[int, Tag]


@dataclass(frozen=True, slots=True)
class Structure:
    """Three directories by their tags' numbers, and what else was seen of them.

    Attributes:
        main: of the first directory.
        exif: of the EXIF directory.
        gps: of the GPS directory.
        broken: tags that can't be read, and directories that are pointed to and are not there.
        following: where the directory of an EXIF block's thumbnail, or of a TIFF's second page, lies; 0: nowhere.
        order: struct's `<` or `>`, of the file. The tags' values are little-endian, but for what hides in opaque bytes.
    """

    main: Tags
    exif: Tags = field(default_factory=dict)
    gps: Tags = field(default_factory=dict)
    broken: int = 0
    following: int = 0
    order: str = "<"


def read_first(data: bytes, wanted: Container[int] | None = None) -> tuple[Layout, Directory] | None:
    """The first directory; None where `data` is no TIFF structure or that directory does not fit into it."""
    layout = layout_of(data)
    found = layout and read_directory(data, layout, first_place(data, layout), wanted)
    return (layout, found) if layout and found else None


def read_structure(data: bytes, wanted: Container[int] | None = None) -> Structure | None:
    """All three directories, as far as they can be read; None where there is no first one.

    Args:
        data: the structure.
        wanted: of the first directory, the tags to read beside the pointers; None for all.
    """
    pointers = {EXIF_IFD, GPS_IFD}
    first = read_first(data, None if wanted is None else _Either(wanted, pointers))
    if first is None:
        return None
    layout, main = first
    broken = main.broken
    below: dict[int, Tags] = {}
    for number in sorted(pointers & main.tags.keys()):
        places = main.tags[number].numbers()
        found = read_directory(data, layout, places[0]) if places else None
        below[number] = found.tags if found else {}
        broken += found.broken if found else 1
    own = {number: tag for number, tag in main.tags.items() if number not in pointers}
    return Structure(own, below.get(EXIF_IFD, {}), below.get(GPS_IFD, {}), broken, main.following, layout.order)


def write_block(structure: Structure) -> bytes:
    """An EXIF block: the structure alone, little-endian, without a thumbnail."""
    return _HEAD + write_tree(structure.main.values(), pointed_to(structure), CLASSIC, _FIRST)


def pointed_to(structure: Structure) -> dict[int, tuple[Tag, ...]]:
    """The tags of the directories below the first, by the tag that points to each."""
    return {EXIF_IFD: tuple(structure.exif.values()), GPS_IFD: tuple(structure.gps.values())}


def stated_resolution(tags: Tags) -> Resolution | None:
    """Of a first directory, where it states one in a unit of length."""
    unit = tags[RESOLUTION_UNIT].numbers() if RESOLUTION_UNIT in tags else (2,)
    if X_RESOLUTION not in tags or Y_RESOLUTION not in tags or not unit:
        return None
    scale = _INCHES.get(unit[0], 0.0)
    return resolution_of(*((tags[number].ratio() or 0.0) * scale for number in (X_RESOLUTION, Y_RESOLUTION)))


@dataclass(frozen=True, slots=True)
class _Either:
    one: Container[int]
    other: Container[int]

    def __contains__(self, number: object) -> bool:
        return number in self.one or number in self.other
