"""Where a manifest's rows stand: the name for messages, and the folder that relative paths start at."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from jobs.errors import ManifestError
from jobs.shown import control_in, shown
from jobs.storage.uri import SCHEMES


class BadField(ValueError):
    """A value that a manifest may not have. Its reader adds the line: see `Place.error`."""


@dataclass(frozen=True, slots=True)
class Place:
    """One manifest.

    Attributes:
        name: what messages call it.
        base: the folder, as a path, that relative paths start at; None where there is none (object storage).
        unit: what its numbers count: "line", or "row" in Parquet.
    """

    name: str
    base: str | None
    unit: str = "line"

    def error(self, number: int, what: object) -> ManifestError:
        """The error of one line, 1-based."""
        return ManifestError(f"{self.name}, {self.unit} {number}: {what}")

    def uri(self, text: str) -> str:
        """The absolute URI that `text` stands for: a URI as it is, a path below `file://`. Nothing is percent-decoded.

        A path (not a URI) is put in normal form, so that `scans/./a.tif` and `scans/a.tif` are one photograph.

        Raises:
            BadField: no such URI can be read.
        """
        if control_in(text):
            raise BadField(f"{shown(text)!r} has a control character; no photograph can be read by such a name here")
        if text.startswith("s3://"):
            return _with_key(text, 5)
        if "://" in text:
            return _other(text)
        if not text:
            raise BadField("no uri")
        return f"file://{self._path(text)}"

    def _path(self, text: str) -> str:
        if text.startswith("/"):
            return _normal(text)
        if self.base is None:
            raise BadField(
                f"{shown(text)!r} is a relative path, and the manifest lies in no folder: write s3://bucket/key"
            )
        return _normal(posixpath.join(self.base, text))


def _with_key(text: str, start: int) -> str:
    slash = text.find("/", start)
    if slash <= start or slash == len(text) - 1:
        raise BadField(f"{shown(text)!r} names no object: s3://bucket/key is meant")
    return text


def _other(text: str) -> str:
    scheme, _, rest = text.partition("://")
    if scheme not in SCHEMES:
        raise BadField(f"{shown(text)!r}: only s3://bucket/key, file:///path and paths can be read")
    if scheme == "file" and not rest.startswith("/"):
        raise BadField(f"{shown(text)!r} names no absolute path: file:///folder/name (three slashes) is meant")
    return text


def _normal(path: str) -> str:
    # normpath keeps exactly two leading slashes, as POSIX allows them a meaning of their own; Linux gives them none.
    return "/" + posixpath.normpath(path).lstrip("/")
