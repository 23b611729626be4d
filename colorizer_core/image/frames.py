"""How many pictures a file has: pages, frames. Only the first is coloured, and the log says how many there were."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import islice

from PIL import Image

from colorizer_core.image.containers.tags import first_place, layout_of
from colorizer_core.image.damage import BROKEN

_MOST = 100_000
"""Counted of a TIFF or GIF: a hostile file has as many as it likes."""
_MOST_STATED = 2**31 - 1
_GIF_HEADER = 13
_GIF_BLOCK = re.compile(rb"[,!;]")
_IMAGE, _TRAILER = b",", b";"
_COMMENT, _APPLICATION = 0xFE, 0xFF


def stated_frames(image: Image.Image, _data: bytes) -> int:
    """As the header has it, where Pillow reads it there: APNG, WebP, AVIF, MPO; 1 otherwise."""
    try:
        stated = getattr(image, "n_frames", 1)
    except BROKEN:
        return 1
    return min(max(1, stated), _MOST_STATED) if isinstance(stated, int) else 1


def tiff_pages(_image: Image.Image | None, data: bytes) -> int:
    """The directories on a TIFF's chain (TIFF 6.0, section 2; BigTIFF), as far as it is whole and new; at least 1.

    Thumbnails and masks in SubIFDs are not on it.
    """
    layout = layout_of(data)
    if layout is None:
        return 1  # one of the two wrong spellings that Pillow takes for a TIFF
    seen: set[int] = set()
    try:
        at = first_place(data, layout)
        while at and at not in seen and len(seen) < _MOST:
            (entries,) = struct.unpack_from(layout.length, data, at)
            seen.add(at)
            (at,) = struct.unpack_from(layout.offset, data, at + layout.head + entries * layout.entry_size)
    except (struct.error, OverflowError):
        pass  # the chain breaks off
    return max(1, len(seen))


def gif_frames(_image: Image.Image | None, data: bytes) -> int:
    """The image descriptors of a GIF (GIF89a, sections 18 to 23), as far as its blocks are whole; at least 1."""
    return max(1, sum(1 for _ in islice(gif_images(data), _MOST)))


def gif_images(data: bytes) -> Iterator[int]:
    """Where each image descriptor of a GIF begins, as far as its blocks are whole.

    Blocks are read as Pillow reads them, broken ones too: what is no block is skipped, and so is the one behind an empty one.
    """
    try:
        at = _GIF_HEADER + _colour_table(data[10])
        while (found := _GIF_BLOCK.search(data, at)) is not None and found[0] != _TRAILER:
            at = found.start()
            if found[0] == _IMAGE:
                yield at
                at = _behind_blocks(data, at + 11 + _colour_table(data[at + 9]))
            else:
                at = _behind_extension(data, at)
    except IndexError:
        return  # it breaks off


def _behind_extension(data: bytes, at: int) -> int:
    label, at = data[at + 1], at + 2
    if label == _COMMENT:
        return _behind_blocks(data, at)
    application = data[at + 1 : at + 12]
    at += 1 + data[at]
    if label == _APPLICATION and application == b"NETSCAPE2.0":
        at += 1 + data[at]
    return _behind_blocks(data, at)


def _colour_table(flags: int) -> int:
    """Its bytes."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1
