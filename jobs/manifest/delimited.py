"""csv and tsv: a header that names the columns, fields quoted as RFC 4180 has it; a quoted field may span lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from jobs.manifest.columns import Columns
from jobs.manifest.lines import LONGEST, lines
from jobs.manifest.place import BadField, Place
from jobs.manifest.stream import Stream
from jobs.rows import ManifestRow

_HEADERLESS = (
    "the first line must name the columns, and this looks like a row. For a list of URIs alone use "
    "--manifest-format txt; else put a header in front (uri, or bucket and key). An S3 Inventory in CSV has no "
    "header and its keys are URL-encoded: let the inventory write Parquet instead"
)


def read_csv(stream: Stream, place: Place) -> Iterator[ManifestRow]:
    """The rows of a csv. Raises `ManifestError` with the number of the line on which the bad row begins."""
    return _read(stream, place, ",")


def read_tsv(stream: Stream, place: Place) -> Iterator[ManifestRow]:
    """The rows of a tsv, quoted as spreadsheets write it. Raises as `read_csv` does."""
    return _read(stream, place, "\t")


def _read(stream: Stream, place: Place, delimiter: str) -> Iterator[ManifestRow]:
    records = _records(stream, place, delimiter)
    columns, width = _header(records, place)
    for line, values in records:
        if len(values) != width:
            raise place.error(line, f"{len(values)} fields where the header names {width} columns")
        try:
            yield columns.row(values, place, line)
        except BadField as bad:
            raise place.error(line, bad) from None


def _records(stream: Stream, place: Place, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the line on which it begins."""
    csv.field_size_limit(LONGEST)
    reader = csv.reader(lines(stream, place), delimiter=delimiter, strict=True)
    line = 1
    try:
        for values in reader:
            if values:
                yield line, values
            line = reader.line_num + 1
    except csv.Error as bad:
        raise place.error(line, f"{bad}; is a quote not closed?") from None


def _header(records: Iterator[tuple[int, list[str]]], place: Place) -> tuple[Columns, int]:
    first = next(records, None)
    if first is None:
        raise place.error(1, "no header: the first line must name the columns (uri, or bucket and key)")
    line, names = first
    try:
        return Columns.of(names), len(names)
    except BadField as bad:
        raise place.error(line, _HEADERLESS if _looks_like_a_row(names) else bad) from None


def _looks_like_a_row(names: Sequence[str]) -> bool:
    return any("/" in name or "." in name or name.isdigit() for name in names)
