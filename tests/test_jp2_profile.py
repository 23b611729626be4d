"""The ICC profile of a JPEG 2000 file, which lies in a colr box of its header (ITU-T T.800 I.5.3.3)."""

from __future__ import annotations

import struct

import imagecodecs
import numpy as np
import pytest

from colorizer_core.image.containers import jp2
from tests.kinds import ALPHA, GRAY, GRAY16, RGB, RGB16, saved
from tests.test_profiles import ADOBE, GAMMA, by_matrices, encoded, seen

SRGB, ANY, RESTRICTED, VENDOR = struct.pack(">BBBI", 1, 0, 0, 16), b"\3\0\0", b"\2\0\0", b"\4\0\0"


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def made(pixels: np.ndarray, *colours: bytes, raw: bytes | None = None) -> bytes:
    """A lossless JP2 with these colr boxes in the place of the encoder's; or with these very bytes there."""
    deep = {"bitspersample": 16} if pixels.dtype == np.uint16 else {}
    data = imagecodecs.jpeg2k_encode(pixels, codecformat="JP2", reversible=True, **deep)
    start, at = data.index(b"jp2h") - 4, data.index(b"colr") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    behind = at + int.from_bytes(data[at : at + 4], "big")
    inside = b"".join(box(b"colr", one) for one in colours) if raw is None else raw
    return data[:start] + box(b"jp2h", data[start + 8 : at] + inside + data[behind:end]) + data[end:]


def levels(pixels: np.ndarray) -> float:
    return float(np.iinfo(pixels.dtype).max)


@pytest.mark.parametrize("method", [RESTRICTED, ANY], ids=["restricted", "any"])
@pytest.mark.parametrize(("pixels", "off"), [(RGB, 1), (RGB16, 128)], ids=["8", "16"])
def test_a_colour_profile_is_applied(method: bytes, pixels: np.ndarray, off: int):
    white = levels(pixels)
    found = seen(made(pixels, method + ADOBE))
    assert found.dtype == pixels.dtype
    assert np.abs(found - by_matrices(pixels / white) * white).max() <= off
    assert np.array_equal(seen(made(pixels, SRGB)), pixels)


@pytest.mark.parametrize(("pixels", "off"), [(GRAY, 1), (GRAY16, 2)], ids=["8", "16"])
def test_a_gray_profiles_curve_becomes_srgbs(pixels: np.ndarray, off: int):
    white = levels(pixels)
    found = seen(made(pixels, RESTRICTED + GAMMA))
    assert found.shape == pixels.shape
    assert np.abs(found - encoded((pixels / white) ** 1.8) * white).max() <= off


def test_alpha_is_not_converted_by_it():
    data = made(np.dstack([RGB, ALPHA]), RESTRICTED + ADOBE)
    assert np.abs(seen(data) - by_matrices(RGB / 255) * 255).max() <= 1


@pytest.mark.parametrize(
    "colours", [(SRGB, ANY + ADOBE), (SRGB, RESTRICTED + ADOBE)], ids=["any behind", "restricted behind"]
)
def test_the_first_colour_box_counts(colours: tuple[bytes, ...]):
    assert np.array_equal(seen(made(RGB, *colours)), RGB)
    assert np.abs(seen(made(RGB, *colours[::-1])) - by_matrices(RGB / 255) * 255).max() <= 1


def test_a_colour_box_of_a_vendors_method_is_passed_over():
    found = seen(made(RGB, VENDOR + b"of theirs", ANY + ADOBE))
    assert np.abs(found - by_matrices(RGB / 255) * 255).max() <= 1


@pytest.mark.parametrize(
    "body",
    [b"no profile", ADOBE[:200], ADOBE[:36] + b"xxxx" + ADOBE[40:], ADOBE[:128] + b"\xff" * 300, GAMMA, b"\xff" * (1 << 20)],
    ids=["none", "cut", "no signature", "no tags", "gray's", "a megabyte"],
)  # fmt: skip
def test_a_profile_that_is_damaged_or_another_colour_spaces_is_ignored(body: bytes):
    assert np.array_equal(seen(made(RGB, ANY + body)), RGB)
    assert np.array_equal(seen(made(RGB16, ANY + body)), RGB16)


def test_a_profile_of_more_than_16_mebibytes_is_not_taken_out():
    most = 16 << 20
    assert len(jp2.read(made(GRAY, ANY + bytes(most))).icc or b"") == most
    assert jp2.read(made(GRAY, ANY + bytes(most + 1))).icc is None


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack(">I4s", 0xFFFFFF, b"colr") + RESTRICTED + ADOBE,
        struct.pack(">I4s", 7, b"colr") + RESTRICTED + ADOBE,
        struct.pack(">I4sQ", 1, b"colr", 1 << 63) + RESTRICTED + ADOBE,
        box(b"colr", b""),
        box(b"colr", b"\2"),
        box(b"colr", RESTRICTED),
    ],
    ids=["too long", "too short", "8 exbibytes", "empty", "one byte", "no profile"],
)
def test_a_colour_box_that_is_broken_holds_no_profile(raw: bytes):
    assert jp2.read(made(RGB, raw=raw)).icc is None


def test_sixteen_bits_with_two_profiles_are_converted_once_by_the_first():
    found = seen(made(RGB16, RESTRICTED + ADOBE, RESTRICTED + GAMMA))
    assert np.abs(found - by_matrices(RGB16 / 65535) * 65535).max() <= 128


def test_a_codestream_alone_has_none():
    assert jp2.read(saved(RGB, "JPEG2000", no_jp2=True)).icc is None
