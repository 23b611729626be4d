"""What is shown of a million rows: the smallest of a key that is drawn by hash, so that a log always gives the same."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jobs.digests import short_digest
from jobs.report.figures import Sample, Shot

Keys = npt.NDArray[np.uint64]
Make = Callable[[int], Shot]

_FOLDERS = 40
"""Folders of which rows are drawn."""
_EXAMPLES = 5
"""Rows that are shown of each code."""
_CODES = 60
_RANKS = 63
_RANK_BITS = np.uint64(58)
_DROPPED = np.uint64(6)


class Smallest:
    """The rows with the `size` smallest keys, of any number that are offered."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: list[tuple[int, Shot]] = []  # a heap by the negated key: its first is the one to go

    def offer(self, keys: Keys, rows: Sequence[int] | npt.NDArray[np.intp], make: Make) -> None:
        """Takes what belongs to the smallest so far.

        Args:
            keys: (n,) of some rows.
            rows: (n,) their places, for `make`.
            make: a row; called for those that are kept at the time.
        """
        for at in np.argsort(keys, kind="stable")[: self._size].tolist():
            key = int(keys[at])
            if len(self._held) >= self._size and key >= -self._held[0][0]:
                return
            held = (-key, make(int(rows[at])))
            if len(self._held) < self._size:
                heapq.heappush(self._held, held)
            else:
                heapq.heapreplace(self._held, held)

    def shots(self) -> list[Shot]:
        """The smallest first."""
        return [shot for _, shot in sorted(self._held, key=lambda one: (-one[0], one[1].output))]


class Sampling:
    """A sample over the whole log, the rows with most review flags, some of each of some folders, some failures of each code.

    Args:
        rows: shown at most, all kinds together.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._drawn, self._flagged = Smallest(rows), Smallest(max(1, rows // 3))
        self._folders: dict[str, Smallest] = {}
        self._failures: dict[str, Smallest] = {}
        self._each = max(1, rows // 3 // _FOLDERS)
        self._has_review = False
        self._coloured = 0

    def coloured(self, keys: Keys, rows: npt.NDArray[np.intp], folders: pa.Array, make: Make) -> None:
        """Offers coloured rows.

        Args:
            keys: (n,) hashes of their outputs.
            rows: (n,) their places, for `make`.
            folders: (n,) strings, where they lie.
            make: a row.
        """
        self._coloured += len(keys)
        self._drawn.offer(keys, rows, make)
        for folder, here in _by_word(folders).items():
            if (held := self._folder(folder)) is not None:
                held.offer(keys[here], rows[here], make)

    def flagged(self, keys: Keys, rows: npt.NDArray[np.intp], flags: npt.NDArray[np.int64], make: Make) -> None:
        """Offers coloured rows with their number of review flags: most flags first, then by hash."""
        self._has_review = True
        ranks = (_RANKS - np.minimum(flags, _RANKS)).astype(np.uint64)
        some = flags > 0
        self._flagged.offer(((ranks << _RANK_BITS) | (keys >> _DROPPED))[some], rows[some], make)

    def failed(self, keys: Keys, rows: npt.NDArray[np.intp], codes: pa.Array, make: Make) -> None:
        """Offers rows with a code."""
        for code, here in _by_word(codes).items():
            if code in self._failures or len(self._failures) < _CODES:
                self._failures.setdefault(code, Smallest(_EXAMPLES)).offer(keys[here], rows[here], make)

    def result(self) -> Sample:
        """What was drawn: the flagged and the folders' rows first in number, and the sample fills up."""
        wanted = [*self._flagged.shots()]
        wanted += [shot for name in sorted(self._folders) for shot in self._folders[name].shots()]
        drawn = self._drawn.shots()
        kept = {shot.output: shot for shot in [*wanted[: self._rows * 2 // 3], *drawn]}
        order = {shot.output: number for number, shot in enumerate(drawn)}
        shots = sorted(
            list(kept.values())[: self._rows], key=lambda shot: (order.get(shot.output, len(order)), shot.output)
        )
        failures = tuple(shot for code in sorted(self._failures) for shot in self._failures[code].shots())
        return Sample(tuple(shots), self._coloured, self._has_review, failures)

    def _folder(self, folder: str) -> Smallest | None:
        """The folders are drawn by hash too: a new one takes the place of the greatest."""
        if folder not in self._folders:
            if len(self._folders) >= _FOLDERS:
                greatest = max(self._folders, key=short_digest)
                if short_digest(folder) >= short_digest(greatest):
                    return None
                del self._folders[greatest]
            self._folders[folder] = Smallest(self._each)
        return self._folders[folder]


def _by_word(words: pa.Array) -> dict[str, npt.NDArray[np.intp]]:
    """The places of each word."""
    encoded = words.dictionary_encode()
    which = encoded.indices.to_numpy()
    return {str(word): np.flatnonzero(which == number) for number, word in enumerate(encoded.dictionary.to_pylist())}
