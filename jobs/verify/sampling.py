"""Which outputs are looked at: a share of them, drawn by their names, so that everybody who asks gets the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_WORD = 2**64
_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def drawn(digests: npt.NDArray[np.uint64], share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Which outputs a share takes: the same ones whatever their order and whatever else is in the log.

    A smaller share takes some of those that a larger one takes. One is always taken, where there is one.

    Args:
        digests: (n,) of the outputs' names, of which every bit is random.
        share: above 0, 1 at most.
        seed: another one takes others.

    Returns:
        (n,) bool.
    """
    lots = _mixed(digests ^ np.uint64(_mixed(np.array([seed % _WORD], np.uint64))[0]))
    taken: npt.NDArray[np.bool_] = lots < np.uint64(min(int(share * _WORD), _WORD - 1))
    if share >= 1:
        taken[:] = True
    elif len(lots):
        taken[np.argmin(lots)] = True
    return taken


def _mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, 2014): one word to another."""
    words = words + np.uint64(_GOLDEN)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_FIRST)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_SECOND)
    mixed: npt.NDArray[np.uint64] = words ^ (words >> np.uint64(31))
    return mixed
