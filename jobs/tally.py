"""Counts of what workers have done: what progress, metrics and the summary add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.outcome import STAGES, Outcome

COUNTED = (
    "status",
    "code",
    "source_sha256",
    "source_size",
    "output_size",
    "width",
    "height",
    *(f"t_{stage}_ms" for stage in STAGES),
)
"""Columns of the log: what `Tally.count_row` asks of a row."""


@dataclass(slots=True)
class Tally:
    """Sums over outcomes; two tallies add up.

    Attributes:
        by_status: rows by status.
        by_code: rows by code, for those that have one.
        failures: failed rows by code.
        stage_seconds: seconds by stage.
        bytes_in: bytes read.
        bytes_out: bytes written.
        pixels: of the outputs written.
    """

    by_status: Counter[str] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    stage_seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    bytes_in: int = 0
    bytes_out: int = 0
    pixels: int = 0

    @property
    def rows(self) -> int:
        """Rows answered."""
        return sum(self.by_status.values())

    @property
    def images(self) -> int:
        """Rows coloured or counted."""
        return self.by_status["colorized"] + self.by_status["counted"]

    def count(self, outcome: Outcome) -> None:
        """Adds one outcome."""
        self._count(outcome.status, outcome.code, [getattr(outcome.times, stage) for stage in STAGES])
        if outcome.source_sha256 is not None:
            self.bytes_in += outcome.facts.size or 0
        if outcome.output is not None:
            self.bytes_out += outcome.output.size
            self.pixels += outcome.output.width * outcome.output.height

    def count_row(self, row: Mapping[str, Any]) -> None:
        """Adds one row of the log, with the columns of `COUNTED`: the same as the outcome that it was."""
        self._count(row["status"], row["code"], [row[f"t_{stage}_ms"] for stage in STAGES])
        if row["source_sha256"] is not None:
            self.bytes_in += row["source_size"] or 0
        self.bytes_out += row["output_size"] or 0
        self.pixels += (row["width"] or 0) * (row["height"] or 0)

    def _count(self, status: str, code: str | None, milliseconds: Iterable[float | None]) -> None:
        self.by_status[status] += 1
        if code is not None:
            self.by_code[code] += 1
            self.failures[code] += status == "failed"
        for stage, spent in zip(STAGES, milliseconds, strict=True):
            self.stage_seconds[stage] += (spent or 0.0) / 1000

    def add(self, other: Tally) -> None:
        """Adds another tally."""
        self.by_status.update(other.by_status)
        self.by_code.update(other.by_code)
        self.failures.update(other.failures)
        for stage, seconds in other.stage_seconds.items():
            self.stage_seconds[stage] += seconds
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.pixels += other.pixels


def tally_of(outcomes: Iterable[Outcome]) -> Tally:
    """The tally of some outcomes."""
    tally = Tally()
    for outcome in outcomes:
        tally.count(outcome)
    return tally
