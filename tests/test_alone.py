"""Where a row is run alone, as tables: the node that is kept, and the worker that takes the row."""

from __future__ import annotations

import pytest

from jobs.ray_pool.actor import Actor
from jobs.ray_pool.alone import lone_worker, node_to_keep
from jobs.rows import Shard

ENDED = 10.0


def worker(node: str, shards: int = 0, heard: float = ENDED + 1, hangs: str | None = None) -> Actor:
    return Actor(None, None, node, {n: Shard(n, 0, ()) for n in range(shards)}, heard=heard, hangs=hangs)


@pytest.mark.parametrize(
    ("loaded", "kept", "node"),
    [
        ([], None, None),
        ([], "a", None),
        ([worker("a", 2), worker("b", 1), worker("b")], None, "b"),
        ([worker("a", 2), worker("b", 1)], "a", "a"),  # it stays until it is quiet
        ([worker("b", 1)], "a", "b"),  # its last worker has gone
    ],
)
def test_the_node_with_the_fewest_shards_is_kept_until_it_has_no_worker(
    loaded: list[Actor], kept: str | None, node: str | None
):
    assert node_to_keep(loaded, kept) == node


@pytest.mark.parametrize(
    ("loaded", "chosen"),
    [
        ([], None),
        ([worker("b")], None),
        ([worker("a"), worker("a"), worker("b", 2)], 1),  # the newest: the first that Ray ends
        ([worker("a", 1), worker("a")], None),  # it has a neighbour
        ([worker("a"), worker("a", heard=ENDED - 1)], None),  # it may have ended with the other
        ([worker("a", heard=ENDED - 1), worker("a")], 1),
        ([worker("a"), worker("a", hangs="compute")], None),  # it is being ended
    ],
)
def test_a_row_is_run_alone_by_the_newest_worker_of_a_quiet_node_that_was_heard_since_another_ended(
    loaded: list[Actor], chosen: int | None
):
    assert lone_worker(loaded, "a", ENDED) is (None if chosen is None else loaded[chosen])
