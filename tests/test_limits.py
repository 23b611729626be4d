"""The header decides before a decoder allocates; pages are counted whatever the file says; hostile files stay within limits."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from bench.measured import python
from colorizer_core.errors import CorruptImage, ImageError, TooLarge, UnsupportedImage
from colorizer_core.image.decode import read
from tests import models
from tests.kinds import GRAY, GRAY16, RGB, RGB16, png, saved, tiff

MILLION = 1_000_000
ROBUST = models.SHARED / "robust"


def stated(data: bytes, **tags: int) -> bytes:
    """A TIFF whose first directory states other numbers; a name is tifffile's of a tag, `_` for a space."""
    changed = bytearray(data)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        for name, value in tags.items():
            tag = file.pages.first.tags[name]
            size = {3: 2, 4: 4}[tag.dtype]
            changed[tag.valueoffset : tag.valueoffset + size] = value.to_bytes(
                size, "little" if file.byteorder == "<" else "big"
            )
    return bytes(changed)


DEEP = tiff(GRAY16, rowsperstrip=8)
DEFLATED = tiff(GRAY16, rowsperstrip=8, compression="deflate")
SHALLOW = tiff(np.tile(RGB, (5, 5, 1)), photometric="rgb", tile=(16, 16), compression="deflate")
TILED = tiff(GRAY16, tile=(16, 16), compression="deflate")


def stated_jp2(width: int) -> bytes:
    """A JPEG 2000 whose codestream says another width than its header."""
    data = bytearray(imagecodecs.jpeg2k_encode(GRAY16, reversible=True, codecformat="JP2"))
    at = data.index(b"\xff\x4f\xff\x51") + 8
    data[at : at + 4] = width.to_bytes(4, "big")
    return bytes(data)


def huge_png(bits: int, colour_type: int) -> bytes:
    data = bytearray(png(GRAY16 >> (16 - bits) if colour_type == 0 else RGB16, bits, colour_type))
    data[16:24] = struct.pack(">II", 17_000, 17_000)
    crc = imagecodecs.zlib_crc32(bytes(data[12:29]))
    data[29:33] = crc.to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (stated(DEEP, ImageWidth=60_000, ImageLength=60_000), TooLarge),
        (stated(DEEP, ImageLength=65_000), CorruptImage),
        (stated(DEEP, ImageWidth=1, ImageLength=65_000, RowsPerStrip=1), CorruptImage),
        (stated(DEFLATED, ImageWidth=1, ImageLength=65_000, RowsPerStrip=1), CorruptImage),
        (stated(DEEP, SamplesPerPixel=65_535), ImageError),
        (stated(TILED, TileWidth=65_520, TileLength=65_520), TooLarge),
        (stated(TILED, ImageWidth=16_000, ImageLength=16_000), CorruptImage),
        (stated(SHALLOW, TileWidth=16_000, TileLength=16_000), CorruptImage),
        (stated(SHALLOW, TileWidth=40_000, TileLength=40_000), TooLarge),
        (huge_png(8, 0), CorruptImage),
        (huge_png(16, 2), CorruptImage),
        (stated_jp2(60_000), CorruptImage),
        (b"P6 17000 17000 255\n" + bytes(99), CorruptImage),
        (b"P6 17000 17000 65535\n" + bytes(99), CorruptImage),
        (b"P5 170000 17000 65535\n" + bytes(99), TooLarge),
    ],
)
def test_what_a_header_states_is_refused_before_memory_is_taken(data: bytes, error: type[ImageError]):
    tracemalloc.start()
    try:
        with pytest.raises(error):
            read(data, 300 * MILLION)
        assert tracemalloc.get_traced_memory()[1] < 20 * MILLION  # NumPy's and Python's
    finally:
        tracemalloc.stop()


def gif(left: int, top: int, before: bytes = b"") -> bytes:
    """A GIF whose first frame lies far off its screen, and is to be wiped: Pillow makes room for all that as it opens it."""
    plain = saved(GRAY, "GIF")
    at = plain.index(b",", 13 + 768)
    wiped = b"!\xf9\x04\x08\0\0\0\0"
    return plain[:at] + wiped + before + b"," + struct.pack("<HH", left, top) + plain[at + 5 :]


