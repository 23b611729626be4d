"""jsonl: one JSON object a line, the columns its keys. Blank lines are skipped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import NoReturn

from jobs.manifest.columns import Columns
from jobs.manifest.lines import lines
from jobs.manifest.place import BadField, Place
from jobs.manifest.stream import Stream
from jobs.rows import ManifestRow


def read_jsonlines(stream: Stream, place: Place) -> Iterator[ManifestRow]:
    """The rows of a jsonl. Raises `ManifestError` with the number of the bad line."""
    for number, line in enumerate(lines(stream, place), 1):
        if line.isspace():
            continue
        try:
            columns = _parse(line)
            yield _columns(tuple(columns)).row(list(columns.values()), place, number)
        except BadField as bad:
            raise place.error(number, bad) from None


# Objects of one manifest mostly have the same keys; the bound is for one whose objects all differ.
_columns = lru_cache(maxsize=256)(Columns.of)


def _parse(line: str) -> dict[str, object]:
    try:
        parsed = _decode(line)
    except json.JSONDecodeError as bad:
        raise BadField(f"no JSON: {bad.msg} at character {bad.pos + 1}; one object a line is meant") from None
    except RecursionError:
        raise BadField("JSON that is nested too deep") from None
    except BadField:
        raise
    except ValueError as bad:  # a number of thousands of digits
        raise BadField(f"JSON that can't be read: {bad}") from None
    if not isinstance(parsed, dict):
        raise BadField('no JSON object; one object a line is meant, as in {"uri": "s3://bucket/key"}')
    return parsed


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    columns = dict(pairs)
    if len(columns) != len(pairs):
        raise BadField("an object names one key twice")
    return columns


def _refuse(constant: str) -> NoReturn:
    raise BadField(f"{constant} is no JSON")


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse).decode
