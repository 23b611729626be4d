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
    """What a manifest came to: rows = colorized + skipped + failed + duplicates + unanswered.

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

    def add(self, answer: Answer | None, before: Answer | None) -> None:
        """Counts one row that is no duplicate: its answer now, and its answer before this run."""
        if answer is None or answer.in_doubt:
            self.unanswered += 1
            return
        self.by_status[answer.status] += 1
        if answer.code is not None:
            self.by_code[answer.code] += 1
        if answer.status == "failed":
            known = (
                before is not None and not before.in_doubt and (before.status, before.code) == ("failed", answer.code)
            )
            self.known_failures += known
            self.new_failures += not known


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
        outputs = digests(batch["output_uri"].to_pylist())
        for old, new in zip(before.find(outputs), after.find(outputs), strict=True):
            at = total.rows
            total.rows += 1
            if duplicates[at]:
                total.duplicates += 1
            else:
                total.add(new if pending[at] else old, old)
    return total
