"""What a verification came to: counts, the first findings, the table, the exit code."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.table import Table

from jobs.errors import WorldError
from jobs.shown import shown
from jobs.summary import COMPLETE, FAILURES, STOPPED_EARLY
from jobs.verify.findings import KINDS, Finding, Name

_COLUMNS = 80
_NAMED = 3
_WORLD = WorldError.exit_code
_PLAIN = (
    "log", "outputs", "in_doubt", "to_check", "checked", "proven", "to_recompute", "orphans", "findings_file", "seconds",
    "memory", "stopped",
)  # fmt: skip


@dataclass(slots=True)
class Proof:
    """What was proven so far.

    Attributes:
        log: its folder.
        outputs: that the newest rows of the log name.
        in_doubt: outputs that a run may have been writing when it ended: the log claims nothing of them; and those that were not
            what it claims, and that a run has written, or may have, since it was read.
        to_check: outputs in the sample.
        checked: outputs that were looked at.
        proven: those of them that are there and are what was written.
        to_recompute: outputs to be made again.
        recomputed: those that agree, by how.
        findings: by name.
        first: the first three findings of each name.
        orphans: files that the log does not name; None where that was not asked.
        findings_file: where all findings are, or None.
        seconds: of the whole.
        memory: the most that was resident, bytes.
        stopped: why it ended early, or None.
        is_worlds: whether the world ended it, and not somebody.
    """

    log: str
    outputs: int = 0
    in_doubt: int = 0
    to_check: int = 0
    checked: int = 0
    proven: int = 0
    to_recompute: int = 0
    recomputed: Counter[str] = field(default_factory=Counter)
    findings: Counter[Name] = field(default_factory=Counter)
    first: list[Finding] = field(default_factory=list)
    orphans: int | None = None
    findings_file: str | None = None
    seconds: float = 0.0
    memory: int = 0
    stopped: str | None = None
    is_worlds: bool = False

    @property
    def exit_code(self) -> int:
        """0 where all that was asked for was proven, 3 where something was not; 4 and 75 where it ended early."""
        if self.stopped is not None:
            return _WORLD if self.is_worlds else STOPPED_EARLY
        return FAILURES if self.findings or self.in_doubt else COMPLETE

    def add(self, finding: Finding) -> None:
        """Counts a finding."""
        self.findings[finding.name] += 1
        if self.findings[finding.name] <= _NAMED:
            self.first.append(finding)

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        faults = sum(count for name, count in self.findings.items() if KINDS[name].is_fault)
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {
            "recomputed": dict(self.recomputed),
            "faults": faults,
            "unproven": sum(self.findings.values()) - faults + self.in_doubt,
            "findings": dict(self.findings),
            "first": [asdict(finding) for finding in self.first],
            "exit_code": self.exit_code,
        }

    def lines(self) -> list[str]:
        """For people: a table of 80 columns, then the first findings, one line each."""
        table = Table(width=_COLUMNS, title=None, show_edge=False, pad_edge=False)
        table.add_column("", ratio=1)
        table.add_column("outputs", justify="right")
        for what, count in self._counts():
            table.add_row(what, f"{count:,}")
        text = io.StringIO()
        Console(file=text, width=_COLUMNS, highlight=False, color_system=None).print(table)
        named = [f"  {one.name} {shown(one.output_uri)}: {shown(_said(one))}" for one in self.first]
        more = sum(self.findings.values()) - len(self.first)
        return [
            *(line.rstrip() for line in text.getvalue().splitlines()),
            *named,
            *(
                [
                    f"  and {more:,} more; -o FILE.csv has them all"
                    if self.findings_file is None
                    else f"  and {more:,} more"
                ]
                if more
                else []
            ),
            *([f"stopped: {self.stopped}; what stands above was proven until then"] if self.stopped else []),
            f"log:      {shown(self.log)}",
            *([f"findings: {shown(self.findings_file)}"] if self.findings_file else []),
            f"{self.seconds:.1f} s, {self.memory / 2**20:,.0f} MiB",
        ]

    def _counts(self) -> list[tuple[str, int]]:
        counts = [("named by the newest rows of the log", self.outputs)]
        if self.to_check != self.outputs:
            counts.append(("in the sample", self.to_check))
        if self.checked != self.to_check:
            counts.append(("looked at", self.checked))
        counts.append(("proven: there, with the log's sha256", self.proven))
        if self.to_recompute:
            counts.append(("to be made again", self.to_recompute))
            counts += [(f"proven: {how}", count) for how, count in sorted(self.recomputed.items())]
        for name, kind in KINDS.items():
            if count := self.findings[name]:
                counts.append((f"{'NOT HELD' if kind.is_fault else 'not proven'}: {name}", count))
        if self.in_doubt:
            counts.append(("not proven: in doubt, a run is at them, or the next does them again", self.in_doubt))
        if self.orphans is not None:
            counts.append(("orphans: files that the log does not name as outputs", self.orphans))
        return counts


def _said(finding: Finding) -> str:
    if finding.name == "HASH_DIFFERS":
        return f"{finding.found} in place of {finding.expected}"
    return finding.found or KINDS[finding.name].meaning
