"""Files of every kind that is read, made by other libraries or by hand, with the pixels that they hold."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

GRAY16 = (np.add.outer(np.arange(40) * 1000, np.arange(60) * 400) + 7).astype(np.uint16)
RGB16 = np.dstack([GRAY16, GRAY16[::-1], GRAY16[:, ::-1]])
ALPHA16 = 65535 - GRAY16
GRAY, RGB, ALPHA = ((one >> 8).astype(np.uint8) for one in (GRAY16, RGB16, ALPHA16))
INKS16 = np.dstack([RGB16, ALPHA16 // 4])
INKS = (INKS16 >> 8).astype(np.uint8)
BILEVEL = (GRAY > 100).astype(np.uint8) * 255


def plain_cmyk(inks: np.ndarray) -> np.ndarray:
    """(1 − C)(1 − K), as everybody does it who has no profile."""
    white = np.iinfo(inks.dtype).max
    light = 1 - inks.astype(float) / white
    return np.rint(light[..., :3] * light[..., 3:] * white).astype(inks.dtype)


@dataclass(frozen=True, slots=True)
class File:
    """One file, and what is in it: gray or R, G, B; at most `off` levels away."""

    name: str
    data: bytes
    pixels: np.ndarray
    off: int = 0
    alpha: np.ndarray | None = None
    frames: int = 1

    @property
    def kind(self) -> str:
        return self.name.split()[0]


def saved(pixels: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    """By Pillow."""
    file = io.BytesIO()
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(file, kind, **options)
    return file.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    """By tifffile."""
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def png(pixels: np.ndarray, bits: int, colour_type: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """By hand: (h, w[, n]) samples of so many bits."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)
    if bits == 16:
        packed = [row.astype(">u2").tobytes() for row in rows]
    else:
        unpacked = np.unpackbits(rows.astype(np.uint8)[..., None], axis=2)[..., 8 - bits :]
        packed = [np.packbits(row.ravel()).tobytes() for row in unpacked]
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in packed))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def pnm(magic: str, white: int | None, body: bytes) -> bytes:
    """By hand, with a comment in its header."""
    height, width = GRAY.shape
    return (
        f"{magic}\n# a comment\n{width} {height}\n{'' if white is None else f'{white} '}".encode().rstrip()
        + b"\n"
        + body
    )


def _levels(bits: int) -> np.ndarray:
    return GRAY16 >> (16 - bits)


def _full(levels: np.ndarray, bits: int, white: int = 255) -> np.ndarray:
    return np.rint(levels * (white / (2**bits - 1))).astype(np.uint8 if white == 255 else np.uint16)


def _frames(count: int) -> list[Image.Image]:
    return [Image.fromarray(np.roll(GRAY, 5 * number, 1)) for number in range(count)]


def _jpegs() -> list[File]:
    ycck = imagecodecs.jpeg8_encode(255 - INKS, 95, colorspace="cmyk", outcolorspace="ycck", subsampling="444")
    return [
        File("jpeg gray", saved(GRAY, "JPEG", quality=95), GRAY, 3),
        File("jpeg YCbCr", saved(RGB, "JPEG", quality=95, subsampling=0), RGB, 8),
        File("jpeg YCbCr 4:2:0", saved(RGB, "JPEG", quality=95), RGB, 25),
        File("jpeg progressive", saved(RGB, "JPEG", quality=95, subsampling=0, progressive=True), RGB, 8),
        File("jpeg progressive gray", saved(GRAY, "JPEG", quality=95, progressive=True), GRAY, 3),
        File("jpeg CMYK", saved(Image.fromarray(INKS, "CMYK"), "JPEG", quality=95), plain_cmyk(INKS), 8),
        File("jpeg YCCK", ycck, plain_cmyk(INKS), 8),
    ]


