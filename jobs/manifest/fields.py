"""Single fields of a manifest, text or typed, to the facts that they state."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone

from jobs.manifest.place import BadField
from jobs.rows import FIRST_SECOND, LAST_SECOND, NOTHING_STATED, Facts
from jobs.shown import control_in, shown

_INT64 = 2**63
_DIGITS = 100  # of a number with zeros before it; Python itself converts no more than some thousand
_NOTHING = (None,) * 6
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)


def text(name: str, value: object) -> str | None:
    """A field of text; None where it is empty. Bytes (Parquet written without the annotation UTF8) are decoded.

    Raises:
        BadField: no text, not UTF-8, or with a control character.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bytes):
        value = decoded(name, value)
    if not isinstance(value, str):
        raise BadField(f"{name} is not text: {shown(repr(value))}")
    if control_in(value):
        raise BadField(f"{name} has a control character: {shown(value)!r}")
    return value


def decoded(name: str, value: bytes) -> str:
    """UTF-8 bytes as text."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadField(f"{name} is not UTF-8: {shown(repr(value[:40]))}") from None


def facts(version_id: object, etag: object, size: object, mtime: object, sha256: object, md5: object) -> Facts:
    """What a row states of its photograph; empty fields and the version id "null" state nothing."""
    sums = _sum("sha256", sha256, 64), _sum("md5", md5, 32)
    stated = (_version_id(version_id), _etag(etag), _size(size), _mtime(mtime), *sums)
    return NOTHING_STATED if stated == _NOTHING else Facts(*stated)


def _version_id(value: object) -> str | None:
    version_id = text("version_id", value)
    return None if version_id == "null" else version_id


def _etag(value: object) -> str | None:
    etag = text("etag", value)
    if etag is not None and len(etag) >= 2 and etag[0] == etag[-1] == '"':
        etag = etag[1:-1]
    return etag or None


def _sum(name: str, value: object, digits: int) -> str | None:
    """Hexadecimal digits of either case, in lower case."""
    stated = text(name, value)
    if stated is None:
        return None
    lower = stated.lower()
    if len(lower) != digits or not _HEX.fullmatch(lower):
        raise BadField(f"{name} is not {digits} hexadecimal digits: {shown(stated[:80])!r}")
    return lower


def _size(value: object) -> int | None:
    size = _whole("size", value)
    if size is not None and size < 0:
        raise BadField(f"size is negative: {size}")
    return size


def _mtime(value: object) -> int | None:
    """Whole seconds since the epoch; a time of day must say its zone, because a guess would make every row stale."""
    if isinstance(value, str) and value and not _is_number(value):
        value = _moment(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadField(f"mtime has no time zone: {value.isoformat()} (write 2024-05-01T12:00:00Z)")
        value = math.floor((value - datetime.fromtimestamp(0, timezone.utc)).total_seconds())
    if isinstance(value, float) and math.isfinite(value):
        value = math.floor(value)
    seconds = _whole("mtime", value)
    if seconds is not None and not FIRST_SECOND <= seconds <= LAST_SECOND:
        raise BadField(f"mtime is beyond the year 9999: {seconds}; seconds since 1970 are meant, not milliseconds")
    return seconds


def _moment(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise BadField(
            f"mtime is neither seconds since 1970 nor ISO 8601 (2024-05-01T12:00:00Z): {shown(value)!r}"
        ) from None


def _is_number(value: str) -> bool:
    return value.isascii() and value.removeprefix("-").isdigit()


def _whole(name: str, value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) > _DIGITS:
        raise BadField(f"{name} is too long: {shown(value[:80])}…")
    number = int(value) if type(value) is str and value.isdecimal() and value.isascii() else _integer(value)
    if number is None:
        # pandas writes a column of whole numbers with gaps as floats, and the gaps as NaN
        if isinstance(value, float) and math.isnan(value):
            return None
        raise BadField(f"{name} is no whole number: {shown(repr(value))}")
    if not -_INT64 <= number < _INT64:
        raise BadField(f"{name} is too large: {number}")
    return number


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _is_number(value):
        return int(value)
    return None
