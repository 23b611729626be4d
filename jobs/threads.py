"""How many compute threads share a worker's network, where the user leaves that open."""

from __future__ import annotations

from collections.abc import Sequence

SHARED = 2
"""Two threads take nearly the memory of one, and do twice its work (docs/performance.md); a third part of them would often be
left over, and who dies takes fewer rows along."""


def shared_by(cores: Sequence[int], workers: int | None) -> int:
    """`SHARED`, where that leaves no core without work; else 1.

    Args:
        cores: of each node; none where there are no nodes yet.
        workers: that the user asked for, or None.
    """
    fits = bool(cores) and all(count % SHARED == 0 for count in cores)
    return SHARED if fits and (workers is None or workers * SHARED <= sum(cores)) else 1
