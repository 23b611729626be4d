"""Arrays of millions that grow at their end, in one block."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_FIRST = 1 << 16


class Growing:
    """One column of rows that come by the thousand.

    Pieces in a list would be small blocks: joined, they are in memory twice, and let go of, they stay with the process. One
    large block is moved by its pages as it grows, and given back whole.

    Args:
        dtype: of the elements.
        unstated: what most rows may have. While all have it, the column takes no memory.
    """

    def __init__(self, dtype: npt.DTypeLike, unstated: int | None = None) -> None:
        self._rows: npt.NDArray[Any] = np.empty(0, dtype)
        self._unstated = unstated
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, values: npt.NDArray[Any]) -> None:
        """Adds the next rows."""
        end = self._count + len(values)
        if self._unstated is not None and not len(self._rows) and not (values == self._unstated).all():
            self._grow(end)
            self._rows[: self._count] = self._unstated
        if self._unstated is None or len(self._rows):
            self._grow(end)
            self._rows[self._count : end] = values
        self._count = end

    def whole(self) -> npt.NDArray[Any]:
        """(n,) all rows; read only, one element for all of them, where none of them stated anything. Nothing is added after."""
        if self._unstated is not None and not len(self._rows):
            return np.broadcast_to(self._rows.dtype.type(self._unstated), self._count)
        self._rows.resize(self._count, refcheck=False)
        return self._rows

    def _grow(self, least: int) -> None:
        if len(self._rows) < least:
            self._rows.resize(max(least, _FIRST, len(self._rows) * 9 // 8), refcheck=False)
