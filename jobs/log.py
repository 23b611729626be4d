"""The log's files: open a shard, then its part. Where a row has an output_sha256, that output was there before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from jobs.errors import AlreadyThere, NotFound, damaged
from jobs.layout import ShardName, open_uri, parse_open, parse_part, parse_run, part_uri
from jobs.names import LOG_FOLDER
from jobs.outcome import Outcome, Provenance
from jobs.parquet import from_parquet, to_parquet
from jobs.rows import Shard
from jobs.schema import Part, to_table
from jobs.storage.store import Store
from jobs.storage.uri import absolute, join
from jobs.tally import COUNTED, Tally

Item = TypeVar("Item")
Result = TypeVar("Result")

_OPEN_SCHEMA = pa.schema([pa.field("row", pa.int64()), pa.field("output_uri", pa.string())])


@dataclass(frozen=True, slots=True)
class Contents:
    """What a log folder holds: its runs, its parts, and the shards that were opened and have no part."""

    runs: tuple[str, ...]
    parts: tuple[ShardName, ...]
    in_doubt: tuple[ShardName, ...]

    def oldest_first(self) -> list[tuple[ShardName, bool]]:
        """The parts, and the shards in doubt (True), by age; of one run and attempt, what is in doubt may be the newer."""
        files = [*((name, False) for name in self.parts), *((name, True) for name in self.in_doubt)]
        return sorted(files, key=lambda file: (file[0].run_id, file[0].attempt, file[1], file[0].shard))

    def of_run(self, run_id: str) -> Contents:
        """Those of one run."""
        parts = tuple(name for name in self.parts if name.run_id == run_id)
        return Contents((run_id,), parts, tuple(name for name in self.in_doubt if name.run_id == run_id))


@dataclass(frozen=True, slots=True)
class PartAnswers:
    """What a part says: the numbers of its rows, and their counts."""

    rows: frozenset[int]
    tally: Tally


def list_log(store: Store, log: str) -> Contents:
    """One listing of the log. A log that is not there yet is empty; one that can't be listed is an error."""
    runs: set[str] = set()
    parts: list[ShardName] = []
    opened: list[ShardName] = []
    try:
        for listed in store.list(f"{log}/"):
            run = parse_run(log, listed.uri)
            if run:
                runs.add(run)
            if part := parse_part(log, listed.uri):
                parts.append(part)
            elif shard := parse_open(log, listed.uri):
                opened.append(shard)
    except NotFound:
        return Contents((), (), ())
    doubtful = set(opened).difference(parts)
    return Contents(tuple(sorted(runs)), tuple(sorted(parts)), tuple(sorted(doubtful)))


def log_at(store: Store, place: str) -> tuple[str, Contents]:
    """The log that a folder is, or that lies below it where it is a run's `--out`: its URI and what it holds.

    Where neither has a run the contents are empty.
    """
    given = absolute(place)
    below = join(given, LOG_FOLDER)
    for log in (given,) if given.endswith(f"/{LOG_FOLDER}") else (below, given):
        contents = list_log(store, log)
        if contents.runs:
            return log, contents
    return given, Contents((), (), ())


def open_shard(store: Store, log: str, run_id: str, shard: Shard) -> None:
    """Names the rows whose outputs may be put from now on, before the first of them is."""
    table = pa.table(
        {"row": [row.number for row in shard.rows], "output_uri": [row.output_uri for row in shard.rows]},
        schema=_OPEN_SCHEMA,
    )
    store.create(open_uri(log, ShardName(run_id, shard.number, shard.attempt)), to_parquet(table))


def read_open(store: Store, log: str, name: ShardName) -> list[str]:
    """The output URIs that an open file names."""
    table = _table(store, open_uri(log, name), ["output_uri"])
    outputs: list[str] = table["output_uri"].to_pylist()
    return outputs


def write_part(store: Store, log: str, provenance: Provenance, shard: Shard, outcomes: Sequence[Outcome]) -> None:
    """Puts the part of one shard, rows in the manifest's order. Every output that it names is there already."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.row.number)
    part = Part(provenance, shard.number, shard.attempt)
    name = ShardName(provenance.run_id, shard.number, shard.attempt)
    store.create(part_uri(log, name), to_parquet(to_table(part, ordered)), "application/vnd.apache.parquet")


def rehearse_part(provenance: Provenance) -> None:
    """Makes a part of no rows and puts it nowhere, so that the libraries are loaded before a clock runs."""
    to_parquet(to_table(Part(provenance, 0, 0), []))


def read_part(store: Store, log: str, name: ShardName, columns: Sequence[str]) -> pa.Table:
    """Some columns of one part, dictionaries decoded; nulls in the place of those that it was written without."""
    table = _table(store, part_uri(log, name), columns)
    absent = [column for column in columns if column not in table.column_names]
    return pa.table(
        {field.name: _decoded(table[field.name]) for field in table.schema}
        | {column: pa.chunked_array([pa.nulls(table.num_rows, pa.string())]) for column in absent}
    )


def _table(store: Store, uri: str, columns: Sequence[str]) -> pa.Table:
    """Raises `PreflightError` where it is no Parquet, for it can only be damaged: it was put whole."""
    data = store.read(uri).data
    try:
        return from_parquet(data, columns)
    except pa.ArrowException as error:
        raise damaged(uri, error) from error


def in_turn(
    read: Callable[[Item], Result], items: Sequence[Item], threads: int = 8, at_once: int = 128
) -> Iterator[Result]:
    """Reads several files at a time and gives what they hold in their order; `at_once` of them at most are in memory."""
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(items), at_once):
            yield from pool.map(read, items[start : start + at_once])


def part_answers(store: Store, log: str, name: ShardName) -> PartAnswers | None:
    """What the part of one attempt answers; None where there is no part."""
    try:
        rows = read_part(store, log, name, ["row", *COUNTED]).to_pylist()
    except NotFound:
        return None
    counted = Tally()
    for row in rows:
        counted.count_row(row)
    return PartAnswers(frozenset(row["row"] for row in rows), counted)


def seal_shard(store: Store, log: str, provenance: Provenance, shard: Shard) -> bool:
    """Puts a part of no rows in the place of the one that a lost worker may yet put; False where it was quicker."""
    try:
        write_part(store, log, provenance, shard, [])
    except AlreadyThere:
        return False
    return True


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
