"""Manifests as nobody should write them, a disk with links laid out for them, and a plain account of what may be done."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from jobs.manifest.place import BadField, Place
from jobs.names import FORMATS
from jobs.shown import has_secret

PLAIN = ["a", "b", "c", "1950", "box 17", "plate-1", "x.y", "Ω"]
ENDINGS = [".jpg", ".JPEG", ".png", ".tif", ".gif", ".exe", ".tmp", "."]
LINKS = [
    "away",
    "log-link",
    "alias",
    "up",
    "loop",
    "nowhere",
    "again",
    "real",
    "Away",
    "file.jpg",
    "inner.png",
    "src.jpg",
]
MARKS = [
    "'",
    '"',
    "`",
    "$(x)",
    ";",
    "*",
    "?",
    "#",
    "&",
    "\\",
    "..\\",
    "C:",
    "%2F",
    "%2e%2e",
    "%00",
    "%",
    "~",
    " ",
    "-",
    ",",
]
UNSEEN = [
    "\0",
    "\n",
    "\r",
    "\x1b[2J",
    "\x7f",
    "\t",
    "\x85",
    "\x9b",
    "\u2028",
    "\u202e",
    "\u200f",
    "\u2066",
    "\ufeff",
    "\ud800",
]
SAME = ["é", "e\u0301", "É", "ß", "ss", "SS", "İ", "i\u0307", "K", "k", "ﬁ", "fi", "Å", "A\u030a", "가", "\u1100\u1161"]
LONG = ["x" * 120, "é" * 100, "🙂" * 63, "y" * 251, "z" * 256, "d/" * 300, "é/" * 300]
OURS = [
    "colorizer-log",
    "Colorizer-Log",
    "colorizer-log ",
    "_lease",
    "_tmp",
    "run=r20261123T120000Z-4f2a",
    ".colorizer-1-2.tmp",
]
ODD = ["s3://", "file://", "://", "@", "u:p@", "=", "?X-Amz-Signature=f", "mem:", ".hidden"]
DOTS = ["..", ".", "/..", "/../", "/./", "//", "/", "/", "/", "/", "/", "/", "../../etc/passwd"]
WORDS = (PLAIN * 4 + ENDINGS * 4 + LINKS * 2 + MARKS + UNSEEN + SAME + LONG + OURS + ODD + DOTS * 2)[:256]
STARTS = [
    *("s3://b/", "s3://b/", "s3://", "s3://B/", "", "/", "file:///"),
    *("{root}/in/", "{root}/out/", "{root}/in/to-real/", "file://{root}/out/real/"),
]
SOURCES = ["{root}/out/real/src.jpg", "{root}/in/src-link.jpg", "{root}/in/to-real/src.jpg", "{root}/in/a.jpg"]

ROW_BYTES = 6
ROWS = st.binary(min_size=ROW_BYTES * 1000, max_size=ROW_BYTES * 1000)
"""A thousand rows: one draw, because a draw a word would take a hundred times as long. `rows_of` reads them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a manifest, `{root}` standing for the disk's folder."""

    uri: str
    output_key: str | None

    def on(self, root: Path) -> dict[str, str]:
        """As a JSON line has it."""
        found = {"uri": self.uri.replace("{root}", str(root))}
        return found if self.output_key is None else {**found, "output_key": self.output_key}


def rows_of(data: bytes) -> Iterator[Line]:
    """Six bytes a row: where it starts, how many words it has and whether they are segments, the words."""
    for at in range(0, len(data), ROW_BYTES):
        start, shape, *words = data[at : at + ROW_BYTES]
        between = "/" if shape & 64 else ""
        text = between.join(WORDS[word % len(WORDS)] for word in words[: shape % 4 + 1])
        if between and start & 128:
            text = f"{LINKS[start % len(LINKS)]}/{text}"
        ending = ENDINGS[(shape >> 2) % 2] if shape & 16 else ""
        if shape & 128:
            yield Line(SOURCES[start % 4] if shape & 32 else f"s3://b/{start}.jpg", text + ending)
        else:
            yield Line(STARTS[start % len(STARTS)] + text + ending, None)


