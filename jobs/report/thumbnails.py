"""Pictures of a report, small enough to be inside it. One that can't be had is told, and stops nothing."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from colorizer_core.errors import ImageError, TooLarge
from colorizer_core.image.decode import decode
from colorizer_core.image.encode import encode
from colorizer_core.image.picture import Picture, to_8_bits
from jobs.errors import NotFound, StorageError, UsageError, WorldError
from jobs.report.figures import Shot
from jobs.shown import shown
from jobs.storage.store import Store
from jobs.storage.uri import join

BUDGET = 6_500_000
"""Bytes of all thumbnails as they stand in the page, base64 and all."""
_SIDE = 320
_FORMS = ((_SIDE, 78), (_SIDE, 62), (_SIDE, 45), (240, 45), (160, 40), (96, 35))
"""Longest side in pixels and quality of JPEG: the first that fits is taken."""
_OF_BASE64 = 4 / 3
_MAX_PIXELS = 120_000_000
_MAX_BYTES = 256 << 20
_THREADS = 2


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture, or why there is none.

    Attributes:
        uri: a `data:` URI of a JPEG; empty where it is missing.
        width, height: pixels, 0 where it is missing.
        missing: why; None where it is there.
    """

    uri: str
    width: int
    height: int
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """One photograph's: gray, coloured, and in its true colours where they were asked for and are there."""

    shot: Shot
    before: Thumbnail
    after: Thumbnail
    true: Thumbnail | None


def pictures(
    store: Store, shots: Sequence[Shot], out: str, true: str | None, budget: int = BUDGET
) -> tuple[Pictures, ...]:
    """The thumbnails of every shot, in their order, all together at most `budget` bytes of the page.

    Args:
        store: where sources and outputs are.
        shots: rows with an output.
        out: where the outputs are; true-colour originals go by the outputs' folders below it.
        true: URI of a folder with the originals, or None.
        budget: bytes as base64.
    """
    each = int(budget / _OF_BASE64 / max(1, len(shots) * (2 if true is None else 3)))
    with ThreadPoolExecutor(_THREADS) as pool:
        return tuple(pool.map(partial(_pictures, store, out, true, each), shots))


def true_uri(true: str, out: str, shot: Shot) -> str:
    """TRUE / the output's folder below OUT / the source's name."""
    base = join(out, "")
    folder = shot.output.removeprefix(base).rpartition("/")[0] if shot.output.startswith(base) else ""
    return join(true, f"{folder}/{shot.source.rpartition('/')[2]}".lstrip("/"))


def _pictures(store: Store, out: str, true: str | None, each: int, shot: Shot) -> Pictures:
    before, after = (_thumbnail(store, uri, shot, each) for uri in (shot.source, shot.output))
    return Pictures(shot, before, after, None if true is None else _true(store, true_uri(true, out, shot), shot, each))


def _true(store: Store, uri: str, shot: Shot, each: int) -> Thumbnail | None:
    """None where there is no original of this name: a photograph that was gray to begin with has none."""
    try:
        store.stat(uri)
    except NotFound:
        return None
    except (StorageError, WorldError) as error:
        return _told(error)
    return _thumbnail(store, uri, shot, each)


def _thumbnail(store: Store, uri: str, shot: Shot, each: int) -> Thumbnail:
    reduction = max(1, max(shot.width, shot.height) // _SIDE)
    try:
        data = store.read(uri, admit=_admit).data
        return _fitting(decode(data, _MAX_PIXELS, reduction), each)
    except (ImageError, StorageError, WorldError, UsageError) as error:
        return _told(error)


def _told(error: ImageError | StorageError | WorldError | UsageError) -> Thumbnail:
    return Thumbnail("", 0, 0, f"{getattr(error, 'code', 'USAGE')}: {shown(str(error))}"[:300])


def _admit(size: int) -> None:
    if size > _MAX_BYTES:
        raise TooLarge(f"{size:,} bytes are too many for a thumbnail")


def _fitting(picture: Picture, each: int) -> Thumbnail:
    for side, quality in _FORMS:
        small = _shrunk(picture, side)
        data = encode(small, "jpeg", quality)
        if len(data) <= each:
            break
    else:
        return Thumbnail("", 0, 0, "no room: too many pictures for one page")
    return Thumbnail(f"data:image/jpeg;base64,{base64.b64encode(data).decode()}", small.width, small.height)


def _shrunk(picture: Picture, side: int) -> Picture:
    scale = min(1.0, side / max(picture.width, picture.height))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    pixels = to_8_bits(picture.pixels)
    if size == (picture.width, picture.height):
        return Picture(pixels)
    return Picture(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))
