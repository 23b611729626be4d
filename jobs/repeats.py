"""Equal digests among ten million: sorted arrays and neighbours, no set of strings."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.digests import DIGEST, Digests, digest

Numbers = npt.NDArray[np.intp]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Repeats:
    """The rows whose digest is another's too, equal ones together, in their order.

    Attributes:
        rows: (m,) row numbers.
        first: (m,) for each, the first row with its digest.
    """

    rows: Numbers
    first: Numbers

    def later(self, count: int) -> npt.NDArray[np.bool_]:
        """(count,) which of that many rows have a digest that an earlier one has."""
        mask = np.zeros(count, bool)
        mask[self.rows[self.rows != self.first]] = True
        return mask


def repeats(digests: Digests) -> Repeats:
    """Finds equal digests; the extra memory is 24 bytes a digest."""
    high = digests["high"].astype(np.uint64)
    order = np.argsort(high, kind="stable")
    high = high[order]
    same = high[1:] == high[:-1]
    member = np.zeros(len(digests), bool)
    member[1:] |= same
    member[:-1] |= same
    rows = order[member]
    found = digests[rows]
    rows = rows[np.lexsort((rows, found["low"], found["high"]))]
    return Repeats(rows, _first(digests[rows], rows))


def _first(sorted_digests: Digests, rows: Numbers) -> Numbers:
    new = np.ones(len(rows), bool)
    new[1:] = sorted_digests[1:] != sorted_digests[:-1]
    return rows[np.flatnonzero(new)][np.cumsum(new) - 1] if len(rows) else rows


class Places:
    """Keys of places that no output may take, each with a row that is there."""

    def __init__(self) -> None:
        self._digests = bytearray()
        self._rows = array("q")

    def add(self, key: str, row: int) -> None:
        """Remembers one."""
        self._digests += digest(key)
        self._rows.append(row)

    def meet(self, digests: Digests) -> tuple[Numbers, Numbers]:
        """Which outputs take one of these places: (the rows that are there, the rows that come), pairwise."""
        places = np.frombuffer(bytes(self._digests), DIGEST)
        order = np.argsort(places["high"].astype(np.uint64), kind="stable")
        places, rows = places[order], np.frombuffer(self._rows, np.int64)[order]
        there, comes = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
        high = places["high"].astype(np.uint64)
        for start in range(0, len(digests) if len(places) else 0, _CHUNK):
            chunk = digests[start : start + _CHUNK]
            at = np.minimum(np.searchsorted(high, chunk["high"].astype(np.uint64)), len(places) - 1)
            met = np.flatnonzero(places[at] == chunk)
            there.append(rows[at[met]])
            comes.append(met + start)
        return np.concatenate(there), np.concatenate(comes)
