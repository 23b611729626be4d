"""The plan of a whole run: the spooled manifest against the log, in arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jobs.answers import Answers
from jobs.digests import digest, digests
from jobs.plan import Redo, Version, stale
from jobs.rows import Facts


@dataclass(frozen=True, slots=True)
class Pending:
    """Which rows of the spool are to be run.

    Attributes:
        mask: (rows,) bool; True where the row is to be run.
        reasons: how many rows for which reason.
    """

    mask: npt.NDArray[np.bool_]
    reasons: Counter[str]

    @property
    def count(self) -> int:
        """Rows to be run."""
        return int(self.mask.sum())

    def why(self) -> str:
        """For people, the most frequent reason first: `120 new, 3 transient`."""
        return ", ".join(f"{rows:,} {reason}" for reason, rows in self.reasons.most_common())


def plan(
    batches: Iterable[pa.RecordBatch],
    duplicates: npt.NDArray[np.bool_],
    answers: Answers,
    fingerprint: str,
    redo: Redo | None,
) -> Pending:
    """Compares every row with its newest answer. Duplicates are never run.

    Args:
        batches: the spool, in order.
        duplicates: (rows,) bool; exact repeats of an earlier row.
        answers: the log.
        fingerprint: of this run.
        redo: what the user asks for again.
    """
    mask = np.zeros(len(duplicates), bool)
    reasons: Counter[str] = Counter()
    at = 0
    for batch in batches:
        for source, facts, answer in zip(
            batch["source_uri"].to_pylist(),
            stated_facts(batch),
            answers.find(digests(batch["output_uri"].to_pylist())),
            strict=True,
        ):
            if not duplicates[at]:
                reason = stale(digest(source), Version.of(facts), fingerprint, answer, redo)
                if reason is not None:
                    mask[at] = True
                    reasons[reason] += 1
            at += 1
    return Pending(mask, reasons)


def stated_facts(batch: pa.RecordBatch) -> list[Facts]:
    """The stated facts of each row of a spool's batch."""
    columns = (batch[name].to_pylist() for name in ("version_id", "etag", "size", "mtime"))
    return [Facts(*facts) for facts in zip(*columns, strict=True)]
