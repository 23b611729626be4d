"""The final count, over the whole manifest, by the newest answer of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jobs.answers import Answers
from jobs.digests import digests
from jobs.plan import Answer


@dataclass(slots=True)
class Count:
    """What a manifest came to: rows = colorized + counted + skipped + failed + duplicates + unanswered.

    Attributes:
        rows: of the manifest.
        by_status: answered rows by status.
        by_code: answered rows by code.
        duplicates: exact repeats.
        unanswered: rows that wait for the next run.
        known_failures: failed rows that had failed with the same code before this run.
        new_failures: the other failed rows; all of them were tried in this run.
    """

    rows: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    unanswered: int = 0
    known_failures: int = 0
    new_failures: int = 0

    def add(self, answer: Answer | None, before: Answer | None, rows: int = 1) -> None:
        """Counts rows that are no duplicates: their answer now, and their answer before this run."""
        if answer is None or answer.in_doubt:
            self.unanswered += rows
            return
        self.by_status[answer.status] += rows
        if answer.code is not None:
            self.by_code[answer.code] += rows
        if answer.status == "failed":
            known = (
                before is not None and not before.in_doubt and (before.status, before.code) == ("failed", answer.code)
            )
            self.known_failures += rows * known
            self.new_failures += rows * (not known)


def count(
    batches: Iterable[pa.RecordBatch],
    duplicates: npt.NDArray[np.bool_],
    pending: npt.NDArray[np.bool_],
    before: Answers,
    after: Answers,
) -> Count:
    """Counts the spool. A row that this run was to answer counts by this run's answer only.

    Args:
        batches: the spool, in order.
        duplicates: (rows,) bool; exact repeats.
        pending: (rows,) bool; the rows that this run was to answer.
        before: the log before this run.
        after: this run's part of the log.
    """
    total = Count()
    for batch in batches:
        here = slice(total.rows, total.rows + batch.num_rows)
        total.rows += batch.num_rows
        rows = np.flatnonzero(~duplicates[here])
        total.duplicates += batch.num_rows - len(rows)
        outputs, mine = digests(batch["output_uri"].to_pylist())[rows], pending[here][rows]
        old, new = before.find(outputs), after.find(outputs)
        # What is counted of a row is of its answers' kinds alone: each pair of them is looked at once.
        kinds = np.where(mine, after.kinds_at(new), before.kinds_at(old)) + 1
        alike = (kinds << 1 | mine) << 31 | (before.kinds_at(old) + 1)
        _, first, counts = np.unique(alike, return_index=True, return_counts=True)
        for at, number in zip(first.tolist(), counts.tolist(), strict=True):
            earlier = before.answer(old[at])
            total.add(after.answer(new[at]) if mine[at] else earlier, earlier, number)
    return total
