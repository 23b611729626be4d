"""WebP and JPEG 2000 inside a TIFF: what they state of themselves is held against the TIFF before they are decoded."""

from __future__ import annotations

import io
import struct

import imagecodecs
import numpy as np
import pytest
import tifffile

from colorizer_core.errors import CorruptImage, TooLarge
from colorizer_core.image.codestream import SIZ, codestream_at, webp_size
from colorizer_core.image.decode import read
from tests.kinds import ALPHA, RGB, RGB16, saved, tiff
from tests.test_limits import stated

MILLION = 1_000_000
HEIGHT, WIDTH = RGB.shape[:2]
JPEG_2000 = 34712


def holding(inside: bytes, compression: int, pixels: np.ndarray = RGB, **options: object) -> bytes:
    """A TIFF of one strip (or tile, by the options) that is these bytes."""
    file = io.BytesIO()
    photometric = "rgb" if pixels.ndim == 3 else "minisblack"
    tifffile.imwrite(
        file, iter([inside]), shape=pixels.shape, dtype=pixels.dtype, photometric=photometric, compression=compression,
        rowsperstrip=None if options else HEIGHT, **options,
    )  # fmt: skip
    return file.getvalue()


def codestream(pixels: np.ndarray) -> bytes:
    return imagecodecs.jpeg2k_encode(pixels, codecformat="J2K", reversible=True)


def stating(width: int, height: int, data: bytes) -> bytes:
    """A codestream that states another size, or a WebP."""
    changed = bytearray(data)
    if data.startswith(SIZ):
        changed[8:16] = struct.pack(">2I", width, height)
    elif data[12:16] == b"VP8L":
        rest = int.from_bytes(data[21:25], "little") >> 28 << 28
        changed[21:25] = (rest | width - 1 | height - 1 << 14).to_bytes(4, "little")
    else:
        changed[26:30] = struct.pack("<2H", width, height)
    return bytes(changed)


LOSSLESS, LOSSY = saved(RGB, "WEBP", lossless=True), saved(RGB, "WEBP", quality=90)
EXTENDED = saved(np.dstack([RGB, ALPHA]), "WEBP", quality=90)
ANIMATED = saved(RGB, "WEBP", save_all=True, append_images=[])


@pytest.mark.parametrize("data", [LOSSLESS, LOSSY, EXTENDED], ids=["VP8L", "VP8", "VP8X"])
def test_a_webp_states_its_size(data: bytes):
    assert webp_size(data) == (WIDTH, HEIGHT)
    assert webp_size(data[:29]) is None


def test_a_codestream_states_its_size_its_channels_and_their_bits():
    found = codestream_at(codestream(RGB16), 0)
    assert found is not None
    assert (found.width, found.height, found.channels, found.bits, found.is_plain) == (WIDTH, HEIGHT, 3, 16, True)
    assert codestream_at(b"ab" + codestream(RGB16), 0) is None
    assert codestream_at(codestream(RGB16)[:43], 0) is None
    assert not codestream_at(codestream(RGB.astype(np.int16)), 0).is_plain  # type: ignore[union-attr]


def test_what_is_inside_is_read():
    assert np.array_equal(read(holding(LOSSLESS, 50001), MILLION).picture.pixels[..., ::-1], RGB)
    assert np.array_equal(read(holding(codestream(RGB), JPEG_2000), MILLION).picture.pixels[..., ::-1], RGB)


@pytest.mark.parametrize(
    ("inside", "compression"),
    [
        (stating(16_000, 16_000, LOSSLESS), 50001),
        (stating(16_000, 16_000, LOSSY), 50001),
        (stating(WIDTH, HEIGHT + 1, LOSSLESS), 50001),
        (EXTENDED[:24] + b"\xff\xff\0\xff\xff\0" + EXTENDED[30:], 50001),
        (ANIMATED[:20] + b"\x02" + ANIMATED[21:], 50001),
        (b"", 50001),
        (b"no WebP" * 10, 50001),
        (stating(60_000, 60_000, codestream(RGB)), JPEG_2000),
        (stating(WIDTH + 1, HEIGHT, codestream(RGB)), JPEG_2000),
        (codestream(RGB16), JPEG_2000),
        (codestream(RGB[..., 0]), JPEG_2000),
        (codestream(np.dstack([RGB, RGB])), JPEG_2000),
        (codestream(RGB)[:60], JPEG_2000),
        (imagecodecs.jpeg2k_encode(RGB, codecformat="JP2"), JPEG_2000),
        (b"no codestream" * 10, JPEG_2000),
    ],
    ids=[
        "VP8L large", "VP8 large", "one row more", "VP8X large", "animated", "empty", "no WebP", "J2K large", "one column more",
        "16 bits", "one channel", "six channels", "cut", "boxes around it", "no codestream",
    ],
)  # fmt: skip
def test_what_states_another_size_than_the_tiff_is_corrupt_and_not_decoded(
    inside: bytes, compression: int, monkeypatch: pytest.MonkeyPatch
):
    data = holding(inside, compression)
    if inside != codestream(RGB)[:60]:  # of which the header is whole
        for codec in ("webp_decode", "jpeg2k_decode"):
            monkeypatch.setattr(imagecodecs, codec, lambda *_, **__: pytest.fail("it was decoded"))
    with pytest.raises(CorruptImage):
        read(data, MILLION)


def test_a_webp_in_a_tiff_of_16_bits_is_corrupt_for_it_has_8():
    with pytest.raises(CorruptImage):
        read(holding(LOSSLESS, 50001, RGB16), MILLION)


@pytest.mark.parametrize("options", [{"compression": "webp"}, {"compression": JPEG_2000}])
def test_the_tiff_itself_is_held_against_the_limits_first(options: dict[str, object]):
    tiled, whole = (tiff(RGB, photometric="rgb", **options, **layout) for layout in ({"tile": (16, 16)}, {}))
    with pytest.raises(TooLarge):
        read(whole, RGB.shape[0] * RGB.shape[1] - 1)
    with pytest.raises(TooLarge):
        read(stated(whole, ImageWidth=60_000, ImageLength=60_000), MILLION)
    with pytest.raises(TooLarge):
        read(stated(tiled, TileWidth=16_000, TileLength=16_000), MILLION)
    with pytest.raises(CorruptImage):
        read(stated(tiled, ImageWidth=900, ImageLength=900), MILLION)
