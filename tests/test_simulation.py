"""200 workers on the real scheduling code and a fake clock: they are kept busy, and the driver is not."""

import numpy as np
import pytest

from bench.simulation import Cluster, Loss, run, simulate


@pytest.mark.slow
def test_workers_are_busy_and_the_driver_idle_though_rows_straggle_and_nodes_die():
    """400,000 rows of a second, one in a thousand of twenty, three of 25 nodes lost with eight workers each."""
    simulated = run(400_000, mean=1.0, nodes_lost=3)
    assert simulated.rows == 400_000
    assert simulated.lost_shards > 0
    assert simulated.busy >= 0.97
    assert simulated.driver_idle >= 0.90


@pytest.mark.parametrize(
    "losses",
    [
        (),
        (Loss(3.0, 0, 5.0),),
        (Loss(3.0, 0, 5.0), Loss(3.0, 1, 5.0)),  # all workers at once
        (Loss(3.0, 0, 2.0), Loss(6.0, 0, 2.0), Loss(9.0, 0, 2.0)),  # the same node again and again
    ],
)
def test_every_row_is_answered_whichever_nodes_are_lost(losses: tuple[Loss, ...]):
    simulated = simulate(Cluster(nodes=2, workers_per_node=2, losses=losses), np.full(400, 0.1))
    assert simulated.rows == 400
    assert (simulated.lost_shards > 0) is bool(losses)


def test_equal_rows_on_one_worker_take_as_long_as_they_take():
    """The clock is the rows' own: 100 rows of a second, and the log's first and last file."""
    simulated = simulate(Cluster(nodes=1, workers_per_node=1), np.ones(100))
    assert simulated.seconds == pytest.approx(100.1)
    assert simulated.busy == pytest.approx(1.0, abs=0.01)
