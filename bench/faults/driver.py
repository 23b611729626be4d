"""The command, as a shell starts it, and whether it may end as it did."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.errors import LeaseLost, PreflightError, WorldError
from jobs.summary import COMPLETE, FAILURES, INTERRUPTED, STOPPED_EARLY
from tests import runs

_OPTIONS = (
    *("--engine", "bench.faults.trap:build", "--max-pixels", "1000000", "--json"),
    "--shared-files",
    *("--heartbeat", runs.HEARTBEAT, "--shard-seconds", "1", "--row-timeout", "6s"),
)
_NO_WORKER = "workers in a row could not start"


@dataclass
class Driver:
    """One start of the command.

    Attributes:
        process: of it.
        said: the file of its stderr; its summary lies beside it.
        may_end: the exit codes that what was done to it explains.
        is_stopped: whether it was stopped and not woken.
    """

    process: subprocess.Popen[bytes]
    said: Path
    began: float = field(default_factory=time.monotonic)
    may_end: set[int] = field(default_factory=lambda: {COMPLETE, FAILURES})
    is_stopped: bool = False

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """A signal to the driver alone; its workers have another parent."""
        self.process.send_signal(number)
        if number is signal.SIGINT and self.may_end & {STOPPED_EARLY, LeaseLost.exit_code}:
            self.may_end.add(INTERRUPTED)  # a Ctrl-C while it stops already
        if number in (signal.SIGTERM, signal.SIGINT):
            self.may_end |= {STOPPED_EARLY, -number}
        elif number is signal.SIGKILL:
            self.may_end.add(-number)
        self.is_stopped = number is signal.SIGSTOP or (self.is_stopped and number is not signal.SIGCONT)

    def excuse_the_world(self) -> None:
        """Something common is wrong while it runs."""
        self.may_end |= {WorldError.exit_code, PreflightError.exit_code}

    def excuse_another(self) -> None:
        """Another start of the same command is there too."""
        self.may_end.add(LeaseLost.exit_code)

    @property
    def summary(self) -> dict[str, Any] | None:
        """What it printed, if it got as far."""
        said = self.said.with_suffix(".json").read_text(encoding="utf-8")
        return json.loads(said) if said.strip() else None

    @property
    def complaint(self) -> str | None:
        """Why it should not have ended as it did."""
        code, text = self.process.returncode, self.said.read_text(encoding="utf-8", errors="replace")
        if _NO_WORKER in text:  # a campaign may well kill five on end
            self.excuse_the_world()
        if code not in self.may_end:
            return f"exit {code}, and {sorted(self.may_end)} are explained: {text[-3000:]}"
        if "Traceback" in text and -signal.SIGINT not in self.may_end:
            return f"a traceback: {text[-3000:]}"
        return None


def start(manifest: Path, out: str, said: Path, *options: str) -> Driver:
    """Starts it; `options` beside those of every run of a campaign."""
    arguments = [sys.executable, "-m", "jobs.colorize", str(manifest), "--out", out, *_OPTIONS, *options]
    with said.open("wb") as stderr, said.with_suffix(".json").open("wb") as stdout:
        process = subprocess.Popen(
            arguments, cwd=runs.ROOT, env=dict(os.environ), stdout=stdout, stderr=stderr, start_new_session=True
        )
    return Driver(process, said)
