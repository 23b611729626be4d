"""The Ray cluster: joined, or started for one run; its nodes and its room."""

from __future__ import annotations

import logging
import os
from typing import Any

import ray

from jobs.errors import WorldError
from jobs.ray_pool.allocator import allocator_environment
from jobs.ray_token import token_authentication
from jobs.settings import WorkSettings
from jobs.shown import shown
from jobs.threads import shared_by
from jobs.worker import Ready, WorkerSettings

_OBJECT_STORE = 128 * 1024**2
"""Bytes for Ray's object store, which holds rows and counts only."""


def connect(settings: WorkerSettings) -> None:
    """Joins the cluster that the settings name, or starts a local one for this run alone.

    Raises:
        WorldError: it can't.
    """
    where = settings.run.ray
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        if where == "local":
            _start(max(os.cpu_count() or 1, (settings.run.workers or 1) * (settings.run.cpus_per_worker or 1)))
        else:
            ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        said = f"can't reach Ray at {shown(where)!r}: {error}. Is RAY_ADDRESS right? --ray none needs none"
        raise WorldError("RAY_UNREACHABLE", said) from error


def _start(cores: int) -> None:
    """A Ray of one node, on this machine's loopback."""
    try:
        with token_authentication(), allocator_environment():
            ray.init(
                address="local",
                num_cpus=cores,
                object_store_memory=_OBJECT_STORE,
                dashboard_host="127.0.0.1",
                log_to_driver=False,
                logging_level=logging.ERROR,
                _node_ip_address="127.0.0.1",  # nothing outside this machine has a part in it
            )
    except Exception as error:
        # Ray has no narrower one for a node that is not up within its 30 s: it raises a bare Exception
        if type(error) is not Exception:
            raise
        said = f"Ray did not start here: {error} This machine is busy or short of memory: the same command again, or --ray none"
        raise WorldError("RAY_UNREACHABLE", said) from error


def node_count() -> int:
    """The nodes of the cluster that are alive."""
    return sum(node["Alive"] for node in _nodes())


def compute_threads(run: WorkSettings) -> int:
    """A worker's, where every node that there is has as many cores, and those workers that were asked for find room."""
    if run.cpus_per_worker is not None:
        return run.cpus_per_worker
    cores = [int(node["Resources"].get("CPU", 0)) for node in _nodes() if node["Alive"]]
    return shared_by([count for count in cores if count], run.workers)


def default_workers(ready: Ready, settings: WorkerSettings) -> int:
    """The cluster's cores, or fewer where its memory ÷ a worker's measured need is less, or its GPUs are; at least one."""
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray leaves it so
    cores = int(resources.get("CPU", 1)) // settings.threads
    need = ready.peak_memory + 2 * settings.run.read_ahead
    gpus = resources.get("GPU", 0) / settings.run.gpus() if settings.run.gpus() else cores
    return max(1, min(cores, int(gpus), int(resources.get("memory", need * cores)) // need))


def is_alive(node: str) -> bool:
    """Whether the cluster has a node of that id."""
    return any(one["NodeID"] == node and one["Alive"] for one in _nodes())


def _nodes() -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]  # Ray leaves it so
    return nodes