VP8X = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\xff" * 2


@pytest.mark.parametrize(
    "data",
    [gif(65_000, 65_000), gif(65_000, 65_000, b"junk"), gif(65_000, 65_000, b"!\xf9\0\0"), VP8X],
    ids=["gif", "gif with junk", "gif with an empty block", "webp"],
)
def test_a_canvas_is_too_large_before_it_is_opened(data: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(TooLarge):
        read(data, 300 * MILLION)


def test_a_frame_within_the_screen_is_read_wherever_it_lies():
    assert read(gif(3, 2), MILLION).picture.width == GRAY.shape[1] + 3


def test_well_compressed_pictures_are_no_bombs():
    white, deep = np.full((3000, 3000, 3), 255, np.uint8), np.full((3000, 3000), 65535, np.uint16)
    for kind in ("PNG", "WEBP", "AVIF", "GIF", "JPEG", "JPEG2000"):
        assert read(saved(white, kind), 9 * MILLION).picture.width == 3000
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        assert read(saved(white, "TIFF", compression=compression), 9 * MILLION).picture.width == 3000
    for compression in ("lzw", "deflate", "packbits", "zstd", "lzma"):
        assert read(tiff(deep, compression=compression, rowsperstrip=3000), 9 * MILLION).picture.pixels.min() == 65535


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "gap", [b" " * 60, b"\n# words\n" * 60, b" # words\n" * 60], ids=["spaces", "lines", "comments"]
)
def test_however_wide_the_gaps_in_a_pnms_header_are_it_is_read_at_once(gap: bytes):
    height, width = GRAY.shape
    data = b"P5" + gap + b"%d" % width + gap + b"%d" % height + gap + b"0000255\n" + GRAY.tobytes()
    assert np.array_equal(read(data, MILLION).picture.pixels, GRAY)
    deep = b"P5" + gap + b"0%d" % width + gap + b"%d" % height + gap + b"0065535\n" + GRAY16.astype(">u2").tobytes()
    assert np.array_equal(read(deep, MILLION).picture.pixels, GRAY16)


@pytest.mark.parametrize(
    "data",
    [
        DEEP[:900],
        TILED[:900],
        tiff(RGB16, photometric="rgb", compression="lzw")[:3000],
        tiff(RGB16, photometric="rgb")[:4000],
    ],
)
def test_a_tiff_that_breaks_off_is_corrupt(data: bytes):
    with pytest.raises(CorruptImage):
        read(data, MILLION)


