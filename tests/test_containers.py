"""Containers: what is written is read, the pixels stay, and no bytes make a reader raise."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from colorizer_core.errors import EncodeFailed
from colorizer_core.image.containers.kinds import kind_of, read, write
from colorizer_core.image.containers.packets import Packets, Resolution
from colorizer_core.image.containers.structure import read_structure
from colorizer_core.image.exif import fresh, renewed, stated
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.iim import BrokenIim, DataSet, read_iim, write_iim
from colorizer_core.image.label import label_of, read_label
from colorizer_core.image.metadata import Made, carry
from colorizer_core.image.srgb import srgb_profile
from tests.carrying import MAKING, encoded, gray

FORMATS = tuple(CAPACITIES)
ROBUST = Path(__file__).resolve().parents[2] / "shared" / "data"
IPTC = write_iim((DataSet((1, 90), b"\x1b%G"), DataSet((2, 80), "Erna Müller".encode())))
DPI = Resolution(300.0, 150.0)
PACKETS = Packets(fresh((128, 96), DPI).block, b"<x:xmpmeta/>" * 7, IPTC, srgb_profile(), DPI)
CALM = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def colour(format: Format, deep: bool = False, has_alpha: bool = False) -> bytes:
    pixels = np.dstack([gray(), gray()[::-1], gray()[:, ::-1], *([gray()] if has_alpha else [])])
    return encoded(format, pixels.astype(np.uint16) * 257 if deep else pixels)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read(format: Format):
    found = read(write(colour(format), format, PACKETS))
    assert found.xmp == PACKETS.xmp
    assert found.exif is not None
    assert stated(found.exif).resolution == DPI
    assert found.iptc == (None if format == "webp" else IPTC)
    assert found.icc == (None if format in {"png", "jp2"} else PACKETS.icc)
    if format == "webp":
        assert found.resolution is None
    else:
        assert found.resolution is not None
        assert (found.resolution.x, found.resolution.y) == pytest.approx((300, 150), abs=0.01)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_twice_is_there_once(format: Format):
    once = write(colour(format), format, PACKETS)
    other = write(colour(format), format, replace(PACKETS, xmp=b"<other/>", iptc=None))
    assert read(write(other, format, PACKETS)) == read(once) or format == "tiff"  # whose `exif` is the file
    if format != "tiff":  # a new directory lies behind the old one
        assert write(other, format, PACKETS) == once


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_decoders_read_the_same_pixels_as_before(format: Format, deep: bool, has_alpha: bool):
    capacity = CAPACITIES[format]
    if deep > capacity.deep or has_alpha > capacity.alpha:
        pytest.skip(f"{format} has no room for that")
    before = colour(format, deep, has_alpha)
    after = write(before, format, PACKETS)
    for flag in (cv2.IMREAD_UNCHANGED, cv2.IMREAD_COLOR):
        assert np.array_equal(*(cv2.imdecode(np.frombuffer(data, np.uint8), flag) for data in (before, after)))
    if format != "tiff" or not deep:  # Pillow reads no TIFF of three 16-bit channels
        assert np.array_equal(*(np.asarray(Image.open(io.BytesIO(data))) for data in (before, after)))
    if format == "tiff":
        assert np.array_equal(*(tifffile.imread(io.BytesIO(data)) for data in (before, after)))


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "jp2"])
def test_pillow_reads_the_resolution(format: Format):
    image = Image.open(io.BytesIO(write(colour(format), format, PACKETS)))
    assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)  # whole pixels per metre


@pytest.mark.parametrize("format", ["jpeg", "tiff", "webp"])
def test_the_profile_is_srgb_to_littlecms(format: Format):
    image = Image.open(io.BytesIO(write(colour(format), format, PACKETS)))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    levels = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    same = ImageCms.profileToProfile(levels, profile, ImageCms.createProfile("sRGB"))
    assert same is not None
    assert np.abs(np.asarray(same).astype(int) - np.asarray(levels)).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_big", [False, True])
def test_tiffs_of_either_byte_order_and_bigtiffs_are_read(order: str, is_big: bool):
    file = io.BytesIO()
    tags = [(315, 2, 5, "Erna", True), (700, 1, 8, b"<x:xmp/>", True), (33723, 7, len(IPTC), IPTC, True)]
    with tifffile.TiffWriter(file, byteorder=order, bigtiff=is_big) as writer:
        writer.write(gray(), resolution=(300, 150), resolutionunit="INCH", extratags=tags, metadata=None)
    found = read(file.getvalue())
    assert (found.xmp, found.iptc, found.resolution) == (b"<x:xmp/>", IPTC, DPI)
    new = renewed(file.getvalue(), (128, 96), DPI)
    structure = read_structure(new.block)
    assert structure is not None
    assert (structure.main[315].value, new.lost) == (b"Erna\0", ())
    assert {273, 279, 256}.isdisjoint(structure.main)  # nothing of where the pixels lay


@pytest.mark.parametrize("name", ["II", "MM"])
def test_iptc_that_a_tiff_calls_32_bit_numbers_is_read_in_its_order(name: str):
    iptc = IPTC + b"\0" * (-len(IPTC) % 4)
    order = {"II": "<", "MM": ">"}[name]
    magic = name.encode() + struct.pack(f"{order}HI", 42, 8)
    entries = struct.pack(f"{order}HHHIII", 1, 33723, 4, len(iptc) // 4, 26, 0)
    assert read(magic + entries + iptc).iptc == iptc
    swapped = b"".join(iptc[at : at + 4][::-1] for at in range(0, len(iptc), 4))
    assert read(magic + entries + swapped).iptc == iptc


def test_a_makernote_goes_whole_and_says_so():
    block = Image.Exif()
    block.get_ifd(0x8769).update({0x927C: b"Nikon\0" + bytes(500), 0x9003: "1908:01:02 03:04:05"})
    new = renewed(block.tobytes().removeprefix(b"Exif\0\0"), (4, 3), None)
    assert (new.has_kept, new.lost) == (True, ("makernote",))
    assert b"Nikon" not in new.block
    assert b"1908:01:02 03:04:05" in new.block


@pytest.mark.parametrize("text", ["日本語写真", "Фотография", "Größe"])
@pytest.mark.parametrize("order", ["little", "big"])
def test_a_comment_is_kept_in_every_script(text: str, order: str):
    block = Image.Exif()
    block.endian = {"little": "<", "big": ">"}[order]
    block.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-" + order[0] + "e")
    structure = read_structure(renewed(block.tobytes().removeprefix(b"Exif\0\0"), (4, 3), None).block)
    assert structure is not None
    assert structure.exif[0x9286].value == b"UNICODE\0" + text.encode("utf-16-le")


def test_the_longest_fields_go_where_a_block_would_not_fit_into_a_segment():
    block = Image.Exif()
    block[270], block[315] = "long" * 20_000, "Erna"
    new = renewed(block.tobytes().removeprefix(b"Exif\0\0"), (4, 3), None)
    assert new.lost == ("exif: 0x010e (too long)",)
    assert b"Erna" in new.block


def test_exif_in_several_segments_of_a_jpeg_is_one_block():
    block = Image.Exif()
    block[270] = "first and second"
    whole = block.tobytes()
    jpeg = encoded("jpeg")
    at = len(whole) - 7
    segments = [whole[:at], b"Exif\0\0" + whole[at:], b"Exif\0\0II*\0another block"]
    wrapped = b"".join(b"\xff\xe1" + (len(one) + 2).to_bytes(2, "big") + one for one in segments)
    assert read(jpeg[:2] + wrapped + jpeg[2:]).exif == whole.removeprefix(b"Exif\0\0")


def test_what_stands_between_the_segments_of_a_jpeg_is_skipped_as_decoders_skip_it():
    whole = write(encoded("jpeg"), "jpeg", PACKETS)
    at = whole.index(b"\xff\xe1")
    assert read(whole[:at] + b"junk\xff\0\xff" + whole[at:]) == read(whole)


def test_a_great_many_fields_are_cut_to_a_segment_too():
    block = Image.Exif()
    for number in range(4000):
        block.get_ifd(0x8769)[0xB000 + number] = f"field {number}, of some length"
    new = renewed(block.tobytes().removeprefix(b"Exif\0\0"), (4, 3), None)
    assert 50_000 < len(new.block) < 65_000
    assert new.lost[0].startswith("exif: 0xb")


def test_iptc_of_a_great_many_data_sets_is_not_read():
    with pytest.raises(BrokenIim):
        read_iim(write_iim((DataSet((2, 25), b"a"),)) * 20_000)
    assert len(read_iim(write_iim((DataSet((2, 25), b"a" * 40_000),)) * 3)) == 3  # a length in more than two bytes


def test_an_encoders_file_that_is_none_is_told():
    for kind in FORMATS:
        with pytest.raises(EncodeFailed, match=kind):
            write(b"no picture", kind, PACKETS)


@CALM
@given(st.binary(max_size=300), st.sampled_from(FORMATS))
def test_no_bytes_behind_a_signature_make_a_reader_raise(data: bytes, format: Format):
    assert isinstance(read(encoded(format)[:16] + data), Packets)
    assert isinstance(read(data), Packets)


@CALM
@given(st.data(), st.sampled_from(FORMATS))
def test_no_damage_to_a_source_keeps_its_derivative_from_its_label(data: st.DataObject, format: Format):
    source = bytearray(SOURCES[format])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(source) - 5))
        source[at : at + 4] = data.draw(st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"]) | FOUR)
    label = label_of(MAKING, "composite", "00" * 32, "jpeg")
    cut = bytes(source[: data.draw(st.integers(0, len(source)))])
    for one in (bytes(source), cut):
        assert read_label(carry(one, DERIVATIVE, (128, 96), label, Made("jpeg")).data, "jpeg") == label


FOUR = st.binary(min_size=4, max_size=4)
DERIVATIVE = colour("jpeg")
SOURCES = {
    kind: carry(
        write(encoded(kind), kind, replace(PACKETS, xmp=None)),
        colour(kind),
        (128, 96),
        label_of(MAKING, "composite", "ff" * 32, kind),
        Made(kind),
    ).data
    for kind in FORMATS
}


@pytest.mark.skipif(not ROBUST.is_dir(), reason="the collection of odd files, ../shared/data, is not here")
def test_every_odd_file_of_the_collections_gives_a_labelled_derivative():
    """Broken, truncated and hostile files of the test suites of other decoders, and photographs as they are on the web."""
    derivatives = {kind: colour(kind) for kind in FORMATS}
    kinds = dict.fromkeys(FORMATS, 0)
    paths = [
        path for folder in ("robust", "historical") for path in sorted((ROBUST / folder).rglob("*")) if path.is_file()
    ]
    for number, path in enumerate(paths):
        source, output = path.read_bytes(), FORMATS[number % len(FORMATS)]
        if kind := kind_of(source):
            kinds[kind] += 1
        label = label_of(MAKING, "enhanced", "11" * 32, output)
        carried = carry(source, derivatives[output], (128, 96), label, Made(output))
        assert read_label(carried.data, output) == label, path
        decoded = cv2.imdecode(np.frombuffer(carried.data, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None, (path, output)
    assert min(kinds.values()) > 5
