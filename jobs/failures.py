"""What failed: the log's rows whose newest answer is a failure (or has one code, or is of given outputs), streamed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.answers import Answers, read_answers
from jobs.codes import ROW_CODES
from jobs.digests import digests
from jobs.errors import UsageError, log_trouble
from jobs.layout import ShardName
from jobs.log import list_log, read_part
from jobs.shown import shown
from jobs.spool import Mask
from jobs.storage.store import Store

COLUMNS = (
    "source_uri",
    "source_version",
    "source_etag",
    "source_size",
    "source_mtime",
    "expected_sha256",
    "expected_md5",
    "output_uri",
    "status",
    "code",
    "message",
    "extra",
)


@dataclass(frozen=True, slots=True)
class Failures:
    """The rows of a log that failed.

    Attributes:
        store: reads it.
        log: its folder.
        code: of the rows that are wanted, failed or skipped; None for all that failed.
        outputs: URIs whose rows are wanted instead, whatever came of them.
    """

    store: Store
    log: str
    code: str | None = None
    outputs: pa.StringArray | None = None

    def batches(self) -> Iterator[tuple[str, pa.Table]]:
        """The rows, part by part, older runs first: the run, and a table of `COLUMNS`, never an empty one.

        In memory are 36 bytes for each output of the log (`Answers`) and one part.

        Raises:
            WorldError: the log can't be read.
        """
        with log_trouble():
            contents = list_log(self.store, self.log)
            answers = read_answers(self.store, self.log, contents)
            told: Mask = np.zeros(len(answers), bool)
            for part in sorted(contents.parts, key=lambda name: name.age):
                table = self._newest(part, answers, told)
                if table.num_rows:
                    yield part.run_id, table

    def _newest(self, part: ShardName, answers: Answers, told: Mask) -> pa.Table:
        """The wanted rows of one part that no later answer stands above."""
        table = read_part(self.store, self.log, part, COLUMNS)
        table = table.filter(self._wanted(table))
        if not table.num_rows:
            return table
        places = answers.find(digests(table["output_uri"].to_pylist()))
        kinds = [answers.named[kind] for kind in answers.kinds[places].tolist()]
        said = zip(table["status"].to_pylist(), table["code"].to_pylist(), strict=True)
        same = [
            not kind.in_doubt and (kind.run_id, kind.status, kind.code) == (part.run_id, status, code)
            for kind, (status, code) in zip(kinds, said, strict=True)
        ]
        # One run may have told an output twice, a worker that was taken for dead and its successor: the newest has this source.
        newest = np.array(same) & ~told[places] & (answers.sources[places] == digests(table["source_uri"].to_pylist()))
        told[places[newest]] = True
        return table.filter(pa.array(newest))

    def _wanted(self, table: pa.Table) -> pa.ChunkedArray:
        if self.outputs is not None:
            return pc.is_in(table["output_uri"], value_set=self.outputs)
        if self.code is None:
            return pc.equal(table["status"], "failed")
        return pc.fill_null(pc.equal(table["code"], self.code), fill_value=False)


def check_code(code: str) -> str:
    """A code of the log, in capitals. Raises `UsageError` for one that no row can have."""
    name = code.upper()
    if name not in ROW_CODES:
        near = difflib.get_close_matches(name, ROW_CODES, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(ROW_CODES)}"
        raise UsageError(f"--code {shown(code)}: no row has it; {hint}")
    return name
