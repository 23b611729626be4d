"""Where the colours of a row go: decided from names alone, before anything runs. Pure.

A format is known by an output's name, and by nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from colorizer_core.image.formats import CAPACITIES, Format
from jobs.errors import RefusedName
from jobs.rows import ManifestRow
from jobs.shown import control_in, has_secret, shown
from jobs.storage.uri import join

Style = Literal["stem", "full"]
AskedFormat = Literal["keep", Format]

FORMATS: dict[str, Format] = {
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "jpe": "jpeg",
    "jfif": "jpeg",
    "png": "png",
    "tif": "tiff",
    "tiff": "tiff",
    "webp": "webp",
    "jp2": "jp2",
    "j2k": "jp2",
}
"""Extensions (lower case) that can be written. All else is kept as PNG, which loses nothing."""

_DOTS = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")
_LONGEST_SEGMENT = 255  # bytes, ext4, XFS, APFS and NTFS alike (in their units)
_LONGEST_PATH = 4095  # bytes, Linux
_LONGEST_KEY = 1024  # bytes, S3
_DEEPEST = 256  # segments; what makes or removes folders one in the other calls itself as often
LOG_FOLDER = "colorizer-log"
"""Below every OUT, whatever `--log` says: its lease lies there."""


def format_of(output_uri: str) -> Format:
    """The format that an output's name asks for; case does not matter.

    Raises:
        ValueError: none that can be written.
    """
    extension = split_extension(output_uri)[1]
    try:
        return FORMATS[extension[1:].lower()]
    except KeyError:
        raise ValueError(f"{extension or 'no extension'}: none of {', '.join(FORMATS)}") from None


def split_extension(path: str) -> tuple[str, str]:
    """`a/b.tif` → (`a/b`, `.tif`). A dot in front is no extension's: `a/.tif` has none."""
    dot = path.rfind(".")
    return (path[:dot], path[dot:]) if dot > path.rfind("/") + 1 else (path, "")


def fold(path: str) -> str:
    """One text for all paths that some disk takes for the same: without case and Unicode form.

    Unicode 16, section 3.13, D145 (canonical caseless matching), in NFC.
    """
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def is_inside(path: str, folder: str) -> bool:
    """Whether a path or URI is `folder` or lies below it, as spelled; a slash at the end of either changes nothing."""
    return join(path, "").startswith(join(folder, ""))


