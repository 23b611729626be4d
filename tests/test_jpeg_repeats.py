"""A JPEG that says the same again and again: few bytes, and hours of work for a decoder that believes it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from colorizer_core.errors import CorruptImage
from colorizer_core.image.decode import read
from tests.kinds import GRAY, saved

MILLION = 1_000_000


def jpeg_of_scans(count: int, progressive: bool = True) -> bytes:
    """The last scan of a JPEG so many times more; they refine nothing, and each is a pass over all pixels."""
    data = saved(np.full((64, 64), 128, np.uint8), "JPEG", progressive=progressive)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * count + data[-2:]


def jpeg_of_exif(count: int, before: bytes = b"") -> bytes:
    """So many segments of EXIF, each of which goes on with the one before it."""
    segments = [b"Exif\0\0II*\0\x08\0\0\0", *[b"Exif\0\0" + b"a" * 10] * (count - 1)]
    wrapped = b"".join(b"\xff\xe1" + struct.pack(">H", len(one) + 2) + one for one in segments)
    return b"\xff\xd8" + before + wrapped + saved(GRAY, "JPEG")[2:]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (jpeg_of_scans(100), "more than 100 scans"),
        (jpeg_of_exif(101), "EXIF in more than 100 segments"),
        (jpeg_of_exif(101, b"\xff\xe4\0\2junk"), "EXIF in more than 100 segments"),
        (jpeg_of_exif(101, b"\xff\xd9"), "EXIF in more than 100 segments"),
        (jpeg_of_exif(101, b"\xff\xf0\xff\xff"), "EXIF in more than 100 segments"),
    ],
    ids=["scans", "EXIF", "EXIF behind junk", "EXIF behind an end", "EXIF behind an unknown marker"],
)
def test_a_jpeg_that_repeats_itself_is_corrupt_before_it_is_opened(
    data: bytes, told: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(CorruptImage, match=told):
        read(data, MILLION)


@pytest.mark.parametrize(
    "data",
    [
        jpeg_of_scans(50),
        jpeg_of_scans(0) + b"\xff\xda\0\2" * 1000,
        jpeg_of_scans(0, progressive=False) + b"\xff\xda\0\2" * 1000,
        jpeg_of_scans(0)[:2] + b"\xff\xe4\x0f\xa2" + b"\xff\xda\0\2" * 1000 + jpeg_of_scans(0)[2:],
    ],
    ids=["few scans", "behind the end", "behind the only one", "in a segment"],
)
def test_only_scans_that_a_decoder_goes_through_are_counted(data: bytes):
    assert np.unique(read(data, MILLION).picture.pixels).tolist() == [128]