def laid_out(root: Path) -> Path:
    """OUT with every kind of link in it, sources that lie in it, and what must not be touched beside it."""
    out = root / "out"
    for folder in (root / "elsewhere", root / "in", out / "real", out / "colorizer-log" / "run=old"):
        folder.mkdir(parents=True)
    for name, target in {
        "away": "../elsewhere",
        "log-link": "colorizer-log",
        "alias": "real",
        "up": "..",
        "loop": "loop",
        "nowhere": "../elsewhere/gone",
        "again": str(out),
        "file.jpg": "../elsewhere/victim.jpg",
        "inner.png": "real/inner.png",
        "real/away": "../../elsewhere",
    }.items():
        (out / name).symlink_to(target)
    (root / "in" / "to-real").symlink_to(out / "real")
    (root / "in" / "src-link.jpg").symlink_to(out / "real" / "src.jpg")
    for path in (
        "elsewhere/victim.jpg",
        "in/a.jpg",
        "out/real/src.jpg",
        "out/real/inner.png",
        "out/colorizer-log/run=old/x",
    ):
        (root / path).write_bytes(path.encode())
    return out


def expected(line: Line, root: Path, *, on_disk: bool = True) -> str | None:
    """The path below OUT that a line is to have by the rules (stem names, formats kept); None: it is refused.

    In object storage OUT is `s3://o/color`.
    """
    uri = source_of(line, root)
    if uri is None:
        return None
    below = uri.removeprefix("file:///") if uri.startswith("file:") else uri.partition("://")[2]
    asked = below if line.output_key is None else line.output_key
    *folders, name = asked.split("/")
    if not _can_be_told(uri + asked) or has_secret(uri) or has_secret(asked) or {"", ".", ".."} & {*folders, name}:
        return None
    stem, _, ending = name.rpartition(".")
    known = bool(stem) and ending.lower() in FORMATS
    if not known and line.output_key is not None:
        return None
    segments = [*folders, name if known else f"{stem or name}.png"]
    path = "/".join(segments)
    if not on_disk:
        return path if segments[0] != "colorizer-log" and len(f"color/{path}".encode()) <= 1024 else None
    if same(segments[0]) == "colorizer-log" or len(folders) > 255 or max(len(one.encode()) for one in segments) > 255:
        return None
    return path if len(f"{root}/out/{path}".encode()) <= 4095 else None


def source_of(line: Line, root: Path) -> str | None:
    """The URI that a manifest in `root` states; None where it states none."""
    try:
        return Place("m", str(root)).uri(line.on(root)["uri"])
    except BadField:
        return None


def stays(root: Path, path: str) -> bool:
    """Whether a path below OUT leads to a place in OUT and outside the log, by the kernel's own account of links."""
    out = os.path.realpath(root / "out")
    folder, _, name = path.rpartition("/")
    try:
        (root / "out" / folder).stat()
    except OSError as error:
        if "symbolic" in str(error):
            return False  # a link to itself
    real = os.path.realpath(f"{out}/{folder}")
    places = [real, os.path.realpath(f"{real}/{name}")]
    log = same(f"{out}/colorizer-log/")
    return all(f"{one}/".startswith(f"{out}/") and not same(f"{one}/").startswith(log) for one in places)


def place_of(root: Path, path: str) -> str:
    """What two outputs may not share: the real path, without case and Unicode form."""
    folder, _, name = path.rpartition("/")
    return same(f"{os.path.realpath(root / 'out' / folder)}/{name}")


def same(text: str) -> str:
    """Names that some disk takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def _can_be_told(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return not any(letter < " " or letter == "\x7f" for letter in text)


def everything(root: Path) -> dict[str, bytes]:
    """Every file below `root` that is no link, with its bytes."""
    return {
        f"{folder}/{name}": Path(folder, name).read_bytes()
        for folder, _, names in os.walk(root)
        for name in names
        if not Path(folder, name).is_symlink()
    }
