"""Photographs with metadata of every kind, whole and broken, in each of the five formats, and their derivatives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from colorizer_core.colorizer import Colored, Colorizer, Options
from colorizer_core.image.containers.kinds import read, write
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.label import Making
from examples.photographs import paths
from tests import exiftool
from tests.engines import Tint

ENDINGS = {name: one.extension for name, one in CAPACITIES.items()}
MAKING = Making("mini", "a1" * 32, "0123456789abcdef")
DESCRIBED = (
    "-EXIF:Orientation#=6", "-EXIF:XResolution=300", "-EXIF:YResolution=200", "-EXIF:ResolutionUnit=inches",
    "-EXIF:Artist=Erna Müller", "-EXIF:Copyright=© Archiv", "-EXIF:ImageDescription=Ein Platz", "-EXIF:Software=Scan 3",
    "-EXIF:DateTimeOriginal=1908:01:02 03:04:05", "-EXIF:UserComment=Größe", "-EXIF:GPSLatitude=47.5",
    "-EXIF:GPSLatitudeRef=N", "-IPTC:CodedCharacterSet=UTF8", "-IPTC:By-line=Erna Müller", "-IPTC:Caption-Abstract=Ein Platz",
    "-IPTC:Keywords=a", "-IPTC:Keywords=b", "-XMP-dc:Creator=Erna Müller", "-XMP-dc:Rights=© Archiv",
    "-XMP-photoshop:Credit=Archiv", "-XMP-xmpMM:DocumentID=xmp.did:source", "-XMP-xmpMM:InstanceID=xmp.iid:source",
    "-XMP-xmpMM:HistoryAction=created", "-XMP-xmpMM:HistoryWhen=2009:03:06 16:01:04", "-XMP-tiff:Orientation#=6",
    "-XMP-xmp:CreatorTool=Scanner 3", "-XMP-iptcExt:DigitalSourceType=negativeFilm",
)  # fmt: skip


def gray() -> np.ndarray:
    """A real photograph, (96, 128) uint8."""
    (path,) = (path for path in paths() if path.stem == "camera")
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    return cv2.resize(picture, (128, 96), interpolation=cv2.INTER_AREA)


def encoded(format: Format, pixels: np.ndarray | None = None) -> bytes:
    return cv2.imencode(ENDINGS[format], gray() if pixels is None else pixels)[1].tobytes()


def described(format: Format, folder: Path) -> bytes:
    """With EXIF, XMP, IPTC-IIM where the format has it, a thumbnail, 300 × 200 dpi, on its side."""
    thumbnail, path = folder / "thumbnail.jpg", folder / f"described{ENDINGS[format]}"
    thumbnail.write_bytes(cv2.imencode(".jpg", cv2.resize(gray(), (40, 30)))[1].tobytes())
    path.write_bytes(encoded(format))
    exiftool.write(path, *DESCRIBED, f"-ThumbnailImage<={thumbnail}")
    return path.read_bytes()


def broken(format: Format, whole: bytes) -> bytes:
    """The same with EXIF, XMP and IPTC-IIM that can't be read."""
    if format == "tiff":  # EXIF's directory lies behind the end of the file
        pointer = whole.index(b"\x69\x87\x04\0\x01\0\0\0")
        far = whole[: pointer + 8] + b"\xf0\xff\xff\xff" + whole[pointer + 12 :]
        return far.replace(b"<rdf:RDF", b"<rdf RDF").replace(b"\x1c\x02\x50\0", b"\x1c\x02\x50\x7f", 1)
    packets = read(whole)
    iptc = None if packets.iptc is None else packets.iptc[:-3]
    return write(whole, format, replace(packets, exif=b"II*\0\xff\xff\xff\xff", xmp=b"<x:xmpmeta><broken", iptc=iptc))


def colored(source: bytes, format: Format, options: Options | None = None) -> Colored:
    return Colorizer(Tint(), options, MAKING).colorize(source, format)
