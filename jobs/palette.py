"""The palette job: a manifest → how often each colour is met → the points that they gather around, their shares, a picture."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, BinaryIO, TextIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from colorizer_core.chart import chart
from colorizer_core.collection import kmeans, prior
from colorizer_core.errors import PaletteError
from colorizer_core.histogram import SIDE, Counts
from colorizer_core.palette import Points, published_points, save_points
from jobs.answers import read_answers
from jobs.counting import Counting
from jobs.digests import digests
from jobs.errors import PreflightError, StorageError, WorldError, log_trouble
from jobs.fingerprint import fingerprint_of
from jobs.intake import Keyed, listed_prefix
from jobs.job import Job, Order, begin
from jobs.keys import RowKeys
from jobs.leased_store import LeasedStore
from jobs.log import list_log, read_part
from jobs.outcome import Provenance
from jobs.palette_files import PaletteFiles
from jobs.places import check_places
from jobs.preflight import places_of
from jobs.progress import say
from jobs.settings import PaletteSettings
from jobs.stop import Stop, on_signals
from jobs.storage.store import Store
from jobs.storage.uri import absolute
from jobs.summary import COMPLETE, FAILURES, Summary

COLOURS = 5
"""Raised by whoever changes the colours that the same photograph and options give."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it.

    Attributes:
        summary: of the run, whose exit code is also that of making the palette.
        points: how many the palette has; None where none was made.
        pixels: that were counted.
        written: the URIs of the palette, its shares and its picture.
        obstacle: why no palette can be made of what was counted, or None.
    """

    summary: Summary
    points: int | None = None
    pixels: int = 0
    written: tuple[str, ...] = ()
    obstacle: str | None = None

    @property
    def exit_code(self) -> int:
        """Of the command."""
        return self.summary.exit_code

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        made = {"points": self.points, "pixels": self.pixels, "written": list(self.written), "obstacle": self.obstacle}
        return {**self.summary.as_dict(), **made, "exit_code": self.exit_code}

    def lines(self) -> list[str]:
        """The same for people."""
        found = self.summary
        lines = [
            f"{found.rows:,} rows: {found.counted:,} counted, {found.skipped:,} skipped, {found.failed:,} failed, "
            f"{found.duplicates:,} repeated" + (f", {found.unanswered:,} to do" if found.unanswered else ""),
            f"this run: {found.tried:,} rows in {found.seconds:.1f} s, {found.images_per_second:.2f} images/s",
            *(f"  {rows:,} × {code}" for code, rows in sorted(found.by_code.items())),
        ]
        if found.stopped:
            lines.append(f"stopped: {found.stopped}; the same command goes on from here")
        if self.obstacle:
            lines.append(f"no palette: {self.obstacle}")
        if self.points is not None:
            lines.append(f"{self.points:,} points of {self.pixels:,} pixels:")
        return [*lines, *(f"  {uri}" for uri in self.written), f"log: {found.log}"]


def run(settings: PaletteSettings, stdin: BinaryIO | None = None, stream: TextIO | None = None) -> Made:
    """Counts the colours that the log does not tell yet; once it tells those of every row, makes the palette.

    Args:
        settings: validated.
        stdin: where a manifest `-` is read from.
        stream: where progress goes; None for stderr.

    Raises:
        PreflightError: found before any work.
    """
    stop, stream = Stop(settings.deadline), stream or sys.stderr
    with on_signals(stop):
        check_places(absolute(settings.out), settings.log_uri(), listed_prefix(settings))
        _check_method(settings)
        files = PaletteFiles(settings)
        with begin(
            settings, partial(_order, settings, files), Keyed(files.name, RowKeys()), stop, stdin, stream
        ) as job:
            done = job.work(stop, stream)
            with log_trouble():
                made = Made(job.summed(done, stop))
            if made.exit_code in (COMPLETE, FAILURES) and not made.summary.unanswered:
                made = _make(settings, files, job, made.summary, stream)
            with log_trouble():
                job.finish(made.summary, done)
            return made


def _check_method(settings: PaletteSettings) -> None:
    """Finds before an archive is counted that its colours could not be gathered."""
    if settings.method == "kmeans":
        try:
            kmeans(np.ones((1, 1), np.int64), 1)
        except PaletteError as error:
            raise PreflightError(str(error)) from error


def _order(settings: PaletteSettings, files: PaletteFiles, store: Store) -> Order:
    files.check(store)
    counting = Counting(settings.max_pixels, settings.every, settings.border, settings.near_gray)
    shape = {"colours": COLOURS, **asdict(counting)}
    del shape["max_pixels"]  # it decides whether a photograph is counted, and not what comes of it
    provenance = Provenance("", None, None, None, None, None, fingerprint_of(shape))
    return Order(counting, shape, provenance, (*places_of(settings),))


def _make(settings: PaletteSettings, files: PaletteFiles, job: Job, summary: Summary, stream: TextIO) -> Made:
    """Adds up what the log tells of this manifest's rows, and puts the three files."""
    say(stream, "adding up …")
    pixels = 0
    try:
        with log_trouble():
            counts = count_colours(job)
        pixels = int(counts.sum())
        points, data = _palette(settings, counts, summary)
        written = _put(files, LeasedStore(job.store, job.keeper), data)
    except PaletteError as error:
        return Made(replace(summary, exit_code=FAILURES), pixels=pixels, obstacle=str(error))
    except WorldError as error:
        stopped = replace(summary, exit_code=error.exit_code, stopped=str(error), stopped_code=error.code)
        return Made(stopped, pixels=pixels)
    return Made(summary, len(points), pixels, written)


