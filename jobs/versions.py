"""Facts of millions of rows in arrays, and how those of two rows stand to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.digests import short_digests
from jobs.plan import Version

Facts = npt.NDArray[np.int64]
_LEAST = (1, 1, 0, 0, 1, 1)
"""The least that a fact can be where it is stated: digests are never 0, sizes and times may be."""
RELATION_BITS = 3 * len(_LEAST)


@dataclass(frozen=True, slots=True)
class Versions:
    """The facts of `plan.Version`, each (n,): digests with 0, numbers with a negative one where nothing is stated."""

    version_id: Facts
    etag: Facts
    size: Facts
    mtime: Facts
    sha256: Facts
    md5: Facts

    @classmethod
    def of(
        cls, version_id: pa.Array, etag: pa.Array, size: pa.Array, mtime: pa.Array, sha256: pa.Array, md5: pa.Array
    ) -> Versions:
        """From columns of text, but for integers of bytes and of seconds, with nulls where nothing is stated."""
        numbers = _numbers(size), _numbers(mtime)
        return cls(_digested(version_id), _digested(etag), *numbers, _digested(sha256), _digested(md5))

    def one(self, place: int) -> Version:
        """Those of one row."""
        return Version(*(int(fact[place]) for fact in self._all()))

    def take(self, places: npt.NDArray[np.intp]) -> Versions:
        """Those of some rows, in the order asked for."""
        return Versions(*(fact[places] for fact in self._all()))

    def beside(self, other: Versions) -> npt.NDArray[np.int64]:
        """(n,) below 2 ** `RELATION_BITS`, three bits a fact: which of the two state it, and whether it is equal.

        All that `Version.contradicts`, `Version.lacks` and a comparison of sums can see of two versions, so that rows of
        one number are alike to them.
        """
        relation = np.zeros(len(self.size), np.int64)
        for mine, its, least in zip(self._all(), other._all(), _LEAST, strict=True):
            relation = relation << 3 | (mine >= least) << 2 | (its >= least) << 1 | (mine == its)
        return relation

    def _all(self) -> tuple[Facts, ...]:
        return self.version_id, self.etag, self.size, self.mtime, self.sha256, self.md5


def _digested(column: pa.Array) -> Facts:
    if column.null_count == len(column):
        return np.zeros(len(column), np.int64)
    return short_digests(column.to_pylist())


def _numbers(column: pa.Array) -> Facts:
    numbers: Facts = pc.fill_null(column, -1).to_numpy(zero_copy_only=False)
    return numbers
