"""TIFF's tags (TIFF 6.0, BigTIFF): XMP in 700, IPTC-IIM in 33723 or Photoshop's 34377, ICC in 34675, EXIF by pointer."""

from __future__ import annotations

import struct

from colorizer_core.errors import EncodeFailed
from colorizer_core.image.containers.packets import Packets
from colorizer_core.image.containers.structure import (
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    pointed_to,
    read_first,
    read_structure,
    stated_resolution,
)
from colorizer_core.image.containers.tags import BYTE, UNDEFINED, Layout, Tag, write_tree
from colorizer_core.image.iim import MARKER, of_resources

_XMP, _IPTC, _PHOTOSHOP, _ICC = 700, 33723, 34377, 34675
_WANTED = frozenset({_XMP, _IPTC, _PHOTOSHOP, _ICC, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT})
_FOUR = {4, 13}  # types in which some writers put bytes, four at a time


def read(data: bytes) -> Packets:
    """What its first page's tags hold; never raises. `exif` is the file itself, whose first directory is EXIF's too."""
    first = read_first(data, _WANTED)
    if first is None:
        return Packets()
    layout, tags = first[0], first[1].tags
    xmp, icc, photoshop, iptc = (
        _stream(tags.get(number), layout) or None for number in (_XMP, _ICC, _PHOTOSHOP, _IPTC)
    )
    if iptc is None and photoshop:
        iptc = of_resources(photoshop)
    return Packets(data, xmp, iptc, icc, stated_resolution(tags))


def write(data: bytes, packets: Packets) -> bytes:
    """The file with the packets' tags in a new first directory at its end; where the pixels lie, they stay.

    Args:
        data: a TIFF of the encoder's, of one page.
        packets: `exif` is an EXIF block, whose tags take the place of the encoder's; it states the resolution too.

    Raises:
        EncodeFailed: `data` is no TIFF, or would be too long for one.
    """
    first = read_first(data)
    if first is None or first[1].broken:
        raise EncodeFailed("tiff: the encoder wrote no TIFF")
    layout, tags = first[0], dict(first[1].tags)
    block = read_structure(packets.exif) if packets.exif else None
    tags |= block.main if block else {}
    opaque = ((_XMP, BYTE, packets.xmp), (_IPTC, UNDEFINED, packets.iptc), (_ICC, UNDEFINED, packets.icc))
    tags |= {number: Tag(number, kind, value) for number, kind, value in opaque if value}
    place = len(data) + len(data) % 2
    tree = write_tree(tags.values(), pointed_to(block) if block else {}, layout, place)
    if place + len(tree) >= 2**32 and not layout.is_big:
        raise EncodeFailed("tiff: with its metadata the file is longer than 4 GiB")
    head = data[: 8 if layout.is_big else 4] + struct.pack(layout.offset, place)
    return b"".join([head, memoryview(data)[len(head) :], b"\0" * (place - len(data)), tree])


def _stream(tag: Tag | None, layout: Layout) -> bytes:
    """A tag's bytes as they lie in the file.

    Where they were called 32-bit numbers by their writer, `Tag` has them in its own order; some writers then swapped
    IPTC-IIM, whose first byte tells.
    """
    if tag is None:
        return b""
    if tag.type not in _FOUR:
        return tag.value
    swapped = b"".join(tag.value[at : at + 4][::-1] for at in range(0, len(tag.value), 4))
    lying = tag.value if layout.order == "<" else swapped
    if tag.number == _IPTC and not lying.startswith(MARKER) and lying[3:4] == MARKER:
        return swapped if lying is tag.value else tag.value
    return lying
