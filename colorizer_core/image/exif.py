"""EXIF (2.32, CIPA DC-008): what describes a photograph is kept, what describes the pixels of its file is written anew."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from colorizer_core.image.containers.packets import Resolution
from colorizer_core.image.containers.structure import (
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    Structure,
    read_structure,
    stated_resolution,
    write_block,
)
from colorizer_core.image.containers.tags import LONG, RATIONAL, SHORT, UNDEFINED, Tag
from colorizer_core.image.orientation import ORIENTATION

_VERSION, _COLOUR_SPACE, _WIDTH, _HEIGHT = 0x9000, 0xA001, 0xA002, 0xA003
_SRGB, _INCH = 1, 2
_MAKERNOTE = 0x927C
_DESCRIPTIVE = frozenset({
    269, 270, 271, 272, 285, 305, 306, 315, 316, 33432,  # DocumentName … HostComputer, Copyright
    18246, 18249,                                        # Rating, RatingPercent
    40091, 40092, 40093, 40094, 40095,                   # XPTitle … XPSubject, Windows' own
})  # fmt: skip
"""The first directory's tags that describe the photograph. All others there are of the file and its pixels, or private."""
_STRUCTURAL = frozenset({
    _WIDTH, _HEIGHT, _COLOUR_SPACE,
    0x9101, 0x9102,  # ComponentsConfiguration, CompressedBitsPerPixel: of the source's JPEG
    0xA005, 0xA500,  # the pointer to the interoperability directory; Gamma
    0xEA1C, 0xEA1D,  # Windows' padding, and by how much it moved a makernote
    _MAKERNOTE,
})  # fmt: skip
"""The EXIF directory's that do not, and the makernote: it holds offsets into a file that is another now, and previews."""
_UNICODE = b"UNICODE\0"
_COMMENTS = frozenset({0x9286, 0x001B, 0x001C})  # UserComment; GPSProcessingMethod, GPSAreaInformation
_KNOWN_TYPES = frozenset(range(1, 14)) | {129}
_LONGEST = 60_000
"""Bytes of a block at most: a JPEG's segment holds 65,527."""
_ENTRY = 14  # bytes of a tag in its directory, and of what makes its value's length even


@dataclass(frozen=True, slots=True)
class Exif:
    """A block that is written anew, and what became of the old one.

    Attributes:
        block: as it stands in a file, without the `Exif` in front.
        has_kept: whether anything of the old one is in it.
        lost: what is not, in words.
    """

    block: bytes
    has_kept: bool = False
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stated:
    """What EXIF says of how the picture lies on the page: resolution, and orientation 1 … 8."""

    resolution: Resolution | None = None
    orientation: int = 1


def stated(exif: bytes) -> Stated:
    """The same of a block or TIFF; what can't be read is as if it were not there. Never raises."""
    found = read_structure(exif, {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT})
    if found is None:
        return Stated()
    numbers = found.main[ORIENTATION].numbers() if ORIENTATION in found.main else (1,)
    orientation = numbers[0] if numbers and 1 <= numbers[0] <= 8 else 1
    return Stated(stated_resolution(found.main), orientation)


def fresh(size: tuple[int, int], resolution: Resolution | None) -> Exif:
    """A block that says of the pixels what is to be said, and nothing else.

    Args:
        size: width and height, pixels.
        resolution: of the page; None where nobody knows.
    """
    return Exif(write_block(Structure(_main(resolution), _own(size))))


