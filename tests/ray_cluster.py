"""A Ray cluster for the tests: nodes of this process's own, without dashboard, ended by its own handle."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_OBJECT_STORE = 128 * 1024**2


@dataclass(frozen=True, slots=True)
class RayCluster:
    """Where it is, and where Prometheus would read its metrics."""

    address: str
    metrics: str


@contextmanager
def running_cluster(others: int = 0, gpus: int = 0) -> Iterator[RayCluster]:
    """Four cores and as many GPUs as said, whatever the machine has, and as many other nodes of one core."""
    port = _free_port()
    with _started(num_cpus=4, num_gpus=gpus, metrics_export_port=port) as cluster:
        for _ in range(others):
            cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE)
        yield RayCluster(cluster.address, f"http://{cluster.address.rpartition(':')[0]}:{port}/metrics")


@contextmanager
def several_nodes() -> Iterator[Any]:
    """Ray's own cluster of processes, its head without cores; a node that dies is noticed within seconds."""
    noticed = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
    with _started(num_cpus=0, _system_config=noticed) as cluster:
        yield cluster


@contextmanager
def _started(**head: Any) -> Iterator[Any]:
    os.environ["RAY_AUTH_MODE"] = "disabled"  # 2.60 asks for tokens otherwise
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    shared = {"object_store_memory": _OBJECT_STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=shared | head)
    try:
        yield cluster
    finally:
        cluster.shutdown()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
