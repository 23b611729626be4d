"""A Ray cluster for the tests: nodes of this process's own, without dashboard, ended by its own handle."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RayCluster:
    """Where it is, and where Prometheus would read its metrics."""

    address: str
    metrics: str


@contextmanager
def running_cluster(others: int = 0) -> Iterator[RayCluster]:
    """Four cores, whatever the machine has, and as many other nodes of one."""
    os.environ["RAY_AUTH_MODE"] = "disabled"  # 2.60 asks for tokens otherwise
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    port = _free_port()
    node = {
        "num_cpus": 4,
        "object_store_memory": 128 * 1024**2,
        "include_dashboard": False,
        "metrics_export_port": port,
    }
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        for _ in range(others):
            cluster.add_node(num_cpus=1, object_store_memory=128 * 1024**2)
        yield RayCluster(cluster.address, f"http://{cluster.address.rpartition(':')[0]}:{port}/metrics")
    finally:
        cluster.shutdown()


@contextmanager
def several_nodes() -> Iterator[Any]:
    """Ray's own cluster of processes, its head without cores; a node that dies is noticed within seconds."""
    os.environ["RAY_AUTH_MODE"] = "disabled"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    noticed = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
    head = {
        "num_cpus": 0,
        "object_store_memory": 128 * 1024**2,
        "include_dashboard": False,
        "_system_config": noticed,
    }
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        yield cluster
    finally:
        cluster.shutdown()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