def renewed(exif: bytes, size: tuple[int, int], resolution: Resolution | None) -> Exif:
    """The source's descriptive tags with those of the new file. Orientation is 1; thumbnail and makernote are gone.

    Never raises: of broken EXIF what can be read is kept, and `lost` says that the rest is not.

    Args:
        exif: an EXIF block or a TIFF.
        size: width and height of the new file, pixels.
        resolution: of the page; None where nobody knows.
    """
    found = read_structure(exif, _DESCRIPTIVE)
    if found is None:
        new = fresh(size, resolution)
        return Exif(new.block, False, ("exif",))
    main = _sound(found.main)
    detail = _sound(
        _ordered({number: tag for number, tag in found.exif.items() if number not in _STRUCTURAL}, found.order)
    )
    gps = _sound(_ordered(found.gps, found.order))
    lost = [_fields(found.broken)] if found.broken else []
    if too_long := _shorten(main, detail, gps):
        lost.append(f"exif: {', '.join(f'0x{number:04x}' for number in too_long)} (too long)")
    lost += ["makernote"] if _MAKERNOTE in found.exif else []
    has_kept = bool(main or gps or detail.keys() - {_VERSION})
    block = write_block(Structure(main | _main(resolution), _own(size) | detail, gps))
    return Exif(block, has_kept, tuple(lost))


def has_thumbnail(exif: bytes) -> bool:
    """Whether an EXIF block has a second directory, which is its thumbnail's."""
    found = read_structure(exif, ())
    return bool(found and found.following)


def _main(resolution: Resolution | None) -> dict[int, Tag]:
    tags = [_short(ORIENTATION, 1)]
    if resolution:
        tags += [_ratio(X_RESOLUTION, resolution.x), _ratio(Y_RESOLUTION, resolution.y), _short(RESOLUTION_UNIT, _INCH)]
    return {tag.number: tag for tag in tags}


def _own(size: tuple[int, int]) -> dict[int, Tag]:
    sides = [Tag(number, LONG, struct.pack("<I", side)) for number, side in zip((_WIDTH, _HEIGHT), size, strict=True)]
    tags = [Tag(_VERSION, UNDEFINED, b"0232"), _short(_COLOUR_SPACE, _SRGB), *sides]
    return {tag.number: tag for tag in tags}


def _short(number: int, value: int) -> Tag:
    return Tag(number, SHORT, struct.pack("<H", value))


def _ratio(number: int, value: float) -> Tag:
    exact = Fraction(value).limit_denominator(10_000)
    return Tag(number, RATIONAL, struct.pack("<II", exact.numerator, exact.denominator))


def _sound(tags: Mapping[int, Tag]) -> dict[int, Tag]:
    """Those of a type that EXIF knows; BigTIFF has more."""
    return {number: tag for number, tag in tags.items() if tag.type in _KNOWN_TYPES}


def _ordered(tags: Mapping[int, Tag], order: str) -> dict[int, Tag]:
    """With comments in UTF-16 as a little-endian block has them; some writers had them so in a big-endian one too."""
    return {number: _turned(tag) if number in _COMMENTS and order == ">" else tag for number, tag in tags.items()}


def _turned(tag: Tag) -> Tag:
    text = tag.value.removeprefix(_UNICODE)
    is_turned = len(text) % 2 == 0 and text[::2].count(0) >= text[1::2].count(0)  # Latin letters' high bytes are zero
    if text == tag.value or not is_turned:
        return tag
    swapped = bytearray(len(text))
    swapped[::2], swapped[1::2] = text[1::2], text[::2]
    return Tag(tag.number, tag.type, _UNICODE + swapped)


def _shorten(*directories: dict[int, Tag]) -> tuple[int, ...]:
    """Takes the longest values away until all of them fit, and names them."""
    every = [(len(tag.value), number, tags) for tags in directories for number, tag in tags.items()]
    excess = sum(length + _ENTRY for length, _, _ in every) - _LONGEST
    taken: list[int] = []
    for length, number, tags in sorted(every, key=lambda one: one[:2], reverse=True):
        if excess <= 0:
            break
        del tags[number]
        taken.append(number)
        excess -= length + _ENTRY
    return tuple(sorted(taken))


def _fields(count: int) -> str:
    return f"exif: {count} {'field' if count == 1 else 'fields'}"
