"""What failed as a manifest, which `colorizer run` takes as it is: csv, or the csv of S3 Batch Operations' reports."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Literal
from urllib.parse import quote

import pyarrow as pa

from jobs.failures import Failures
from jobs.names import LOG_FOLDER
from jobs.run_folder import newest_run
from jobs.storage.store import Store
from jobs.storage.uri import join, split_s3

Format = Literal["csv", "s3-batch"]
Row = Mapping[str, Any]

_VERSION = {"version_id": "source_version", "etag": "source_etag", "size": "source_size", "mtime": "source_mtime"}
_SUMS = {"sha256": "expected_sha256", "md5": "expected_md5"}
_WHY = {"failure_code": "code", "failure_message": "message"}
_ANSWERED = {"NOT_FOUND": 404, "ACCESS_DENIED": 403, "SOURCE_CHANGED": 412, "ARCHIVED": 403, "STORE_UNAVAILABLE": 503}
"""What S3 says where a row gets such a code; other codes are not S3's."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it.

    Attributes:
        rows: in the manifest.
        left_out: rows that the format can't hold: without s3:// in s3-batch; whose output lies below another --out than the
            newest run's in csv.
    """

    rows: int
    left_out: int


def write_csv(failures: Failures, target: BinaryIO, runs: Iterable[str], current: bool) -> Written:
    """Writes a manifest of uri, output_key, the version's facts, the sums, why it failed, and the manifest's other columns.

    The rows wait in a temporary file until the names of all other columns are known.

    Args:
        failures: the rows.
        target: of the bytes.
        runs: of the log; the output_keys are below the --out of the newest that got as far as to say it.
        current: leave the version's facts out, so that whatever is there now is read; the sums that were stated stay.

    Raises:
        StorageError, WorldError: the log can't be read.
    """
    keys = _OutputKeys(failures.store, failures.log, runs)
    others: dict[str, None] = {}
    rows = left_out = 0
    with TemporaryFile(prefix="colorizer-") as waiting:
        for table in _spooled(failures, waiting):
            for extra in table["extra"].drop_null().to_pylist():
                others.update(dict.fromkeys(json.loads(extra)))
        others = {name: None for name in others if name not in _WHY}
        facts = _SUMS if current else _VERSION | _SUMS
        key = () if keys.is_of_sources else ("output_key",)
        with _text(target) as text:
            writer = csv.writer(text)
            writer.writerow(["uri", *key, *facts, *_WHY, *others])
            for row in _rows_of(waiting):
                output = keys.key(str(row["output_uri"]))
                if output is None:
                    left_out += 1
                    continue
                extra = json.loads(row["extra"] or "{}")
                named = [row[column] for column in (*facts.values(), *_WHY.values())]
                cells = [row["source_uri"], *([output] if key else []), *named, *(extra.get(name) for name in others)]
                writer.writerow([_cell(cell) for cell in cells])
                rows += 1
    return Written(rows, left_out)


def write_s3_batch(failures: Failures, target: BinaryIO) -> Written:
    """Writes Bucket, Key (URL-encoded), VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage, without a header.

    The columns are those of ReportSchema in S3 Batch Operations' completion reports (Report_CSV_20180820). A row that was
    skipped is "succeeded" with a code.

    Raises:
        WorldError: the log can't be read.
    """
    rows = left_out = 0
    with _text(target) as text:
        writer = csv.writer(text)
        for _, table in failures.batches():
            for row in table.to_pylist():
                if not str(row["source_uri"]).startswith("s3://"):
                    left_out += 1
                    continue
                bucket, key = split_s3(str(row["source_uri"]))
                state = "failed" if row["status"] == "failed" else "succeeded"
                answer = _ANSWERED.get(str(row["code"]))
                cells = [bucket, quote(key), row["source_version"], state, row["code"], answer, row["message"]]
                writer.writerow([_cell(cell) for cell in cells])
                rows += 1
    return Written(rows, left_out)


class _OutputKeys:
    """A row's output below the `--out` of the newest run that got as far as to say it."""

    def __init__(self, store: Store, log: str, runs: Iterable[str]) -> None:
        found = newest_run(store, log, runs)
        self.is_of_sources = found is not None and found[1].get("command") == "palette"
        self._below = join((found and found[0].out()) or log.removesuffix(f"/{LOG_FOLDER}"), "")

    def key(self, output_uri: str) -> str | None:
        """None where it lies elsewhere; of a palette's log nothing is asked, for nothing is written there."""
        if self.is_of_sources:
            return ""
        return output_uri[len(self._below) :] if output_uri.startswith(self._below) else None


def _spooled(failures: Failures, waiting: BinaryIO) -> Iterator[pa.Table]:
    """The failures, each table once it waits in the file."""
    writer: Any = None
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for _, table in failures.batches():
        writer = writer or pa.ipc.new_stream(waiting, table.schema, options=options)
        writer.write_table(table)
        yield table
    if writer:
        writer.close()


def _rows_of(waiting: BinaryIO) -> Iterator[Row]:
    if not waiting.tell():
        return
    waiting.seek(0)
    for batch in pa.ipc.open_stream(waiting):
        yield from batch.to_pylist()


@contextmanager
def _text(target: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """UTF-8 into `target`, which is left open."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()


def _cell(value: object) -> object:
    """As a manifest's reader takes it: a time in seconds, text as it is but for NULs, anything else as JSON."""
    if isinstance(value, str):
        return value.replace("\0", "")  # with one it would be no text file
    if value is None:
        return None
    if isinstance(value, datetime):
        return int(value.timestamp())
    return json.dumps(value, ensure_ascii=False)
