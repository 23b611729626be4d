"""The one table of the kinds of files: who reads them, who counts their pictures, and which of them are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from colorizer_core.image.deep import deep_avif, deep_jp2, deep_png, deep_pnm
from colorizer_core.image.formats import Format
from colorizer_core.image.frames import gif_frames, stated_frames, tiff_pages
from colorizer_core.image.picture import Picture
from colorizer_core.image.samples import Samples
from colorizer_core.image.tiff import deep_tiff
from colorizer_core.image.writing import by_opencv, by_openjpeg, by_tifffile

Deep = Callable[[Image.Image, bytes, int], Samples | None]
Writer = Callable[[Picture, Format, int | None], bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    Attributes:
        name: a `Format` where it is written too.
        pillow: Pillow's names of it. Pillow reads the header, and all that has 8 bits a sample or less.
        deep: reads what has more, which Pillow would cut; None for what is of 8 bits and less.
        frames: counts its pictures.
        write: encodes it; None where it is only read.
    """

    name: str
    pillow: tuple[str, ...]
    deep: Deep | None = None
    frames: Callable[[Image.Image, bytes], int] = stated_frames
    write: Writer | None = None


KINDS = (
    Kind("jpeg", ("JPEG", "MPO"), write=by_opencv),  # libjpeg-turbo: gray, YCbCr, CMYK, YCCK, baseline and progressive
    Kind("png", ("PNG",), deep_png, write=by_opencv),  # 16 bits: libpng by imagecodecs
    # 8 bits: libtiff in Pillow; more, Lab, and WebP or JPEG 2000 inside: tifffile with imagecodecs
    Kind("tiff", ("TIFF",), deep_tiff, tiff_pages, by_tifffile),
    Kind("webp", ("WEBP",), write=by_opencv),
    Kind("jp2", ("JPEG2000",), deep_jp2, write=by_openjpeg),  # OpenJPEG in both; more than 8 bits: by imagecodecs
    Kind("bmp", ("BMP", "DIB")),
    Kind("gif", ("GIF",), frames=gif_frames),
    Kind("pnm", ("PPM",), deep_pnm),  # 16 bits: NumPy; OpenCV leaves the bytes of each sample exchanged
    Kind("avif", ("AVIF",), deep_avif),  # 10 and 12 bits: libavif by imagecodecs
    # Nobody's archive, but Pillow reads them and no harm comes of it. What would start a program (EPS), or takes memory before
    # its size is known (ICO), is not here.
    Kind("pcx", ("PCX",)),
    Kind("qoi", ("QOI",)),
    Kind("sgi", ("SGI",)),
    Kind("tga", ("TGA",)),
)
PILLOW_NAMES = tuple(name for kind in KINDS for name in kind.pillow if name != "MPO")
"""To open by: an MPO (a JPEG with others behind it) is found as a JPEG."""
_BY_PILLOW = {name: kind for kind in KINDS for name in kind.pillow}
_WRITERS = {kind.name: kind.write for kind in KINDS if kind.write is not None}


def kind_of(image: Image.Image) -> Kind:
    """The kind of an opened image."""
    return _BY_PILLOW[str(image.format)]


def writer_of(format: Format) -> Writer:  # noqa: A002 (the log's word)
    """What encodes it."""
    return _WRITERS[format]
