"""What a file carries beside its pixels, whatever the container."""

from __future__ import annotations

from dataclasses import dataclass

INCH = 0.0254
"""Metres."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Pixels per inch of the page, across and down; each above 0 and at most 10⁵."""

    x: float
    y: float

    def turned(self) -> Resolution:
        """Of the picture with its rows and columns exchanged."""
        return Resolution(self.y, self.x)


@dataclass(frozen=True, slots=True)
class Packets:
    """Metadata as they lie in a file, taken out of their wrappings; None where there is none.

    Attributes:
        exif: a TIFF structure from its byte order mark on: an EXIF block, or the whole file where that is a TIFF.
        xmp: an XMP packet.
        iptc: IPTC-IIM data sets.
        icc: an ICC profile.
        resolution: as the container states it, which for WebP is nowhere but in its EXIF.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    icc: bytes | None = None
    resolution: Resolution | None = None


def resolution_of(x: float, y: float) -> Resolution | None:
    """Two numbers of a file as a resolution; None where they can't be one."""
    return Resolution(x, y) if 0 < x <= 1e5 and 0 < y <= 1e5 else None
