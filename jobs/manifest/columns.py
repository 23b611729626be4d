"""Which column of a manifest says what: from the names of its columns and one row's values to a `ManifestRow`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from jobs.manifest import fields
from jobs.manifest.extra import check_utf8, extra_json
from jobs.manifest.place import BadField, Place
from jobs.rows import NOTHING_STATED, ManifestRow
from jobs.shown import shown

_SYNONYMS = {
    "version_id": ("version_id",),
    "etag": ("etag", "e_tag"),  # e_tag and last_modified_date: S3 Inventory in Parquet
    "size": ("size",),
    "mtime": ("mtime", "last_modified", "last_modified_date"),
    "sha256": ("sha256",),
    "md5": ("md5",),
    "output_key": ("output_key",),
}
_ADVICE = "a manifest names its photographs in a column uri, or in two columns bucket and key"


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the columns that have a meaning here; every other column is carried as `extra`.

    With a column `uri`, columns `bucket` and `key` are carried like any other.

    Attributes:
        uri: place of `uri`; None where `bucket` and `key` name the photograph.
        bucket, key: their places, used where there is no `uri`.
        stated: places of version_id, etag, size, mtime, sha256, md5, None for one that is not there; None where none of them is.
        output_key: its place, or None.
        others: places of the columns that go into `extra`.
        names: their names.
    """

    uri: int | None
    bucket: int
    key: int
    stated: tuple[int | None, ...] | None
    output_key: int | None
    others: tuple[int, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> Columns:
        """Finds the columns by their names (lower case, exactly).

        Raises:
            BadField: a name twice, two names of one thing, or no column that names the photographs.
        """
        _check_names(names)
        uri = _place(names, ("uri",))
        bucket, key = _place(names, ("bucket",)), _place(names, ("key",))
        if uri is None and (bucket is None or key is None):
            raise BadField(_missing(names))
        *stated, output_key = (_place(names, synonyms) for synonyms in _SYNONYMS.values())
        named = {uri} if uri is not None else {bucket, key}
        others = tuple(at for at in range(len(names)) if at not in named.union(stated, {output_key}))
        places = tuple(stated) if any(at is not None for at in stated) else None
        return cls(uri, bucket or 0, key or 0, places, output_key, others, tuple(names[at] for at in others))

    def row(self, values: Sequence[object], place: Place, line: int) -> ManifestRow:
        """The row that `values` (as many as there are columns) state.

        Raises:
            BadField: one of them is not what its column asks for.
        """
        output_key = None if self.output_key is None else fields.text("output_key", values[self.output_key])
        if output_key is not None and not output_key.isascii():
            check_utf8(output_key)
        facts = NOTHING_STATED
        if self.stated is not None:
            facts = fields.facts(*[None if at is None else values[at] for at in self.stated])
        extra = None
        if self.names:
            extra = extra_json(self.names, [values[at] for at in self.others])
        return ManifestRow(self._uri(values, place), facts, None, output_key, extra, line)

    def _uri(self, values: Sequence[object], place: Place) -> str:
        if self.uri is not None:
            uri = place.uri(_named("uri", values[self.uri]))
        else:
            bucket, key = _named("bucket", values[self.bucket]), _named("key", values[self.key])
            if "/" in bucket:
                raise BadField(f"bucket has a slash: {shown(bucket)!r} (its name alone is meant)")
            uri = place.uri(f"s3://{bucket}/{key}")
        if not uri.isascii():
            check_utf8(uri)
        return uri


def _named(name: str, value: object) -> str:
    text = value if type(value) is str else fields.text(name, value)
    if not text:
        raise BadField(f"no {name}")
    return text


def _place(names: Sequence[str], synonyms: tuple[str, ...]) -> int | None:
    found = [at for at, name in enumerate(names) if name in synonyms]
    if len(found) > 1:
        raise BadField(f"columns {' and '.join(names[at] for at in found)} say the same thing; keep one")
    return found[0] if found else None


def _check_names(names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise BadField(f"{count} columns are called {shown(name)!r}")
        if name != name.strip():
            raise BadField(f"column {shown(name)!r} has white space around its name")


def _missing(names: Sequence[str]) -> str:
    there = ", ".join(shown(name) for name in names[:12]) or "none"
    capitals = [name for name in names if name.lower() in ("uri", "bucket", "key") and name != name.lower()]
    if capitals:
        return f"column names are lower case, {', '.join(capitals)} is not; {_ADVICE}"
    return f"{_ADVICE}; the columns here: {there}"
