"""Parquet in memory: bytes ⇄ tables."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq


def from_parquet(data: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """A table's columns, or all of them.

    On the calling thread alone: Arrow's own may let go of these bytes only when the interpreter is already ending, which
    aborts the process (seen once in forty runs with `pq.read_table`).
    """
    return pq.ParquetFile(pa.BufferReader(data)).read(columns=columns and list(columns), use_threads=False)


def to_parquet(table: pa.Table, use_dictionary: bool = True) -> bytes:
    """The file of a table, zstd."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=use_dictionary)
    written: bytes = sink.getvalue().to_pybytes()
    return written
