"""A Ray cluster for the tests: one node of this process's own, without dashboard, ended by its own handle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_cluster() -> Iterator[str]:
    """Its address."""
    os.environ["RAY_AUTH_MODE"] = "disabled"  # 2.60 asks for tokens otherwise; nothing but this machine can reach it
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 4, "object_store_memory": 128 * 1024**2, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()
