"""One thing that `colorizer doctor` has looked at: what it found, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    Attributes:
        name: what was looked at.
        verdict: ok; warn where a run works and something may be wrong; fail where a run can't work.
        found: one line.
        remedy: what to do; None where it is ok.
    """

    name: str
    verdict: Verdict
    found: str
    remedy: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


def ok(name: str, found: str) -> Check:
    """Nothing to do."""
    return Check(name, "ok", found)


def warn(name: str, found: str, remedy: str) -> Check:
    """A run works."""
    return Check(name, "warn", found, remedy)


def fail(name: str, found: str, remedy: str) -> Check:
    """A run does not."""
    return Check(name, "fail", found, remedy)
