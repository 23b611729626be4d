"""The plots of a report: SVG inside the page, drawn by matplotlib, with the page's own colours and letters.

Marks are drawn in colours that stand for CSS variables and are replaced by them, so that a plot follows light, dark and print.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from jobs.report.figures import Throughput, Totals, Work, WorkerFigures
from jobs.shown import shown

_INK, _MARK, _GRID, _BAD = "#0a0b01", "#0a0b02", "#0a0b03", "#0a0b04"
_CSS = {_INK: "currentColor", _MARK: "var(--mark)", _GRID: "var(--grid)", _BAD: "var(--bad)"}
_STYLE: Any = {  # matplotlib types its keys as a list of words that grows with each version
    "svg.fonttype": "none",
    "text.parse_math": False,  # a worker's name may have dollars in it
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _GRID,
    "axes.facecolor": "none",
    "axes.unicode_minus": True,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _GRID,
    "figure.facecolor": "none",
}
_WIDTH, _HEIGHT, _BAR = 5.0, 2.5, 0.27
"""Inches: at 72 points an inch a phone shows a plot at about its own size, and letters of 10 points stay legible."""
_BARS = 16
_LABEL = 26
_HOUR, _MINUTE = 3600, 60


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot.

    Attributes:
        title: above it.
        summary: the same in words, for those who do not see it.
        svg: an `<svg>` element, safe to stand in a page: what comes from the log is escaped in it.
    """

    title: str
    summary: str
    svg: str


def plots(totals: Totals, work: Work) -> tuple[Plot, ...]:
    """Throughput over time, by worker, the time by stage, rows by code: those that there is something to draw of."""
    return tuple(
        plot
        for plot in (_throughput(work.throughput), _stages(work), _workers(work.workers), _codes(totals))
        if plot is not None
    )


def _throughput(over: Throughput) -> Plot | None:
    if not any(over.images):
        return None
    divisor, unit = _unit(over.step * len(over.images))
    edges = [number * over.step / divisor for number in range(len(over.images) + 1)]
    rates = [images / over.step for images in over.images]
    with mpl.rc_context(_STYLE):
        figure, axes = _paper(_HEIGHT)
        axes.stairs(rates, edges, fill=True, color=_MARK, alpha=0.35)
        axes.stairs(rates, edges, color=_MARK, linewidth=1.5)
        for begin in over.begins[1:]:
            axes.axvline(begin / divisor, color=_INK, linewidth=0.8, linestyle=":")
        axes.set_xlim(0, edges[-1])
        axes.set_ylim(0)
        axes.set_xlabel(f"{unit} of work" + (" (dotted: the next run)" if len(over.begins) > 1 else ""))
        axes.set_ylabel("images/s")
        axes.grid(axis="y", linewidth=0.6)
        mean = sum(over.images) / over.seconds
        said = f"{sum(over.images):,} images, {mean:,.2f} a second on average, {max(rates):,.2f} at most."
        return Plot("Throughput over time", said, _svg(figure, "throughput"))


def _stages(work: Work) -> Plot | None:
    whole = sum(seconds for _, seconds in work.stages)
    if not whole:
        return None
    bars = [(stage, seconds, f"{seconds / whole:.0%}") for stage, seconds in work.stages]
    said = ", ".join(f"{stage} {share}" for stage, _, share in bars)
    return Plot("Where the time went", f"{said} of {_long(whole)}.", _bars(bars, _MARK, "stages"))


def _workers(workers: Sequence[WorkerFigures]) -> Plot | None:
    if not workers:
        return None
    shown_ones = workers[:_BARS]
    bars = [(one.name, one.images_per_second, f"{one.images_per_second:,.2f}") for one in shown_ones]
    more = f"; the {_BARS} with most images of {len(workers):,}" if len(workers) > _BARS else ""
    said = f"Images a second of each worker, from its first read to its last write{more}."
    return Plot("Throughput by worker", said, _bars(bars, _MARK, "workers"))


def _codes(totals: Totals) -> Plot | None:
    if not totals.by_code:
        return None
    bars = [(one.code, float(one.rows), f"{one.rows:,}") for one in totals.by_code[:_BARS]]
    return Plot(
        "Rows by code", f"Rows with a code: {sum(one.rows for one in totals.by_code):,}.", _bars(bars, _BAD, "codes")
    )


def _bars(bars: Sequence[tuple[str, float, str]], colour: str, name: str) -> str:
    with mpl.rc_context(_STYLE):
        figure, axes = _paper(0.2 + _BAR * len(bars))
        places = list(range(len(bars)))
        axes.barh(places, [length for _, length, _ in bars], color=colour, height=0.7)
        for place, (_, length, said) in zip(places, bars, strict=True):
            axes.annotate(said, (length, place), xytext=(4, 0), textcoords="offset points", va="center")
        axes.set_yticks(places, [_cut(label) for label, _, _ in bars])
        axes.set_ylim(len(bars) - 0.4, -0.6)
        axes.set_xlim(0, max(length for _, length, _ in bars) * 1.25 or 1)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_visible(False)
        axes.spines["bottom"].set_visible(False)
        return _svg(figure, name)


def _paper(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Figure, name: str) -> str:
    """The element alone: no XML declaration, no metadata, no style that would reach beyond it, colours as CSS has them."""
    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that matplotlib's own font lacks; the browser's has it
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r'\bid="([a-z]+_\d+)"', rf'id="{name}-\1"', text)
    for colour, css in _CSS.items():
        text = text.replace(colour, css)
    return re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", re.sub(r' height="[^"]*pt"', "", text, count=1), count=1)


def _cut(label: str) -> str:
    plain = shown(label)
    return plain if len(plain) <= _LABEL else f"{plain[: _LABEL - 1]}…"


def _unit(seconds: float) -> tuple[float, str]:
    if seconds >= 3 * _HOUR:
        return _HOUR, "hours"
    return (_MINUTE, "minutes") if seconds >= 3 * _MINUTE else (1, "seconds")


def _long(seconds: float) -> str:
    divisor, unit = _unit(seconds)
    return f"{seconds / divisor:,.1f} {unit}"
