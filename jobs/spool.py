"""The spooled manifest: read once, kept as Parquet in the run's folder; plan, collision check and count read that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import NotFound, PreflightError, RefusedName
from jobs.parquet import from_parquet, to_parquet
from jobs.redaction import redacted
from jobs.rows import Facts, ManifestRow, Row
from jobs.storage.store import Store

SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("source_uri", pa.string(), nullable=False),
        pa.field("version_id", pa.string()),
        pa.field("etag", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("mtime", pa.int64()),
        pa.field("sha256", pa.string()),
        pa.field("md5", pa.string()),
        pa.field("output_uri", pa.string(), nullable=False),
        pa.field("extra", pa.string()),
    ]
)
"""Row counts from 0, line as the manifest counts; mtime in seconds since the epoch, UTC; extra as `redacted` leaves it."""

STATED = tuple(field.name for field in fields(Facts))
"""The columns of what the manifest states."""

_PART = re.compile(r"rows-(\d{5,})\.parquet")
PART_ROWS = 100_000
_BATCH_ROWS = 16_384
_STEP = 8_192
"""Rows that are Python objects at one time while a manifest is read: a file's worth of them would be 150 MB."""
_TOTAL = b"colorizer_rows"
_NAMED = 10

Mask = npt.NDArray[np.bool_]
Watch = Callable[[Sequence[ManifestRow], Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Spool:
    """A whole spooled manifest.

    Attributes:
        store: where it lies.
        folder: its folder's URI, with a slash at its end.
        parts: how many files it has.
        part_rows: rows of each but the last.
        count: rows.
    """

    store: Store
    folder: str
    parts: int
    part_rows: int
    count: int

    def batches(self, mask: Mask | None = None) -> Iterator[pa.RecordBatch]:
        """The rows in order, as record batches of `SCHEMA`, one file in memory at a time.

        Args:
            mask: (count,) bool; True for the rows that are wanted. None: all of them. Files without one are not read.
        """
        start = 0
        for part in range(self.parts):
            end = min(start + self.part_rows, self.count)
            wanted = None if mask is None else mask[start:end]
            start = end
            if wanted is None or wanted.any():
                yield from _chosen(_read(self.store, part_uri(self.folder, part)), wanted)

    def rows(self, mask: Mask | None = None) -> Iterator[Row]:
        """The rows in order; `mask` as in `batches`."""
        for batch in self.batches(mask):
            yield from _rows(batch)


def part_uri(folder: str, part: int) -> str:
    """The URI of one of the spool's files; `folder` ends in a slash."""
    return f"{folder}rows-{part:05d}.parquet"


def write_spool(
    rows: Iterable[ManifestRow],
    name: Callable[[ManifestRow], str],
    store: Store,
    folder: str,
    *,
    limit: int | None = None,
    watch: Watch | None = None,
    tick: Callable[[int], None] | None = None,
    part_rows: int = PART_ROWS,
) -> Spool:
    """Names the output of every row and puts both into the run's folder, `part_rows` rows a file.

    Args:
        rows: the manifest.
        name: gives a row's output URI, or raises `RefusedName`.
        store: takes the files; each is created once.
        folder: where they go, with a slash at its end.
        limit: how many rows of the manifest count; None: all.
        watch: sees the rows and their output URIs, some thousand at a time, in order (`Collisions.add`).
        tick: is told the rows so far, after every file's.
        part_rows: rows of a file.

    Raises:
        PreflightError: rows were refused their names: the first ten of them, and how many more.
        ManifestError: from `rows`.
    """
    rows = iter(rows) if limit is None else islice(rows, limit)
    writing = _Writing(store, folder, name, part_rows)
    while chunk := list(islice(rows, min(_STEP, writing.room))):
        kept, outputs = writing.add(chunk)
        if watch is not None:
            watch(kept, outputs)
        if tick is not None and writing.room == part_rows:
            tick(writing.count)
    if tick is not None and writing.room < part_rows:
        tick(writing.count)
    return writing.finish()


def open_spool(store: Store, folder: str) -> Spool:
    """The spool that a run, this one or another, has written.

    Raises:
        NotFound: there is none, or its run ended before it was whole.
    """
    names = (_PART.fullmatch(listed.uri.removeprefix(folder)) for listed in store.list(folder))
    parts = sorted(int(found[1]) for found in names if found)
    if parts and parts[-1] == len(parts) - 1:
        last = pq.read_metadata(pa.BufferReader(store.read(part_uri(folder, parts[-1])).data))
        total = (last.metadata or {}).get(_TOTAL)
        if total is not None:
            before = int(total) - last.num_rows
            return Spool(store, folder, len(parts), before // (len(parts) - 1) if before else last.num_rows, int(total))
    raise NotFound(f"{folder} holds no whole spooled manifest: its run ended while it was reading it")


class _Writing:
    """A spool that grows, one file behind: the last one says how many rows there are, and so that it is whole."""

    def __init__(self, store: Store, folder: str, name: Callable[[ManifestRow], str], part_rows: int) -> None:
        self._store, self._folder, self._name, self._part_rows = store, folder, name, part_rows
        self._held: list[pa.Table] = []
        self._parts = 0
        self._refused: list[str] = []
        self._refusals = 0
        self.count = 0

    def add(self, chunk: Sequence[ManifestRow]) -> tuple[Sequence[ManifestRow], Sequence[str]]:
        """Takes at most `room` rows, and gives them with their output URIs; those without a name are left out."""
        outputs: list[str] = []
        kept: list[ManifestRow] = []
        for row in chunk:
            output = self._named(row)
            if output is not None:
                outputs.append(output)
                kept.append(row)
        if not self._refusals:
            self._hold(_table(kept, outputs, self.count))
        self.count += len(chunk)
        return kept, outputs

    @property
    def room(self) -> int:
        """Rows that the file still takes, `part_rows` where one is just full."""
        return self._part_rows - self.count % self._part_rows

    def finish(self) -> Spool:
        """Puts the last file, with the number of rows."""
        if self._refusals:
            raise PreflightError(self._complaint())
        held = pa.concat_tables(self._held or [_table([], [], 0)])
        self._put(held.replace_schema_metadata({_TOTAL: str(self.count)}))
        return Spool(self._store, self._folder, self._parts, self._part_rows, self.count)

    def _hold(self, table: pa.Table) -> None:
        if self._held and self.room == self._part_rows:
            self._put(pa.concat_tables(self._held))
            self._held = []
        self._held.append(table)

    def _put(self, table: pa.Table) -> None:
        # URIs hardly repeat: a dictionary is tried in vain, and zstd finds what they share.
        data = to_parquet(table, use_dictionary=False)
        self._store.create(part_uri(self._folder, self._parts), data, "application/vnd.apache.parquet")
        self._parts += 1

    def _named(self, row: ManifestRow) -> str | None:
        try:
            return self._name(row)
        except RefusedName as bad:
            self._refuse(row, bad)
            return None

    def _refuse(self, row: ManifestRow, bad: RefusedName) -> None:
        self._refusals += 1
        self._held = []
        if len(self._refused) < _NAMED:
            where = f"line {row.line}: " if row.relative is None else ""
            self._refused.append(f"  {where}{bad}")

    def _complaint(self) -> str:
        more = self._refusals - len(self._refused)
        lines = [
            f"{self._refusals:,} of {self.count:,} rows can't have the output that the rules give them:",
            *self._refused,
            *([f"  and {more:,} more"] if more else []),
            "Nothing was done. Leave these rows out, or give them an output_key in a manifest.",
        ]
        return "\n".join(lines)


def _table(rows: Sequence[ManifestRow], outputs: Sequence[str], first: int) -> pa.Table:
    columns = [
        np.arange(first, first + len(rows)),
        [row.line for row in rows],
        [row.uri for row in rows],
        [row.stated.version_id for row in rows],
        [row.stated.etag for row in rows],
        [row.stated.size for row in rows],
        [row.stated.mtime for row in rows],
        [row.stated.sha256 for row in rows],
        [row.stated.md5 for row in rows],
        outputs,
        [row.extra for row in rows],
    ]
    cells = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    cells[-1] = redacted(cells[-1])
    return pa.Table.from_arrays(cells, schema=SCHEMA)


def _read(store: Store, uri: str) -> pa.Table:
    return from_parquet(store.read(uri).data).replace_schema_metadata(None)


def _chosen(table: pa.Table, wanted: Mask | None) -> Iterator[pa.RecordBatch]:
    chosen = table if wanted is None else table.filter(pa.array(wanted))
    yield from chosen.to_batches(max_chunksize=_BATCH_ROWS)


def _rows(batch: pa.RecordBatch) -> Iterator[Row]:
    named = ("row", "source_uri", "output_uri", "extra", *STATED)
    columns = (batch[column].to_pylist() for column in named)
    for number, uri, output_uri, extra, *stated in zip(*columns, strict=True):
        yield Row(number, uri, Facts(*stated), output_uri, extra)
