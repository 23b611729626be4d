"""The totals of a report: the newest spooled manifest against the log, as the job's own last count has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.answers import Answers
from jobs.digests import DIGEST, digests
from jobs.errors import NotFound
from jobs.growing import Growing
from jobs.layout import manifest_folder
from jobs.pending import plan
from jobs.plan import Redo
from jobs.repeats import repeats
from jobs.report.figures import CodeCount, Totals
from jobs.run_folder import RunFolder
from jobs.spool import Mask, Spool, open_spool
from jobs.storage.store import Store


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run wanted: by it rows are answered, or stale."""

    run_id: str
    fingerprint: str
    redo: Redo | None


def newest_spool(store: Store, log: str, runs: tuple[str, ...], answers: Answers) -> tuple[str, Spool] | None:
    """The newest run that read its manifest to the end, and that; None where none did, or the folders are gone.

    A run that left neither an answer nor a `_run.json` was refused, for its manifest perhaps: it counts as none.
    """
    answered = {kind.run_id for kind in answers.named}
    for run_id in reversed(runs):
        if run_id not in answered and RunFolder(store, log, run_id).read("_run.json") is None:
            continue
        try:
            return run_id, open_spool(store, manifest_folder(log, run_id))
        except NotFound:
            continue
    return None


def totals_of_manifest(spool: Spool, answers: Answers, asked: Asked) -> Totals:
    """Every row of the manifest by its newest answer; one that is stale, and that no run since has answered, is unanswered."""
    places = _Places.of(spool, answers)
    # One more, which −1 finds: a row without an answer is not the run's.
    since = np.array([*(kind.run_id >= asked.run_id and not kind.in_doubt for kind in answers.named), False], bool)
    older = (places.kinds >= 0) & ~since[places.kinds] & ~places.duplicates
    found = places.kinds
    found[older] = np.where(_stale(spool, older, answers, asked), -1, found[older])
    numbers, counts = np.unique(found[~places.duplicates], return_counts=True)
    kinds = Counter(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
    return _totals(kinds, answers, spool.count, asked.run_id, int(places.duplicates.sum()))


def totals_of_log(answers: Answers) -> Totals:
    """The same of a log whose manifests are gone: every output that it knows is a row."""
    numbers, counts = np.unique(answers.kinds, return_counts=True)
    kinds = Counter(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
    return _totals(kinds, answers, len(answers), None, 0)


@dataclass(frozen=True, slots=True)
class _Places:
    """Of each row of a manifest.

    Attributes:
        kinds: (rows,) the number of its newest answer's kind, −1 where there is none.
        duplicates: (rows,) whether it repeats an earlier one; two sources never have one output.
    """

    kinds: npt.NDArray[np.int64]
    duplicates: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, spool: Spool, answers: Answers) -> _Places:
        """16 bytes a row, and 24 while repeats are looked for."""
        outputs = Growing(DIGEST)
        for batch in spool.batches():
            outputs.append(digests(batch["output_uri"].to_pylist()))
        every = outputs.whole()
        return cls(answers.kinds_at(answers.find(every)), repeats(every).later(spool.count))


def _stale(spool: Spool, mask: Mask, answers: Answers, asked: Asked) -> npt.NDArray[np.bool_]:
    """Of the rows in the mask, in their order, those that the run was to answer."""
    none = np.zeros(int(mask.sum()), bool)
    return plan(spool.batches(mask), none, answers, asked.fingerprint, asked.redo).mask if len(none) else none


def _totals(kinds: Counter[int], answers: Answers, rows: int, run_id: str | None, duplicates: int) -> Totals:
    status: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    unanswered = 0
    for number, count in kinds.items():
        kind = answers.named[number] if number >= 0 else None
        if kind is None or kind.in_doubt:
            unanswered += count
            continue
        status[kind.status] += count
        if kind.code is not None:
            codes[kind.code] += count
    by_code = tuple(CodeCount.of(code, count) for code, count in sorted(codes.items(), key=lambda one: (-one[1], one)))
    return Totals(
        rows=rows,
        run_id=run_id,
        colorized=status["colorized"],
        counted=status["counted"],
        skipped=status["skipped"],
        failed=status["failed"],
        duplicates=duplicates,
        unanswered=unanswered,
        by_code=by_code,
    )
