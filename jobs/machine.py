"""What this machine is: its name, its processor, the memory of this process."""

from __future__ import annotations

import os
import platform
import resource
from pathlib import Path


def node_name() -> str:
    """The host's name."""
    return platform.node() or "unknown"


def process_name() -> str:
    """This process, for people: its host and number."""
    return f"{node_name()}, process {os.getpid()}"


def cpu_name() -> str:
    """The processor's name as the kernel gives it; the architecture where it gives none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def peak_memory() -> int:
    """The most memory that this process has had resident, bytes; since it began, where the kernel tells that.

    Where it does not, a process counts what the one had that started it (Linux keeps that through fork and exec).
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    told = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return (told[0] if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024
