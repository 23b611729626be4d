"""Which container a file is, and the two functions of each."""

from __future__ import annotations

from collections.abc import Callable

from colorizer_core.image.containers import jp2, jpeg, png, tiff, webp
from colorizer_core.image.containers.packets import Packets
from colorizer_core.image.containers.tags import layout_of
from colorizer_core.image.formats import Format

_READ: dict[Format, Callable[[bytes], Packets]] = {
    "jpeg": jpeg.read,
    "png": png.read,
    "tiff": tiff.read,
    "webp": webp.read,
    "jp2": jp2.read,
}
_WRITE: dict[Format, Callable[[bytes, Packets], bytes]] = {
    "jpeg": jpeg.write,
    "png": png.write,
    "tiff": tiff.write,
    "webp": webp.write,
    "jp2": jp2.write,
}


def kind_of(data: bytes) -> Format | None:
    """By its first bytes; None for a file of another kind, of which nothing is read here."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if layout_of(data):
        return "tiff"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return "jp2" if data.startswith(b"\0\0\0\x0cjP  \r\n\x87\n") else None


def read(data: bytes) -> Packets:
    """What any file carries; nothing where it is of a kind that is not known. Never raises, whatever the bytes are."""
    kind = kind_of(data)
    return _READ[kind](data) if kind else Packets()


def write(data: bytes, format: Format, packets: Packets) -> bytes:  # noqa: A002 (the log's word)
    """The encoder's file with these packets in place of its own.

    Raises:
        EncodeFailed: it is no such file, or a packet does not fit into it.
    """
    return _WRITE[format](data, packets)
