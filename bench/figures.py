"""Figures: what was measured, what it should be, and the table of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: what is compared with what.
        value: the median.
        unit: of it; × for a ratio.
        target: at least this much; None where nothing was promised.
        runs: every run, in order.
        memory: MiB resident at most, by process.
    """

    name: str
    value: float
    unit: str
    target: float | None
    runs: list[float]
    memory: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether it is as large as it should be."""
        return self.target is None or self.value >= self.target


def ratio(name: str, ours: list[float], theirs: list[float], target: float | None, memory: dict[str, int]) -> Figure:
    """The median of the ratios of runs that were made in turn."""
    runs = [round(a / b, 3) for a, b in zip(ours, theirs, strict=True)]
    return Figure(name, round(median(runs), 3), "×", target, runs, memory)


def mebibytes(size: int) -> int:
    """Bytes → MiB."""
    return round(size / 1024**2)


def show(figures: list[Figure], processor: str) -> None:
    """Prints the table."""
    table = Table(title=f"measured on {processor}", title_justify="left")
    for heading in ("what", "value", "at least", "runs", "memory, MiB"):
        table.add_column(heading)
    for figure in figures:
        table.add_row(
            figure.name,
            f"{'' if figure.holds else 'NOT MET '}{figure.value:g} {figure.unit}",
            "" if figure.target is None else f"{figure.target:g}",
            " ".join(f"{run:g}" for run in figure.runs),
            ", ".join(f"{process} {size:,}" for process, size in figure.memory.items()),
        )
    Console(width=150).print(table)


def save(figures: list[Figure], processor: str, versions: dict[str, str], path: Path) -> None:
    """Writes the same as JSON, a set for each processor.

    What other processors did stays; so do this one's figures of the same versions that were not measured now.
    """
    sets = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    others = [one for one in sets if one["processor"] != processor]
    known = [figure for one in sets if one not in others and one["versions"] == versions for figure in one["figures"]]
    merged = {figure["name"]: figure for figure in known} | {figure.name: asdict(figure) for figure in figures}
    here = {"processor": processor, "versions": versions, "figures": list(merged.values())}
    path.write_text(json.dumps([here, *others], indent=1) + "\n", encoding="utf-8")
