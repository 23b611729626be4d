"""Where a row is run alone: which node is kept free for it, and which worker there takes it, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from jobs.ray_pool.actor import Actor


def node_to_keep(loaded: Sequence[Actor], kept: str | None) -> str | None:
    """The node that is kept already, while a worker is there; else the one with the fewest shards; None where no worker is."""
    busy: Counter[str] = Counter()
    for actor in loaded:
        busy[actor.node] += len(actor.calls)
    return kept if kept in busy else min(busy, key=lambda node: busy[node], default=None)


def lone_worker(loaded: Sequence[Actor], node: str | None, last_end: float) -> Actor | None:
    """The worker for a row alone, once the node is quiet; None meanwhile.

    It is the node's newest, the first that Ray ends where memory runs out. One that has not been heard since another ended may
    have ended with it, for Ray ends several at once, and one that hangs is being ended: a row would be blamed for that.

    Args:
        loaded: workers, oldest first.
        node: that is kept.
        last_end: when a worker was last found dead, monotonic seconds.
    """
    there = [actor for actor in loaded if actor.node == node]
    if not there or any(actor.calls for actor in there):
        return None
    newest = there[-1]
    return newest if newest.heard > last_end and newest.hangs is None else None
