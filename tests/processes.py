"""Ray's workers among this machine's processes, as `/proc` tells them. Other tests may run beside these: only one node's are."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def ray_workers(raylet: int, doing: str = "") -> list[int]:
    """Process ids of the actors of one node; Ray names a process by what it runs.

    Args:
        raylet: the process that has started them.
        doing: a method of the actor; those that are in it now.
    """
    title = f"ray::RayWorker{doing and '.'}{doing}".encode()
    return [pid for pid in children(raylet) if _read(pid, "cmdline").startswith(title)]


def children(parent: int) -> list[int]:
    """Process ids."""
    everyone = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in everyone if _read(pid, "stat").rpartition(b")")[2].split()[1:2] == [str(parent).encode()]]


def _read(pid: int, name: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_bytes()
    return b""  # it has ended