def _pngs() -> list[File]:
    palette = np.random.default_rng(0).integers(0, 256, (256, 3), np.uint8)
    files = [
        File(f"png gray {bits} bit", png(_levels(bits), bits, 0), _full(_levels(bits), bits)) for bits in (1, 2, 4, 8)
    ]
    for bits in (1, 2, 4, 8):
        chunk = (b"PLTE", palette[: 2**bits].tobytes())
        files.append(File(f"png palette {bits} bit", png(_levels(bits), bits, 3, chunk), palette[_levels(bits)]))
    clear = (b"tRNS", bytes(range(256)))
    chunks = ((b"PLTE", palette.tobytes()), clear)
    key, key16 = np.equal(GRAY, GRAY[3, 4]), np.equal(RGB16, RGB16[3, 4]).all(2)
    return [
        *files,
        File("png palette with alpha", png(GRAY, 8, 3, *chunks), palette[GRAY], alpha=GRAY),
        File("png gray alpha", png(np.dstack([GRAY, ALPHA]), 8, 4), GRAY, alpha=ALPHA),
        File("png RGB", png(RGB, 8, 2), RGB),
        File("png RGB alpha", png(np.dstack([RGB, ALPHA]), 8, 6), RGB, alpha=ALPHA),
        File("png gray 16 bit", png(GRAY16, 16, 0), GRAY16),
        File("png gray alpha 16 bit", png(np.dstack([GRAY16, ALPHA16]), 16, 4), GRAY16, alpha=ALPHA16),
        File("png RGB 16 bit", png(RGB16, 16, 2), RGB16),
        File("png RGB alpha 16 bit", png(np.dstack([RGB16, ALPHA16]), 16, 6), RGB16, alpha=ALPHA16),
        File(
            "png transparent gray",
            png(GRAY, 8, 0, (b"tRNS", struct.pack(">H", int(GRAY[3, 4])))),
            GRAY,
            alpha=np.where(key, 0, 255).astype(np.uint8),
        ),
        *(
            File(
                f"png transparent gray {bits} bit",
                png(_levels(bits), bits, 0, (b"tRNS", struct.pack(">H", int(_levels(bits)[30, 50])))),
                _full(_levels(bits), bits),
                alpha=np.where(_levels(bits) == _levels(bits)[30, 50], 0, 255).astype(np.uint8),
            )
            for bits in (1, 2, 4)
        ),
        File(
            "png transparent colour 16 bit",
            png(RGB16, 16, 2, (b"tRNS", RGB16[3, 4].astype(">u2").tobytes())),
            RGB16,
            alpha=np.where(key16, 0, 65535).astype(np.uint16),
        ),
        File("png animated", saved(_frames(1)[0], "PNG", save_all=True, append_images=_frames(3)[1:]), GRAY, frames=3),
    ]


