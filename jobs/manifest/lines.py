"""Lines of UTF-8 out of a stream, a block at a time. Only a line feed ends one: names may hold the other separators."""

from __future__ import annotations

import io
from collections.abc import Iterator

from jobs.manifest.place import Place
from jobs.manifest.stream import Stream

LONGEST = 8 << 20
_BOM = b"\xef\xbb\xbf"


def lines(stream: Stream, place: Place) -> Iterator[str]:
    """Every line with its end, a BOM before the first left out.

    Raises:
        ManifestError: bytes that are not UTF-8, a NUL, or a line of more than 8 MiB, with the line's number.
    """
    before = 0
    for block in _blocks(stream, place):
        whole = block.removeprefix(_BOM) if before == 0 else block
        yield from io.StringIO(_decode(whole, before, place), newline="\n")
        before += block.count(b"\n")


def _blocks(stream: Stream, place: Place) -> Iterator[bytes]:
    """Blocks that end with a line (but for the last); each but the last has at least one line."""
    rest, before = b"", 0
    while block := stream.read():
        whole = rest + block
        cut = whole.rfind(b"\n") + 1
        if cut:
            yield whole[:cut]
            before += whole.count(b"\n", 0, cut)
        rest = whole[cut:]
        if len(rest) > LONGEST:
            raise place.error(before + 1, "longer than 8 MiB: is this a manifest?")
    if rest:
        yield rest


def _decode(block: bytes, before: int, place: Place) -> str:
    nul = block.find(b"\0")
    if nul >= 0:
        raise place.error(_number(block, nul, before), "has a NUL byte: is this text, and UTF-8 (not UTF-16)?")
    try:
        return block.decode()
    except UnicodeDecodeError as bad:
        line = _number(block, bad.start, before)
        raise place.error(line, f"not UTF-8 (byte {block[bad.start]: #04x}); save the manifest as UTF-8") from None


def _number(block: bytes, at: int, before: int) -> int:
    return before + block.count(b"\n", 0, at) + 1