def _palette(settings: PaletteSettings, counts: Counts, summary: Summary) -> tuple[Points, dict[str, bytes]]:
    """The points, and the three files' bytes by their endings. Raises `PaletteError`."""
    points = _points(settings, counts)
    shares = prior(counts, points)
    told: dict[str, Any] = {
        "photographs": summary.counted,
        "pixels": int(counts.sum()),
        "method": settings.method,
        "k": len(points),
        "seed": settings.seed if settings.method == "kmeans" else None,
        "every": settings.every,
        "border": settings.border,
        "near_gray": settings.near_gray,
        "prior": [round(share, 9) for share in shares.tolist()],
    }
    return points, {
        ".npy": save_points(points),
        ".json": json.dumps(told, indent=1).encode() + b"\n",
        ".png": chart(counts, points, shares),
    }


def _put(files: PaletteFiles, store: Store, data: dict[str, bytes]) -> tuple[str, ...]:
    try:
        return files.put(store, data)
    except StorageError as error:
        raise WorldError("STORE_UNFIT", f"the palette can't be written: {error}") from error


def _points(settings: PaletteSettings, counts: Counts) -> Points:
    if not counts.any():
        raise PaletteError("no photograph has colours that could be counted")
    return (
        published_points().astype(np.float64)
        if settings.method == "grid"
        else kmeans(counts, settings.k, settings.seed)
    )


def count_colours(job: Job) -> Counts:
    """The sum over the newest answers to this manifest's rows: (256, 256) int64; one part of the log in memory at a time."""
    contents = list_log(job.store, job.settings.log)
    answers = read_answers(job.store, job.settings.log, contents)
    wanted = np.zeros(len(answers), bool)  # by place: a row of this manifest whose newest answer is still to be met
    for batch in job.manifest.spool.batches():
        places = answers.find(digests(batch["output_uri"].to_pylist()))
        wanted[places[places >= 0]] = True
    whole = np.zeros(SIDE * SIDE, np.int64)
    for name in sorted(contents.parts, key=lambda one: one.age, reverse=True):
        table = read_part(job.store, job.settings.log, name, ["output_uri", "ab_bins", "ab_counts"])
        places = answers.find(digests(table["output_uri"].to_pylist()))
        bins, counts = (_flat(table[column], wanted[places]) for column in ("ab_bins", "ab_counts"))
        whole += np.bincount(bins, counts, len(whole)).astype(np.int64)
        wanted[places] = False
    return whole.reshape(SIDE, SIDE)


def _flat(lists: pa.ChunkedArray, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """All numbers of the lists that are wanted."""
    numbers: npt.NDArray[np.int64] = (
        lists.filter(pa.array(wanted)).combine_chunks().flatten().to_numpy().astype(np.int64)
    )
    return numbers
