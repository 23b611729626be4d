"""What this machine lets a run have: cores, memory, open files, shared memory, and the limits of its control group."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jobs.check import Check, fail, ok, warn
from jobs.machine import cpu_name

_GIB = 1024**3
_LEAST_MEMORY = 2 * _GIB
"""Below that one worker with a network of the published size and a scan of some size may not fit (docs/performance.md)."""
_LEAST_FILES = 1024
_LEAST_SHARED = 256 * 1024**2
"""Twice the object store that a local Ray is given."""
_GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """What a control group (cgroup, version 1 or 2) allows; None where it sets no limit.

    Attributes:
        cores: of processor time.
        memory: bytes.
    """

    cores: float | None = None
    memory: int | None = None


def computer_checks() -> Iterator[Check]:
    """Cores, memory, open files and shared memory."""
    limits = group_limits(_GROUPS, _own_group())
    yield cores_check(os.cpu_count() or 1, len(os.sched_getaffinity(0)), limits)
    yield memory_check(_memory(), limits)
    yield _files_check(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield from _shared_check(Path("/dev/shm"))  # noqa: S108 - it is where Ray's object store lies


def cores_check(cores: int, usable: int, limits: GroupLimits) -> Check:
    """Whether a run may use the cores that it sees: a local Ray starts as many workers as the machine has cores."""
    found = f"{cores}, {cpu_name()}"
    allowed = min(usable, limits.cores or usable)
    if allowed >= cores:
        return ok("cores", found)
    why = "the control group" if limits.cores is not None and limits.cores <= usable else "the process's affinity"
    return warn(
        "cores", f"{found}; {why} allows {allowed:g}", f"Give --workers {max(1, int(allowed))}, or raise that limit."
    )


def memory_check(memory: int, limits: GroupLimits) -> Check:
    """Whether a worker finds room."""
    allowed = min(memory, limits.memory or memory)
    said = f"{memory / _GIB:.1f} GiB" + (
        f"; the control group allows {allowed / _GIB:.1f} GiB" if allowed < memory else ""
    )
    if allowed < _LEAST_MEMORY:
        return warn("memory", said, "Use a larger machine, --workers 1, and --max-pixels for very large scans.")
    return ok("memory", said)


def group_limits(root: Path, own: str) -> GroupLimits:
    """The tightest limits of a group and of those that it lies in.

    Args:
        root: where the groups are mounted.
        own: the process's group below it.
    """
    cores: list[float] = []
    memory: list[int] = []
    folder = root / own.strip("/")
    for group in (folder, *folder.parents):
        if not group.is_relative_to(root):
            break
        cores += [quota / period for quota, period in _quotas(group) if quota > 0 and period > 0]
        memory += _numbers(group / "memory.max") + _numbers(group / "memory" / "memory.limit_in_bytes")
    return GroupLimits(min(cores, default=None), min((limit for limit in memory if limit < 2**60), default=None))


def _quotas(group: Path) -> Iterator[tuple[int, int]]:
    """Microseconds of each period, of versions 2 and 1."""
    both = _numbers(group / "cpu.max")
    if len(both) == 2:
        yield both[0], both[1]
    old = _numbers(group / "cpu" / "cpu.cfs_quota_us") + _numbers(group / "cpu" / "cpu.cfs_period_us")
    if len(old) == 2:
        yield old[0], old[1]


def _numbers(path: Path) -> list[int]:
    """The numbers of a file; none where it is not there, or says `max`."""
    try:
        return [int(word) for word in path.read_text(encoding="ascii").split() if word.lstrip("-").isdigit()]
    except OSError:
        return []


def _own_group() -> str:
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::"):
                return line[3:]
    return ""


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _files_check(soft: int) -> Check:
    if soft != resource.RLIM_INFINITY and soft < _LEAST_FILES:
        return warn("open files", f"{soft} at once", f"ulimit -n {_LEAST_FILES * 4}")
    return ok("open files", "without a limit" if soft == resource.RLIM_INFINITY else f"{soft:,} at once")


def _shared_check(folder: Path) -> Iterator[Check]:
    try:
        found = os.statvfs(folder)
    except OSError as error:
        yield fail("shared memory", f"{folder}: {error.strerror}", "Mount it; --ray none needs none.")
        return
    free = found.f_bavail * found.f_frsize
    said = f"{free / _GIB:.1f} GiB free in {folder}"
    if free < _LEAST_SHARED:
        yield warn("shared memory", said, "Give the container more (docker run --shm-size 1g); --ray none needs none.")
    else:
        yield ok("shared memory", said)