def _tiffs() -> list[File]:
    files = []
    for depth, gray, rgb, inks, alpha in ((8, GRAY, RGB, INKS, ALPHA), (16, GRAY16, RGB16, INKS16, ALPHA16)):
        white, rgba = np.iinfo(gray.dtype).max, np.dstack([rgb, alpha])
        planes = np.ascontiguousarray(np.moveaxis(rgb, 2, 0))
        straight = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
        share = alpha / white
        multiplied = np.rint(rgb * share[..., None]).astype(rgb.dtype)
        files += [
            (f"gray {depth}", tiff(gray), gray, {}),
            (f"big-endian {depth}", tiff(gray, byteorder=">", compression="lzw", predictor=2), gray, {}),
            (f"min-is-white {depth}", tiff(gray, photometric="miniswhite"), white - gray, {}),
            (f"RGB {depth}", tiff(rgb, photometric="rgb"), rgb, {}),
            (f"strips LZW {depth}", tiff(rgb, photometric="rgb", compression="lzw", rowsperstrip=7), rgb, {}),
            (f"tiles deflate {depth}", tiff(rgb, photometric="rgb", compression="deflate", tile=(16, 32)), rgb, {}),
            (f"planes {depth}", tiff(planes, photometric="rgb", planarconfig="separate", compression="lzw"), rgb, {}),
            (f"planes in tiles {depth}", tiff(planes, photometric="rgb", planarconfig="separate", tile=(16, 16)), rgb, {}),
            (f"PackBits {depth}", tiff(rgb, photometric="rgb", compression="packbits"), rgb, {}),
            (f"zstd {depth}", tiff(gray, compression="zstd"), gray, {}),
            (f"LZMA {depth}", tiff(rgb, photometric="rgb", compression="lzma", tile=(16, 16)), rgb, {}),
            (f"BigTIFF {depth}", tiff(rgb, photometric="rgb", bigtiff=True), rgb, {}),
            (f"CMYK {depth}", tiff(inks, photometric="separated"), plain_cmyk(inks), {"off": 1}),
            (f"RGB alpha {depth}", tiff(rgba, **straight), rgb, {"alpha": alpha}),
            (f"gray alpha {depth}", tiff(np.dstack([gray, alpha]), photometric="minisblack", planarconfig="contig",
                                         extrasamples=["unassalpha"]), gray, {"alpha": alpha}),
            (f"multiplied alpha {depth}", tiff(np.dstack([multiplied, alpha]), photometric="rgb", extrasamples=["assocalpha"]),
             rgb, {"alpha": alpha, "off": 12}),
            (f"alpha planes {depth}", tiff(np.concatenate([planes, alpha[None]]), planarconfig="separate", **straight), rgb,
             {"alpha": alpha}),
            (f"gray alpha planes {depth}", tiff(np.stack([gray, alpha]), photometric="minisblack", planarconfig="separate",
                                                extrasamples=["unassalpha"], compression="lzw"), gray, {"alpha": alpha}),
            (f"multiplied alpha planes {depth}", tiff(np.stack([*np.moveaxis(multiplied, 2, 0), alpha]), photometric="rgb",
                                                      planarconfig="separate", extrasamples=["assocalpha"]),
             rgb, {"alpha": alpha, "off": 12}),
            (f"three pages {depth}", tiff(np.stack([gray, gray[::-1], gray[:, ::-1]]), photometric="minisblack"), gray,
             {"frames": 3}),
        ]  # fmt: skip
    done = [File(f"tiff {one[0]}", one[1], one[2], **one[3]) for one in files]
    bilevel = tiff(BILEVEL > 0, photometric="miniswhite")
    twelve = GRAY16 >> 4
    planes = np.ascontiguousarray(np.moveaxis(RGB, 2, 0))
    return [
        *done,
        File("tiff least bit first", _least_bit_first(RGB, photometric="rgb"), RGB),
        File("tiff least bit first planes", _least_bit_first(planes, photometric="rgb", planarconfig="separate"), RGB),
        File("tiff least bit first min-is-white", _least_bit_first(GRAY, photometric="miniswhite"), 255 - GRAY),
        File("tiff min-is-white 1", bilevel, 255 - BILEVEL),
        File("tiff 1 CCITT", saved(Image.fromarray(BILEVEL).convert("1"), "TIFF", compression="group4"), BILEVEL),
        File("tiff 12", tiff(twelve, bitspersample=12), _full(twelve, 12, 65535), 1),
        File("tiff JPEG", saved(RGB, "TIFF", compression="jpeg", quality=95), RGB, 25),
        *_tiffs_of_pictures(),
        File("tiff palette", saved(Image.fromarray(RGB).quantize(64), "TIFF"), RGB, 40),
    ]


def _least_bit_first(pixels: np.ndarray, **options: object) -> bytes:
    """With FillOrder 2, which tifffile doesn't write: another tag of a number near by becomes it."""
    turned = np.packbits(np.unpackbits(pixels[..., None], axis=-1, bitorder="little"), axis=-1)[..., 0]
    data = tiff(turned, extratags=[(263, 3, 1, 2, True)], **options)
    return data.replace(struct.pack("<HHI", 263, 3, 1), struct.pack("<HHI", 266, 3, 1))


def _tiffs_of_pictures() -> list[File]:
    """Each strip or tile is a WebP or a JPEG 2000."""
    webp = {"compression": "webp", "compressionargs": {"lossless": True}}
    planes, twelve = np.ascontiguousarray(np.moveaxis(RGB16, 2, 0)), RGB16 >> 4
    rgb, separate = {"photometric": "rgb"}, {"photometric": "rgb", "planarconfig": "separate"}
    straight = {**rgb, "extrasamples": ["unassalpha"]}
    twelve_bits = {"bitspersample": 12, "compression": 34712, "compressionargs": {"bitspersample": 12}}
    tiles, strips = {"tile": (16, 32)}, {"rowsperstrip": 16}
    done = [
        File("tiff WebP", tiff(RGB, **webp, **rgb), RGB),
        File("tiff WebP in tiles", tiff(RGB, **webp, **rgb, **tiles), RGB),
        File("tiff WebP in strips", tiff(RGB, **webp, **rgb, **strips), RGB),
        File("tiff WebP alpha", tiff(np.dstack([RGB, ALPHA]), **webp, **straight), RGB, alpha=ALPHA),
        File("tiff JPEG 2000 12", tiff(twelve, **twelve_bits, **rgb), _full(twelve, 12, 65535), 1),
        File("tiff JPEG 2000 planes", tiff(planes, compression=34712, **separate, **tiles), RGB16),
    ]
    for gray, colour, alpha in ((GRAY, RGB, ALPHA), (GRAY16, RGB16, ALPHA16)):
        for number, layout in ((34712, tiles), (33004, strips), (33005, {})):
            name, options = f"tiff JPEG 2000 {number} {colour.itemsize * 8}", {"compression": number, **layout}
            done.append(File(name, tiff(colour, **options, **rgb), colour))
            done.append(File(f"{name} gray", tiff(gray, **options), gray))
            done.append(
                File(f"{name} alpha", tiff(np.dstack([colour, alpha]), **options, **straight), colour, alpha=alpha)
            )
    return done


