"""Parquet: read a record batch at a time. What is not a plain file on disk goes through a temporary one first."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import ManifestError
from jobs.manifest.columns import Columns
from jobs.manifest.place import BadField, Place
from jobs.manifest.stream import Stream
from jobs.rows import ManifestRow
from jobs.shown import shown

MAGIC = b"PAR1"
_BATCH = 8192


def read_parquet(stream: Stream, place: Place) -> Iterator[ManifestRow]:
    """The rows of a Parquet file, fetched to a temporary file: Parquet is read from its end.

    Raises:
        ManifestError: the file is no Parquet, or a row is bad (with its number, 1-based).
    """
    with tempfile.TemporaryFile() as whole:
        while block := stream.read():
            whole.write(block)
        whole.seek(0)
        yield from read_parquet_file(whole, place)


def read_parquet_file(whole: BinaryIO, place: Place) -> Iterator[ManifestRow]:
    """The rows of a Parquet file that can be read from any place. Raises as `read_parquet` does."""
    number = 0
    for batch in _batches(whole, place):
        columns = _columns(batch.schema.names, place)
        for values in zip(*(_values(batch, name, place, number) for name in batch.schema.names), strict=True):
            number += 1
            try:
                yield columns.row(values, place, number)
            except BadField as bad:
                raise place.error(number, bad) from None


def _batches(whole: BinaryIO, place: Place) -> Iterator[pa.RecordBatch]:
    try:
        parquet = pq.ParquetFile(whole)
        _columns(parquet.schema_arrow.names, place)
        yield from parquet.iter_batches(batch_size=_BATCH, use_threads=False)
    except (pa.ArrowException, OSError) as bad:
        raise ManifestError(f"{place.name} is no whole Parquet file: {bad}") from bad


def _values(batch: pa.RecordBatch, name: str, place: Place, before: int) -> list[object]:
    """Nanoseconds are cut to the microseconds that Python has."""
    column = batch[name]
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        values: list[object] = column.to_pylist()
    except (ValueError, OverflowError) as bad:
        rows = f"rows {before + 1} to {before + batch.num_rows}"
        raise ManifestError(f"{place.name}, {rows}: column {shown(name)}: {bad}") from bad
    return values


def _columns(names: list[str], place: Place) -> Columns:
    try:
        return Columns.of(names)
    except BadField as bad:
        raise ManifestError(f"{place.name}: {bad}") from None
