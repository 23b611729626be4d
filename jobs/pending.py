"""The plan of a whole run: the spooled manifest against the log, in arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jobs.answers import Answers
from jobs.digests import digests
from jobs.plan import Reason, Redo, Version, stale
from jobs.rows import Row
from jobs.spool import STATED, Mask, Spool
from jobs.versions import RELATION_BITS, Versions

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Pending:
    """Which rows of the spool are to be run.

    Attributes:
        mask: (rows,) bool; True where the row is to be run.
        again: (rows,) bool; those of them that have failed before in a way that may have passed.
        reasons: how many rows for which reason.
    """

    mask: Mask
    again: Mask
    reasons: Counter[str]

    @property
    def count(self) -> int:
        """Rows to be run."""
        return int(self.mask.sum())

    def rows(self, spool: Spool) -> Iterator[Row]:
        """The rows to be run; those that failed before come last, so that no run meets a bad stretch first, each time."""
        return chain(spool.rows(self.mask & ~self.again), spool.rows(self.again))

    def sample(self, spool: Spool, count: int) -> Iterator[Row]:
        """So many of the rows to be run, from one end of the manifest to the other, none that has failed before."""
        never = np.flatnonzero(self.mask & ~self.again)
        chosen = np.zeros(len(self.mask), bool)
        chosen[never[np.linspace(0, len(never) - 1, min(count, len(never))).astype(np.intp)]] = True
        return spool.rows(chosen)

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
    mask, again = np.zeros(len(duplicates), bool), np.zeros(len(duplicates), bool)
    reasons: Counter[str] = Counter()
    at = 0
    for batch in batches:
        end = at + batch.num_rows
        found, which = _why(batch, answers, fingerprint, redo)
        is_stale = np.array([reason is not None for reason in found], bool)
        mask[at:end] = is_stale[which] & ~duplicates[at:end]
        is_again = np.array([reason == "transient" for reason in found], bool)
        again[at:end] = is_again[which] & mask[at:end]
        for reason, rows in zip(found, np.bincount(which[mask[at:end]], minlength=len(found)).tolist(), strict=True):
            if rows:
                reasons[str(reason)] += rows
        at = end
    return Pending(mask, again, reasons)


def _why(
    batch: pa.RecordBatch, answers: Answers, fingerprint: str, redo: Redo | None
) -> tuple[list[Reason | None], Numbers]:
    """What `plan.stale` says: its few answers, and for each row the number of the one that is its own.

    `stale` is asked once for all rows that are alike to it: of one kind of answer, the source the same or not, and the
    facts of both sides stated and equal or not.
    """
    places = answers.find(digests(batch["output_uri"].to_pylist()))
    known = np.flatnonzero(places >= 0)
    there = places[known]
    rows = batch if len(known) == len(places) else batch.take(pa.array(known))
    sources, stated = digests(rows["source_uri"].to_pylist()), Versions.of(*_facts(rows))
    alike = answers.kinds_at(there) << 1 | (answers.sources[there] == sources)
    alike = alike << RELATION_BITS | answers.versions.take(there).beside(stated)
    _, first, of_known = np.unique(alike, return_index=True, return_inverse=True)
    reasons = [
        stale(sources[at].tobytes(), stated.one(at), fingerprint, answers.answer(there[at]), redo)
        for at in first.tolist()
    ]
    which = np.full(len(places), len(reasons))
    which[known] = of_known
    return [*reasons, stale(b"", Version(), fingerprint, None, redo)], which


def _facts(batch: pa.RecordBatch) -> list[pa.Array]:
    return [batch[name] for name in STATED]
