"""What a derivative carries beside its pixels: the source's descriptions as far as they can be had, sRGB, and the label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from colorizer_core.errors import LabelFailed
from colorizer_core.image.containers.jpeg import LONGEST_IPTC, LONGEST_XMP
from colorizer_core.image.containers.kinds import kind_of, read, write
from colorizer_core.image.containers.packets import Packets, Resolution
from colorizer_core.image.exif import Stated, fresh, has_thumbnail, renewed, stated
from colorizer_core.image.formats import Format
from colorizer_core.image.iim import BrokenIim, DataSet, read_iim, without_preview, write_iim
from colorizer_core.image.iptc_core import with_iim
from colorizer_core.image.label import SOURCE_IDS, Label, labelled, read_label
from colorizer_core.image.srgb import srgb_profile
from colorizer_core.image.xmp import BrokenXmp, Xmp, name, read_xmp, write_xmp, written_sizes

Policy = Literal["keep", "none"]
"""Whether the source's descriptions go along, or nothing but the label, sRGB and the resolution."""

_THUMBNAILS, _EXTENDED = name("xmp:Thumbnails"), name("xmpNote:HasExtendedXMP")
_STRUCTURAL = frozenset(
    name(f"{prefix}:{local}")
    for prefix, locals_ in {
        "tiff": "ImageWidth ImageLength BitsPerSample Compression PhotometricInterpretation Orientation SamplesPerPixel "
        "PlanarConfiguration YCbCrSubSampling YCbCrPositioning XResolution YResolution ResolutionUnit TransferFunction "
        "WhitePoint PrimaryChromaticities YCbCrCoefficients ReferenceBlackWhite NativeDigest",
        "exif": "ColorSpace PixelXDimension PixelYDimension ComponentsConfiguration CompressedBitsPerPixel Gamma NativeDigest",
        "photoshop": "ColorMode ICCProfile",
        "dc": "format",
    }.items()
    for local in locals_.split()
) | {_THUMBNAILS, _EXTENDED}
"""Properties that describe the source's file and its pixels, and the small gray picture."""
_GONE = {_THUMBNAILS: "thumbnail", _EXTENDED: "extended xmp"}
_LONGEST_XMP: dict[Format, int] = {"jpeg": LONGEST_XMP}
_LONGEST_TOLD = 500


@dataclass(frozen=True, slots=True)
class Made:
    """What is made: a file of this format, with or without the source's descriptions."""

    format: Format
    policy: Policy = "keep"


@dataclass(frozen=True, slots=True)
class Carried:
    """A finished file.

    Attributes:
        data: the bytes, with their label.
        kept: what of the source's metadata went along and what did not, in words: `exif, xmp; lost: makernote`; None where the
            source had none.
    """

    data: bytes
    kept: str | None


@dataclass(frozen=True, slots=True)
class _Going:
    """What of a source goes along, and in words what does and what does not."""

    exif: bytes
    xmp: Xmp
    iptc: tuple[DataSet, ...]
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def told(self) -> str | None:
        if not self.kept and not self.lost:
            return None
        lost = f"; lost: {', '.join(dict.fromkeys(self.lost))}" if self.lost else ""
        return f"{', '.join(self.kept) or 'nothing'}{lost}"[:_LONGEST_TOLD]


def carry(source: bytes, encoded: bytes, size: tuple[int, int], label: Label, made: Made) -> Carried:
    """The encoder's file with what it is to carry. The same arguments give the same bytes.

    Metadata that are broken cost themselves and no more.

    Args:
        source: the photograph's file.
        encoded: the derivative, as the encoder wrote it.
        size: its width and height, pixels, upright.
        label: what it says of itself.
        made: its format, and whether the source's descriptions go along.

    Raises:
        LabelFailed: the finished file, read again, does not hold the label.
        EncodeFailed: `encoded` is no such file, or is too long for what is added.
    """
    packets = read(source)
    seen = stated(packets.exif) if packets.exif else Stated()
    resolution = packets.resolution or seen.resolution
    if resolution and seen.orientation >= 5:
        resolution = resolution.turned()
    going = _gathered(source, packets, size, resolution)
    if made.policy == "none":
        ids = Xmp(tuple(one for one in going.xmp.properties if one.tag in SOURCE_IDS))  # which the label itself states
        going = _Going(fresh(size, resolution).block, ids, (), (), going.kept + going.lost)
    going = _fitting(going, made.format)
    packet, going = _packet(going, label, _LONGEST_XMP.get(made.format))
    iptc = write_iim(going.iptc) or None
    data = write(encoded, made.format, Packets(going.exif, packet, iptc, srgb_profile(), resolution))
    if read_label(data, made.format) != label:
        raise LabelFailed(f"{made.format}: the finished file does not say that it was coloured; it is not written")
    return Carried(data, going.told())


def _gathered(source: bytes, packets: Packets, size: tuple[int, int], resolution: Resolution | None) -> _Going:
    """All of the source's descriptions that can be read."""
    kept: list[str] = []
    lost: list[str] = []
    exif = renewed(packets.exif, size, resolution) if packets.exif else fresh(size, resolution)
    kept += ["exif"] if exif.has_kept else []
    lost += exif.lost
    if packets.exif and kind_of(source) != "tiff" and has_thumbnail(packets.exif):
        lost.append("thumbnail")
    xmp = Xmp()
    if packets.xmp:
        try:
            whole = read_xmp(packets.xmp)
        except BrokenXmp:
            lost.append("xmp")
        else:
            xmp = whole.without(_STRUCTURAL)
            kept += ["xmp"] if xmp.properties else []
            lost += [word for tag, word in _GONE.items() if whole.find(tag) is not None]
    sets: tuple[DataSet, ...] = ()
    if packets.iptc:
        try:
            whole_sets = read_iim(packets.iptc)
        except BrokenIim:
            lost.append("iptc")
        else:
            sets = without_preview(whole_sets)
            kept.append("iptc")
            lost += ["thumbnail"] if sets != whole_sets else []
    return _Going(exif.block, xmp, sets, tuple(kept), tuple(lost))


def _fitting(going: _Going, format: Format) -> _Going:  # noqa: A002
    """The same as the format has places for it."""
    if not going.iptc:
        return going
    if format == "webp":
        kept = tuple("iptc (as xmp)" if word == "iptc" else word for word in going.kept)
        return replace(going, xmp=with_iim(going.xmp, going.iptc), iptc=(), kept=kept)
    if format == "jpeg" and len(write_iim(going.iptc)) > LONGEST_IPTC:
        kept = tuple(word for word in going.kept if word != "iptc")
        return replace(going, iptc=(), kept=kept, lost=(*going.lost, "iptc (too long)"))
    return going


def _packet(going: _Going, label: Label, longest: int | None) -> tuple[bytes, _Going]:
    """The packet with the label; the longest of the source's properties that have no room in it are lost."""
    xmp, lost = going.xmp, list[str]()
    packet = write_xmp(labelled(xmp, label))
    while longest and len(packet) > longest and xmp.properties:
        excess, gone = len(packet) - longest, set[str]()
        for length, tag in sorted(written_sizes(xmp), reverse=True):
            if excess > 0:
                gone.add(tag)
                excess -= length
        lost += sorted(f"xmp {tag.rpartition('}')[2]} (too long)" for tag in gone)
        xmp = xmp.without(gone)
        packet = write_xmp(labelled(xmp, label))
    kept = tuple(word for word in going.kept if xmp.properties or word != "xmp")
    return packet, replace(going, xmp=xmp, kept=kept, lost=(*going.lost, *lost))
