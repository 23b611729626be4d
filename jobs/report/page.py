"""The page: figures, plots and pictures in one HTML file that asks nobody for anything.

Names and messages are other people's: all of them go through Jinja's autoescape, what is JSON through `tojson`, and a Content
Security Policy lets no script run but the page's own, by its hash, and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from colorizer_core import __version__
from jobs.report.figures import CodeCount, Figures, RunFigures, Shot, Totals
from jobs.report.plots import Plot
from jobs.report.thumbnails import Pictures
from jobs.shown import shown

_RUNS = 50
_RUNS_WITH_SETTINGS = 5
_LONGEST = 400
_FLAGS = 40
_KINDS = {"before": "gray", "after": "coloured", "true": "true colours"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One photograph of the gallery, its names fit to be shown."""

    pictures: Pictures
    name: str
    uri: str
    folder: str
    folder_number: int
    flags: tuple[str, ...]
    facts: str

    @property
    def is_whole(self) -> bool:
        """Whether there are two pictures to slide between."""
        return self.pictures.before.missing is None and self.pictures.after.missing is None


def page(figures: Figures, drawn: Sequence[Plot], pictures: Sequence[Pictures]) -> str:
    """The HTML, UTF-8 when it is written.

    Args:
        figures: of the log.
        drawn: the plots.
        pictures: the gallery, in the sample's order.
    """
    script, totals = _text("page.js"), figures.totals
    gallery = _gallery(pictures)
    runs = [_brief(run, number < _RUNS_WITH_SETTINGS) for number, run in enumerate(reversed(figures.runs[-_RUNS:]))][
        ::-1
    ]
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(_text("page.html.j2"))
    return template.render(
        version=__version__,
        script=Markup(script),  # noqa: S704 - the package's own file, as the next
        script_hash=_hash(script),
        css=Markup(_text("page.css")),  # noqa: S704
        log=shown(figures.log),
        totals=_cards(totals),
        sum=" + ".join(f"{rows:,} {name}" for name, rows, _ in _cards(totals)[1:]),
        whose=_whose(totals),
        facts=_facts(figures),
        cost_said=_cost_said(figures),
        plots=[{"title": one.title, "summary": one.summary, "svg": Markup(one.svg)} for one in drawn],  # noqa: S704 - see `Plot`
        codes=[(code, _examples(code, figures.sample.failures)) for code in _plain(totals.by_code)],
        gallery=gallery,
        gallery_said=_gallery_said(figures, gallery),
        flags=sorted({flag for one in gallery for flag in one.flags})[:_FLAGS],
        folders=list(dict.fromkeys(one.folder for one in sorted(gallery, key=lambda one: one.folder_number))),
        fingerprints=[(shown(name), rows) for name, rows in figures.work.fingerprints[:10]],
        runs=runs,
        runs_left_out=max(0, len(figures.runs) - _RUNS),
        number=_number,
        kind_names=_KINDS,
        figures={"totals": asdict(totals), "cost": asdict(figures.cost), "images": figures.work.images},
    )


def _text(name: str) -> str:
    return files("jobs.report").joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """As a Content Security Policy names an inline script (CSP level 3, section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _cards(totals: Totals) -> list[tuple[str, int, str]]:
    """Name, rows, mood. The first is the sum of the others."""
    cards = [("rows", totals.rows, ""), ("colorized", totals.colorized, "good")]
    cards += [("counted", totals.counted, "good")] if totals.counted else []
    return [
        *cards,
        ("skipped", totals.skipped, ""),
        ("failed", totals.failed, "bad" if totals.failed else ""),
        ("duplicates", totals.duplicates, ""),
        ("unanswered", totals.unanswered, "bad" if totals.unanswered else ""),
    ]


def _whose(totals: Totals) -> str:
    if totals.run_id is None:
        return "The manifest is gone: these are the outputs that the log knows."
    return f"The manifest is that of {totals.run_id}."


def _facts(figures: Figures) -> list[tuple[str, str]]:
    work, cost = figures.work, figures.cost
    over = work.throughput.seconds
    facts = [
        ("images", f"{work.images:,}"),
        ("megapixels", f"{work.megapixels:,.1f}"),
        ("images/s", f"{work.images / over:,.2f}"),
        ("megapixels/s", f"{work.megapixels / over:,.2f}"),
        ("core-seconds", f"{cost.core_seconds:,.1f}"),
    ]
    return facts if cost.per_million is None else [*facts, ("a million images", f"${cost.per_million:,.2f}")]


def _cost_said(figures: Figures) -> str:
    price = f"{figures.cost.price:g}"
    return (
        f"Core-seconds are those of decoding, the network, rendering and encoding, as the log has them; a million images cost "
        f"them at ${price} a core-hour (--price). Waits for the store and idle cores are not in them."
    )


def _plain(codes: Sequence[CodeCount]) -> list[CodeCount]:
    return [replace(code, code=_cut(code.code)) for code in codes]


def _examples(code: CodeCount, failures: Sequence[Shot]) -> list[tuple[str, str]]:
    return [(_cut(one.source), _cut(one.message or "")) for one in failures if _cut(one.code or "") == code.code]


def _gallery(pictures: Sequence[Pictures]) -> list[Entry]:
    numbers = {folder: number for number, folder in enumerate(sorted({one.shot.folder for one in pictures}))}
    return [
        Entry(
            pictures=one,
            name=_cut(one.shot.source.rpartition("/")[2]),
            uri=_cut(one.shot.source),
            folder=_cut(one.shot.folder),
            folder_number=numbers[one.shot.folder],
            flags=tuple(_cut(flag) for flag in one.shot.flags[:_FLAGS]),
            facts=_said(one.shot),
        )
        for one in pictures
    ]


def _said(shot: Shot) -> str:
    facts = [f"{shot.width} × {shot.height}"] if shot.width else []
    facts += [f"colourfulness {shot.colourfulness:.1f}"] if shot.colourfulness is not None else []
    facts += [_cut(shot.label)] if shot.label else []
    return ", ".join(facts)


def _gallery_said(figures: Figures, gallery: Sequence[Entry]) -> str:
    gone = sum(not one.is_whole for one in gallery)
    said = f"{len(gallery):,} of {figures.sample.coloured:,} coloured photographs"
    said += f"; {gone:,} of them could not be read" if gone else ""
    return f"{said}." if figures.sample.has_review else f"{said}. This log has no review flags."


def _brief(run: RunFigures, with_settings: bool) -> RunFigures:
    if not with_settings:
        return replace(run, settings=(), shape=(), versions=())
    return replace(run, settings=_cut_all(run.settings), shape=_cut_all(run.shape), versions=_cut_all(run.versions))


def _cut_all(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((_cut(name), _cut(value)) for name, value in pairs)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _cut(text: str) -> str:
    plain = shown(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
