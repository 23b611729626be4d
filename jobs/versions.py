"""Version facts of millions of rows in arrays, and how those of two rows stand to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.digests import short_digests
from jobs.plan import Version

Facts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Versions:
    """The facts of `plan.Version`, each (n,): digests with 0, numbers with a negative one where nothing is stated."""

    version_id: Facts
    etag: Facts
    size: Facts
    mtime: Facts

    @classmethod
    def of(cls, version_id: pa.Array, etag: pa.Array, size: pa.Array, mtime: pa.Array) -> Versions:
        """From columns of text, text, integers (bytes) and integers (seconds), with nulls where nothing is stated."""
        return cls(_digested(version_id), _digested(etag), _numbers(size), _numbers(mtime))

    def one(self, place: int) -> Version:
        """Those of one row."""
        return Version(
            int(self.version_id[place]), int(self.etag[place]), int(self.size[place]), int(self.mtime[place])
        )

    def take(self, places: npt.NDArray[np.intp]) -> Versions:
        """Those of some rows, in the order asked for."""
        return Versions(self.version_id[places], self.etag[places], self.size[places], self.mtime[places])

    def beside(self, other: Versions) -> npt.NDArray[np.int64]:
        """(n,) in 0…4095, three bits a fact: which of the two state it, and whether it is equal.

        All that `Version.contradicts` and `Version.lacks` can see of two versions, so that rows of one number are alike
        to them.
        """
        relation = np.zeros(len(self.size), np.int64)
        for mine, its, least in (
            (self.version_id, other.version_id, 1),
            (self.etag, other.etag, 1),
            (self.size, other.size, 0),
            (self.mtime, other.mtime, 0),
        ):
            relation = relation << 3 | (mine >= least) << 2 | (its >= least) << 1 | (mine == its)
        return relation


def _digested(column: pa.Array) -> Facts:
    if column.null_count == len(column):
        return np.zeros(len(column), np.int64)
    return short_digests(column.to_pylist())


def _numbers(column: pa.Array) -> Facts:
    numbers: Facts = pc.fill_null(column, -1).to_numpy(zero_copy_only=False)
    return numbers
