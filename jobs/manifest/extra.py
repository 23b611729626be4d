"""The other columns of a manifest as one JSON text: same columns, same values, same text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from json.encoder import encode_basestring

from jobs.manifest.fields import decoded
from jobs.manifest.place import BadField
from jobs.shown import shown


def extra_json(names: Sequence[str], values: Iterable[object]) -> str:
    """One JSON object, keys in the order of `names`; NaN and infinities (gaps, as pandas writes them) become null.

    Raises:
        BadField: a value that JSON or UTF-8 can't hold.
    """
    pairs = [f"{encode_basestring(name)}:{_json(value)}" for name, value in zip(names, values, strict=True)]
    whole = f"{{{','.join(pairs)}}}"
    if not whole.isascii():
        check_utf8(whole)
    return whole


def check_utf8(text: str) -> None:
    """Raises `BadField` for half a surrogate pair: JSON can spell it, nothing can store it."""
    try:
        text.encode()
    except UnicodeEncodeError as bad:
        raise BadField(f"half a surrogate pair ({text[bad.start]!r}) is no character") from None


def _json(value: object) -> str:
    if type(value) is str:
        return encode_basestring(value)
    try:
        return _encode(value)
    except BadField:
        raise
    except ValueError:
        return _encode(_finite(value))


def _simple(value: object) -> object:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, timedelta)):
        return str(value)
    if isinstance(value, bytes):
        return decoded("a column of bytes", value)
    raise BadField(f"a {type(value).__name__} can't be carried into the log: {shown(repr(value))}")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_simple).encode


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
