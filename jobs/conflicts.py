"""Rows that can't all be done, named for the one who has to mend the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.repeats import Repeats
from jobs.shown import shown
from jobs.spool import STATED, Spool

_NAMED = 10
_ROWS_NAMED = 4

Group = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One reason why rows can't all be done.

    Attributes:
        what: the reason, after a number of cases.
        groups: the first ten cases, each with its first rows.
        count: all cases.
        advice: what to do.
    """

    what: str
    groups: tuple[Group, ...]
    count: int
    advice: str


def groups_of(repeats: Repeats, bad: npt.NDArray[np.bool_]) -> tuple[tuple[Group, ...], int]:
    """The first ten groups in which a row is bad, in the manifest's order, and the number of all such groups.

    Args:
        repeats: the groups.
        bad: (m,) bool, parallel to them. A group is named by its first row and its first bad ones.
    """
    firsts, starts = np.unique(repeats.first[bad], return_index=True)
    of_bad, rows = repeats.first[bad], repeats.rows[bad]
    named = []
    for first in firsts[:_NAMED]:
        others = rows[of_bad == first][: _ROWS_NAMED - 1]
        named.append((int(first), *map(int, others)))
    return tuple(named), len(starts)


def pairs_of(there: npt.NDArray[np.intp], comes: npt.NDArray[np.intp]) -> tuple[tuple[Group, ...], int]:
    """The first ten pairs in the manifest's order, and the number of all."""
    order = np.argsort(comes, kind="stable")[:_NAMED]
    return tuple((int(there[at]), int(comes[at])) for at in order), len(comes)


def complaint(conflicts: Sequence[Conflict], spool: Spool, *, lines: bool) -> str:
    """All conflicts as one message, their rows read back from the spool.

    Args:
        conflicts: at least one.
        spool: the manifest.
        lines: whether the manifest has lines to be named (a listing has none).
    """
    named = _named_rows(conflicts, spool, lines=lines)
    return "\n".join([*(_paragraph(conflict, named) for conflict in conflicts), "Nothing was done."])


def _paragraph(conflict: Conflict, named: dict[int, str]) -> str:
    cases = ["\n    ".join(named[row] for row in dict.fromkeys(group)) for group in conflict.groups]
    more = conflict.count - len(conflict.groups)
    return "\n".join(
        [
            f"{conflict.what} ({conflict.count:,}):",
            *(f"  - {case}" for case in cases),
            *([f"  and {more:,} more"] if more else []),
            conflict.advice,
        ]
    )


def _named_rows(conflicts: Sequence[Conflict], spool: Spool, *, lines: bool) -> dict[int, str]:
    mask = np.zeros(spool.count, bool)
    for conflict in conflicts:
        for group in conflict.groups:
            mask[list(group)] = True
    named: dict[int, str] = {}
    for batch in spool.batches(mask):
        texts = [_named(row, lines=lines) for row in batch.to_pylist()]
        named.update(zip(batch["row"].to_pylist(), texts, strict=True))
    return named


def _named(row: dict[str, object], *, lines: bool) -> str:
    facts = [f"{name} {row[name]}" for name in STATED if row[name] is not None]
    stated = f" ({', '.join(facts)})" if facts else ""
    where = f"line {row['line']}: " if lines else ""
    return f"{where}{shown(str(row['source_uri']))}{stated} → {shown(str(row['output_uri']))}"