@pytest.mark.parametrize(
    "pixels", [GRAY.astype(np.float32), GRAY.astype(np.int16), GRAY.astype(np.uint32), RGB.astype(np.float32)]
)
def test_other_samples_are_unsupported_and_the_message_says_what_to_do(pixels: np.ndarray):
    with pytest.raises(UnsupportedImage, match=r"convert it to .*8 or 16 bits"):
        read(tiff(pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack"), MILLION)


@pytest.mark.parametrize(("pixels", "compression"), [(RGB16, "jpegxl"), (RGB, "jpegxr"), (RGB, 33003)])
def test_a_tiff_with_another_picture_inside_is_unsupported_and_not_called_damaged(
    pixels: np.ndarray, compression: str | int
):
    with pytest.raises(UnsupportedImage):
        read(tiff(pixels, photometric="rgb", compression=compression), MILLION)


def test_a_chain_of_pages_that_bites_its_tail_is_counted_once():
    data = bytearray(tiff(np.stack([GRAY, GRAY, GRAY]), photometric="minisblack"))
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        first, last = file.pages[0].offset, file.pages[2].offset
    count = int.from_bytes(data[last : last + 2], "little")
    at = last + 2 + 12 * count
    data[at : at + 4] = first.to_bytes(4, "little")
    assert read(bytes(data), MILLION).frames == 3


def test_a_directory_that_lies_beyond_all_addresses_ends_the_chain():
    data = bytearray(tiff(GRAY, photometric="minisblack", bigtiff=True))
    (chain,) = struct.unpack_from("<Q", data, 8)
    (entries,) = struct.unpack_from("<Q", data, chain)
    struct.pack_into("<Q", data, chain + 8 + 20 * entries, 2**63 + 1)
    assert read(bytes(data), MILLION).frames == 1


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("pixels", [GRAY, GRAY16])
def test_pages_are_counted_in_either_order_and_size(big: bool, order: str, pixels: np.ndarray):
    data = tiff(np.stack([pixels] * 5), photometric="minisblack", bigtiff=big, byteorder=order)
    assert read(data, MILLION).frames == 5


def test_a_gif_that_breaks_off_behind_its_first_frame_counts_what_is_there():
    assert read(saved(GRAY, "GIF")[:-1], MILLION).frames == 1


RUN = """
import collections, faulthandler, json, sys
from pathlib import Path
from colorizer_core.errors import ImageError
from colorizer_core.image.decode import read
from jobs.machine import peak_memory

codes, before = collections.Counter(), peak_memory()
for path in sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file()):
    faulthandler.dump_traceback_later(10, exit=True)  # a hang ends it
    try:
        decoded = read(path.read_bytes(), int(sys.argv[2]))
        assert decoded.picture.pixels.size and decoded.frames >= 1
        codes["picture"] += 1
    except ImageError as error:
        assert str(error), path
        codes[error.code] += 1
    faulthandler.cancel_dump_traceback_later()
print(json.dumps({"codes": codes, "peak": peak_memory() - before}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not ROBUST.is_dir(), reason="the odd and hostile files are not beside the checkout")
@pytest.mark.parametrize("max_pixels", [300 * MILLION, 2 * MILLION])
def test_every_odd_broken_and_hostile_file_has_an_outcome_in_one_process_within_its_memory(max_pixels: int):
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(ROBUST), str(max_pixels)],
        capture_output=True, text=True, check=False, timeout=250, env=os.environ | {"PYTHONPATH": str(models.ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    codes = found["codes"]
    assert sum(codes.values()) == sum(path.is_file() for path in ROBUST.rglob("*")) >= 1365
    assert codes["picture"] > 1000
    assert set(codes) == {"picture", "CORRUPT_IMAGE", "EMPTY_FILE", "NOT_AN_IMAGE", "TOO_LARGE", "UNSUPPORTED_IMAGE"}
    assert found["peak"] < 100 * MILLION + 2 * 8 * max_pixels


POOR = """
import resource, sys
from pathlib import Path
from colorizer_core.image.decode import read

data = Path(sys.argv[1]).read_bytes()
read(Path(sys.argv[2]).read_bytes(), 10**9)  # all libraries are loaded
limit = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + (48 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    read(data, 10**9)
except MemoryError:
    print("no memory")
"""


def test_a_want_of_memory_is_no_damage(tmp_path: Path):
    files = []
    for number, (width, pixels) in enumerate([(9000, np.uint8), (9, np.uint8), (9000, np.uint16), (9, np.uint16)]):
        files.append(tmp_path / f"{number}.png")
        picture = np.zeros((width, width), pixels)
        files[-1].write_bytes(saved(picture, "PNG") if pixels == np.uint8 else tiff(picture, compression="deflate"))
    for large, small in (files[:2], files[2:]):
        done = subprocess.run(
            [sys.executable, "-c", POOR, str(large), str(small)],
            capture_output=True, text=True, check=False, timeout=120, env=os.environ | {"PYTHONPATH": str(models.ROOT)},
        )  # fmt: skip
        assert done.stdout == "no memory\n", done.stderr[-1000:]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"rowsperstrip": 4000},
        {"rowsperstrip": 4000, "compression": "deflate", "predictor": 2, "byteorder": ">"},
        {"tile": (64, 64)},
    ],
    ids=["one strip", "one deflated strip", "tiles"],
)
def test_a_deep_tiff_is_coloured_in_little_more_than_twice_its_pixels(tmp_path: Path, options: dict[str, object]):
    pixels = np.random.default_rng(0).integers(0, 65536, (4000, 5000, 3), np.uint16)
    file = tmp_path / "deep.tif"
    tifffile.imwrite(file, pixels, photometric="rgb", extratags=[(274, 3, 1, 6, True)], **options)
    measured = python("-m", "bench.deep_tiff_memory", str(file), PYTHONPATH=str(models.ROOT))
    assert 1.2 * pixels.nbytes < measured.worker_memory < 2.2 * (2 * pixels.nbytes)