@dataclass(frozen=True, slots=True)
class Naming:
    """The rules of one run.

    Attributes:
        out: absolute URI of the folder or prefix below which every output lies.
        log: absolute URI of the log; no output lies in it.
        style: `stem` puts the new extension in the place of the old one, `full` behind it.
        format: of the outputs; `keep` goes by the source's extension, and keeps its spelling.
    """

    out: str
    log: str
    style: Style = "stem"
    format: AskedFormat = "keep"
    _reserved: tuple[str, ...] = field(init=False, repr=False)
    """Paths below `out` that belong to the log."""

    def __post_init__(self) -> None:
        """Finds the folders that belong to the log, once for all rows."""
        out, log = join(self._same(self.out), ""), join(self._same(self.log), "")
        reserved = (LOG_FOLDER, *([log[len(out) : -1]] if log.startswith(out) else []))
        object.__setattr__(self, "_reserved", reserved)

    def output_uri(self, row: ManifestRow) -> str:
        """Where the output of `row` goes: its path below the listed prefix, `bucket/key`, or its `output_key`.

        An `output_key` is taken literally, and its extension says the format. A backslash is a character like any
        other: no store here separates by it.

        Raises:
            RefusedName: no output may have that name.
        """
        _check_source(row)
        asked = _asked(row)
        if has_secret(asked):
            raise _secret(row)
        if _is_refused(asked):
            raise _refused(row, asked, _what_is_wrong(asked))
        path = asked if row.output_key is not None else self._renamed(asked)
        _check_utf8(path)
        if row.output_key is not None:
            self._check_format(row, path)
        whole = join(self.out, path)
        self._check_length(row, path, whole)
        same = self._same(path)
        if same.startswith(self._reserved) and any(is_inside(same, folder) for folder in self._reserved):
            raise _refused(row, path, "it would lie in the log")
        return whole

    @property
    def on_disk(self) -> bool:
        """Whether outputs go to a disk, where names are shorter and folders are real."""
        return self.out.startswith("file://")

    def _renamed(self, path: str) -> str:
        stem, extension = split_extension(path)
        if self.format == "keep" and extension[1:].lower() in FORMATS:
            return path
        return (path if self.style == "full" else stem) + CAPACITIES[
            "png" if self.format == "keep" else self.format
        ].extension

    def _check_format(self, row: ManifestRow, path: str) -> None:
        try:
            named = format_of(path)
        except ValueError as bad:
            raise _refused(row, path, f"the output_key's extension must say the format, and it is {bad}") from None
        if self.format not in ("keep", named):
            raise _refused(row, path, f"the output_key says {named} and --format says {self.format}")

    def _check_length(self, row: ManifestRow, path: str, whole: str) -> None:
        if len(path) < 64 and len(whole) < 256:
            return  # at most four bytes a character
        if not self.on_disk:
            key = whole.split("/", 3)[-1].encode()
            if len(key) > _LONGEST_KEY:
                raise _refused(row, path, f"a key of {len(key)} bytes; S3 takes {_LONGEST_KEY}")
            return
        segments = path.split("/")
        if len(segments) > _DEEPEST:
            raise _refused(
                row, path, f"{len(segments) - 1} folders deep; tools for disks give up beyond {_DEEPEST - 1}"
            )
        longest = max(len(segment.encode()) for segment in segments)
        if longest > _LONGEST_SEGMENT:
            raise _refused(row, path, f"a name of {longest} bytes; a disk takes {_LONGEST_SEGMENT}")
        if len(whole.encode()) - len("file://") > _LONGEST_PATH:
            raise _refused(row, path, f"a path of more than {_LONGEST_PATH} bytes")

    def _same(self, path: str) -> str:
        return fold(path) if self.on_disk else path


def plain_source(row: ManifestRow) -> str:
    """A row's source, as the key of a log where nothing is written.

    Raises:
        RefusedName: the log may not tell it.
    """
    _check_source(row)
    return row.uri


def _check_source(row: ManifestRow) -> None:
    _check_utf8(row.uri)
    if has_secret(row.uri):
        raise _secret(row)


def _secret(row: ManifestRow) -> RefusedName:
    return RefusedName(f"{shown(row.uri)}: credentials or a signature, which the log would keep: write s3://bucket/key")


def _asked(row: ManifestRow) -> str:
    """The path below OUT that a row asks for, its extension still the source's where it is no `output_key`."""
    if row.output_key is not None:
        return row.output_key
    return row.relative if row.relative is not None else _below_out(row.uri)


def _below_out(uri: str) -> str:
    """`s3://bucket/key` → `bucket/key`; `file:///a/b` → `a/b`."""
    scheme, _, rest = uri.partition("://")
    return rest[1:] if scheme == "file" else rest


def _check_utf8(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise RefusedName(f"{shown(text)}: the name is not UTF-8; rename the file") from None


def _refused(row: ManifestRow, path: str, why: str) -> RefusedName:
    return RefusedName(f"{shown(row.uri)} → {shown(path)}: {why}")


def _is_refused(path: str) -> bool:
    if control_in(path):
        return True
    # The search is slow and nearly always in vain.
    if "/." in path or "//" in path or path[:1] in "/." or path[-1] == "/":
        return _DOTS.search(path) is not None
    return False


def _what_is_wrong(path: str) -> str:
    if found := control_in(path):
        return f"control character U+{ord(found):04X}"
    if path.startswith("/"):
        return "an absolute path (or an empty first segment)"
    if path.endswith("/"):
        return "a folder, not a photograph"
    segments = path.split("/")
    bad = next(one for one in ("..", ".", "") if one in segments)
    return f"the segment {bad!r} has no place below --out" if bad else "an empty segment (//)"
