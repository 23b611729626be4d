"""Ray clusters for the tests, each of processes of its own that are ended by their handle; only one has a dashboard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_OBJECT_STORE = 128 * 1024**2
_LEAN = {"prestart_worker_first_driver": False, "enable_worker_prestart": False}
"""No process is started before somebody asks for it: an actor of ours can't be one of those, for they lack its environment."""


@contextmanager
def running_cluster(others: int = 0) -> Iterator[str]:
    """Four cores and a GPU, whatever the machine has, and as many other nodes of one core: its address."""
    with _started(num_cpus=4, num_gpus=1) as cluster:
        for _ in range(others):
            cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE)
        yield cluster.address


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[str]:
    """One for all tests that need no other: those that end nodes, or set what its processes inherit, start their own."""
    with running_cluster() as found:
        yield found


@pytest.fixture(params=["loop", "ray"])
def ray(request: pytest.FixtureRequest) -> str:
    """`--ray`: none, and a cluster."""
    return "none" if request.param == "loop" else request.getfixturevalue("ray_cluster")


@contextmanager
def several_nodes(head_cores: int = 0) -> Iterator[Any]:
    """Ray's own cluster of processes, a head to which nodes are added; one that dies is noticed within seconds."""
    noticed = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
    with _started(num_cpus=head_cores, system=noticed) as cluster:
        yield cluster


@contextmanager
def cluster_short_of_memory(spare: int) -> Iterator[str]:
    """Four cores, at the address that is yielded; its memory monitor acts once `spare` bytes more are in use than now."""
    used, total = _memory()
    tight = {"memory_usage_threshold": (used + spare) / total, "memory_monitor_refresh_ms": 100}
    with _started(num_cpus=4, system=tight) as cluster:
        yield cluster.address


def _memory() -> tuple[int, int]:
    """Bytes in use, and in all, as Ray's monitor measures: of the control group where that has a limit, else of the machine."""
    from ray._private.utils import get_cgroup_mem_stats

    lines = Path("/proc/meminfo").read_text().splitlines()
    of = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    used, total = of["MemTotal"] - of["MemAvailable"], of["MemTotal"]
    group = get_cgroup_mem_stats()
    return group if group is not None and group[1] < total else (used, total)


@contextmanager
def _started(system: Mapping[str, Any] | None = None, **head: Any) -> Iterator[Any]:
    """Ray's own processes that nothing here asks for, the autoscaler's and the one that sends logs to drivers, are left out."""
    os.environ["RAY_AUTH_MODE"] = "disabled"  # 2.60 asks for tokens otherwise
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    shared = {"object_store_memory": _OBJECT_STORE, "include_dashboard": False}
    without = {"no_monitor": True, "include_log_monitor": False, "_system_config": _LEAN | dict(system or {})}
    cluster = Cluster(initialize_head=True, head_node_args=shared | without | head)
    try:
        yield cluster
    finally:
        cluster.shutdown()


@dataclass(frozen=True, slots=True)
class Head:
    """A head of `ray start`: its dashboard, where Prometheus would read, and where its agent says whether it is well."""

    address: str
    metrics: str
    agent: int


@contextmanager
def head_with_dashboard(folder: Path) -> Iterator[Head]:
    """A head as `ray start` starts it, in a session of its own that is ended.

    Args:
        folder: for Ray's files; its sockets lie there, so its path is short.
    """
    # Ray's own agent port is a fixed one: a second cluster on this machine would have nobody to run its jobs.
    dashboard, agent, client, metrics = _free_port(), _free_port(), _free_port(), _free_port()
    start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--port=0", "--num-cpus=4"]
    listen = ["--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard}"]
    listen += [f"--dashboard-agent-listen-port={agent}", f"--ray-client-server-port={client}"]
    listen += [f"--metrics-export-port={metrics}"]
    environment = os.environ | {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    with (folder / "head.log").open("wb") as log:
        head = subprocess.Popen(
            [*start, *listen, f"--temp-dir={folder}", f"--object-store-memory={_OBJECT_STORE}"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield Head(f"http://127.0.0.1:{dashboard}", f"http://127.0.0.1:{metrics}/metrics", agent)
        finally:
            head.terminate()
            try:
                head.wait(60)
            finally:
                head.kill()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
