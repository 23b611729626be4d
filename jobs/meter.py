"""What a run tells whoever measures it from outside, while it works."""

from __future__ import annotations

from typing import Protocol

from jobs.status import RunStatus
from jobs.tally import Tally


class Meter(Protocol):
    """Takes the run's figures, as `jobs/metrics.py` lists them."""

    def count(self, tally: Tally) -> None:
        """Rows that a part of the log has just come to answer; each row once."""
        ...

    def show(self, status: RunStatus) -> None:
        """How far the run is at this moment; about twice a second."""
        ...


class Unmetered:
    """Nobody measures: without Ray there is nothing that exports."""

    def count(self, tally: Tally) -> None:
        """Nothing."""

    def show(self, status: RunStatus) -> None:
        """Nothing."""
