"""Two sources never write one output: checked over a whole manifest, in arrays, before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np
import numpy.typing as npt

from jobs.conflicts import Conflict, complaint, groups_of, pairs_of
from jobs.digests import DIGEST, Digests, digests, short_digests
from jobs.errors import PreflightError
from jobs.folders import LeadsAway
from jobs.growing import Growing
from jobs.keys import Keys
from jobs.repeats import Places, Repeats, repeats
from jobs.rows import NOTHING_STATED, Facts, ManifestRow
from jobs.shown import shown
from jobs.spool import Mask, Spool

_NAMED = 10
_REMEMBERED = 300_000

_ONE_OUTPUT = "Sources that would write one output"
_RENAME = "Use --names full, which keeps the old extension, or give the rows an output_key."
_TWO_VERSIONS = "Rows that state different facts of one source"
_KEEP_ONE = "Keep one row of each source, or state the same version in all."
_FOLDER = "Outputs that would also be the folder of another"
_SOURCE = "Outputs that would be written over a source"
_ELSEWHERE = "Give --out another place, or give the rows an output_key."
_AWAY = "Outputs that would lie outside --out, or where none may lie"


class Collisions:
    """What is remembered of every row to find those that can't stand beside each other: 40 bytes a row.

    Equality is that of 128-bit digests: two of ten million different names agree by chance once in 10²⁴ runs.
    """

    def __init__(self, keys: Keys) -> None:
        """Starts with no rows; `keys` says when two names are one place."""
        self._keys = keys
        self._count = 0
        self._lines = True
        self._outputs, self._sources = Growing(DIGEST), Growing(DIGEST)
        self._facts = Growing(np.int64, unstated=0)
        self._sources_in_out = Places()
        self._folders = Places()
        self._folders_known: set[str] = set()
        self._away: list[str] = []
        self._away_count = 0

    def add(self, rows: Sequence[ManifestRow], outputs: Sequence[str]) -> None:
        """Remembers the next rows and their output URIs (`write_spool`'s `watch`).

        Raises:
            PreflightError: a folder below OUT can't be read.
        """
        self._lines = all(row.relative is None for row in rows[:1])
        self._sources.append(digests(row.uri for row in rows))
        self._facts.append(short_digests([_of_facts(row.stated) for row in rows]))
        self._outputs.append(digests(self._key(*one) for one in zip(count(self._count), rows, outputs)))
        self._count += len(rows)

    def check(self, spool: Spool) -> Mask:
        """Which rows repeat an earlier one exactly: same URI, same stated facts, same output.

        Args:
            spool: the rows that were added, in order; read only to name those in a conflict.

        Returns:
            (count,) bool.

        Raises:
            PreflightError: rows that can't all be done, with the first ten of each kind and the number of the others.
        """
        if self._away_count:
            raise PreflightError(self._away_complaint())
        outputs, sources, facts = self._outputs.whole(), self._sources.whole(), self._facts.whole()
        by_output, by_source = repeats(outputs), repeats(sources)
        conflicts = [
            Conflict(_ONE_OUTPUT, *groups_of(by_output, _differ(sources, by_output)), _RENAME),
            Conflict(_TWO_VERSIONS, *groups_of(by_source, _differ(facts, by_source)), _KEEP_ONE),
            Conflict(_FOLDER, *pairs_of(*self._folders.meet(outputs)), _RENAME),
            Conflict(_SOURCE, *pairs_of(*self._sources_in_out.meet(outputs)), _ELSEWHERE),
        ]
        if found := [conflict for conflict in conflicts if conflict.count]:
            raise PreflightError(complaint(found, spool, lines=self._lines))
        return by_output.later(len(outputs))

    def _key(self, number: int, row: ManifestRow, output: str) -> str:
        inside = self._keys.source(row.uri)
        if inside is not None:
            self._sources_in_out.add(inside, number)
        try:
            key = self._keys.output(output)
        except LeadsAway as away:
            self._away_count += 1
            if len(self._away) < _NAMED:
                self._away.append(f"  - {shown(row.uri)}: {shown(str(away))}")
            return output
        if self._keys.folders:
            self._remember_folders(key, number)
        return key

    def _remember_folders(self, key: str, number: int) -> None:
        folder = key.rpartition("/")[0]
        while folder and folder not in self._folders_known:
            if len(self._folders_known) >= _REMEMBERED:
                self._folders_known.clear()
            self._folders_known.add(folder)
            self._folders.add(folder, number)
            folder = folder.rpartition("/")[0]

    def _away_complaint(self) -> str:
        more = self._away_count - len(self._away)
        lines = [f"{_AWAY} ({self._away_count:,}):", *self._away, *([f"  and {more:,} more"] if more else [])]
        return "\n".join([*lines, "Nothing was done. Remove the link, or give --out another place."])


def _differ(values: Digests | npt.NDArray[np.int64], found: Repeats) -> npt.NDArray[np.bool_]:
    """For each row of some repeats, whether its value is not the first one's."""
    differ: npt.NDArray[np.bool_] = values[found.rows] != values[found.first]
    return differ


def _of_facts(facts: Facts) -> str | None:
    if facts is NOTHING_STATED or facts == NOTHING_STATED:
        return None
    return f"{facts.version_id}\0{facts.etag}\0{facts.size}\0{facts.mtime}\0{facts.sha256}\0{facts.md5}"
