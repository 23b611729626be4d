"""Which process this is, so that a later one on the same host can tell whether it is gone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_STARTED = 19  # of /proc/PID/stat behind the name, which may hold spaces: the start, in clock ticks since boot


@dataclass(frozen=True, slots=True)
class Process:
    """One process for as long as its host runs.

    Attributes:
        boot: the boot of the kernel.
        namespace: of process ids.
        pid: within it.
        started: clock ticks since boot; a later process may have the same pid, not the same start.
    """

    boot: str
    namespace: str
    pid: int
    started: int

    def is_gone(self) -> bool:
        """Whether it ran here and has ended. False also where that can't be told."""
        me = this_process()
        if me is None or (me.boot, me.namespace) != (self.boot, self.namespace):
            return False
        return _started(self.pid) != self.started


def this_process() -> Process | None:
    """This one; None where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - it is no path
    except OSError:
        return None
    started = _started(os.getpid())
    return None if started is None else Process(boot, namespace, os.getpid(), started)


def _started(pid: int) -> int | None:
    """None where there is no such process, or only its remains (a zombie)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[_STARTED])
