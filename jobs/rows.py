"""Rows: what a manifest says, and what is handed to workers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an object's version and bytes; None where nothing is stated. No store knows the two sums.

    Attributes:
        version_id: the store's version id; never the string "null".
        etag: without quotes, as the store gives it otherwise.
        size: bytes.
        mtime: last modification, whole seconds since the epoch, UTC.
        sha256: that its bytes must have, 64 hexadecimal digits in lower case.
        md5: likewise, 32.
    """

    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    mtime: int | None = None
    sha256: str | None = None
    md5: str | None = None


FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Of the years 1 and 9999, in seconds since 1970: what a `datetime` holds."""
NOTHING_STATED = Facts()


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One photograph as a manifest or a listing names it, before its output is decided.

    Attributes:
        uri: absolute, literal: `file:///…` or `s3://bucket/key`; nothing in it is percent-encoded.
        stated: the facts that the manifest states.
        relative: the path below the listed prefix, `/`-separated; None when the row came from a manifest.
        output_key: the output's path below OUT where the manifest names it.
        extra: every other column, as one JSON object; None where there is none.
        line: where it stands in the manifest (1 is the first line or record), for messages.
    """

    uri: str
    stated: Facts
    relative: str | None
    output_key: str | None
    extra: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One photograph and where its colours go. `number` counts from 0 in the run's spooled manifest."""

    number: int
    uri: str
    stated: Facts
    output_uri: str
    extra: str | None


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows that one worker answers with one part. `attempt` counts from 0."""

    number: int
    attempt: int
    rows: tuple[Row, ...]