def _pnms() -> list[File]:
    tens, thousands = GRAY16 // 1000, RGB16 >> 6
    text = b" ".join(b"%d" % one for one in tens.flat)
    bits = np.packbits(BILEVEL == 0, axis=1).tobytes()
    return [
        File("pnm P4", pnm("P4", None, bits), BILEVEL),
        File("pnm P5", pnm("P5", 255, GRAY.tobytes()), GRAY),
        File("pnm P6", pnm("P6", 255, RGB.tobytes()), RGB),
        File("pnm P2", pnm("P2", 65, text), np.rint(tens * (255 / 65)).astype(np.uint8), 1),
        File("pnm P2 16 bit", pnm("P2", 65535, b" ".join(b"%d" % one for one in GRAY16.flat)), GRAY16),
        File("pnm P5 16 bit", pnm("P5", 65535, GRAY16.astype(">u2").tobytes()), GRAY16),
        File("pnm P6 16 bit", pnm("P6", 65535, RGB16.astype(">u2").tobytes()), RGB16),
        File("pnm P6 10 bit", pnm("P6", 1023, thousands.astype(">u2").tobytes()), _full(thousands, 10, 65535)),
    ]


def _others() -> list[File]:
    rgba, rgba16 = np.dstack([RGB, ALPHA]), np.dstack([RGB16, ALPHA16])
    lossless = {"reversible": True, "codecformat": "JP2"}
    twelve, ten = RGB16 >> 4, RGB16 >> 6
    return [
        File("webp RGB", saved(RGB, "WEBP", lossless=True), RGB),
        File("webp RGB alpha", saved(rgba, "WEBP", lossless=True, exact=True), RGB, alpha=ALPHA),
        File("webp lossy", saved(RGB, "WEBP", quality=95), RGB, 25),
        File("jp2 gray", saved(GRAY, "JPEG2000"), GRAY),
        File("jp2 RGB", saved(RGB, "JPEG2000"), RGB),
        File("jp2 RGB alpha", saved(rgba, "JPEG2000"), RGB, alpha=ALPHA),
        File("jp2 gray 16 bit", imagecodecs.jpeg2k_encode(GRAY16, **lossless), GRAY16),
        File("jp2 RGB 16 bit", imagecodecs.jpeg2k_encode(RGB16, **lossless), RGB16),
        File("jp2 RGB alpha 16 bit", imagecodecs.jpeg2k_encode(rgba16, **lossless), RGB16, alpha=ALPHA16),
        File("jp2 RGB 12 bit", imagecodecs.jpeg2k_encode(twelve, bitspersample=12, **lossless), _full(twelve, 12, 65535), 1),
        File("jp2 codestream", saved(RGB, "JPEG2000", no_jp2=True), RGB),
        File("bmp RGB", saved(RGB, "BMP"), RGB),
        File("bmp gray", saved(GRAY, "BMP"), GRAY),
        File("gif gray", saved(GRAY, "GIF"), GRAY),
        File("gif animated", saved(_frames(1)[0], "GIF", save_all=True, append_images=_frames(4)[1:]), GRAY, frames=4),
        File("avif RGB", saved(RGB, "AVIF", quality=100, subsampling="4:4:4"), RGB, 4),
        File("avif RGB alpha", saved(rgba, "AVIF", quality=100, subsampling="4:4:4"), RGB, 4, alpha=ALPHA),
        File("avif 10 bit", imagecodecs.avif_encode(ten, 100, bitspersample=10), _full(ten, 10, 65535), 1),
    ]  # fmt: skip


FILES = [*_jpegs(), *_pngs(), *_tiffs(), *_pnms(), *_others()]
