"""A log → its figures: the answers once, then the parts one by one, the newest first, so that each output counts once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.answers import Answers, read_answers
from jobs.digests import digests
from jobs.errors import UsageError
from jobs.fingerprint import fingerprint_of
from jobs.layout import ShardName
from jobs.log import Contents, in_turn, log_at, read_part
from jobs.plan import Redo
from jobs.report.figures import Cost, Figures, Shot, Totals
from jobs.report.runs import run_figures
from jobs.report.sampling import Sampling
from jobs.report.totals import Asked, newest_spool, totals_of_log, totals_of_manifest
from jobs.report.working import COLUMNS, Working
from jobs.run_folder import RunFolder
from jobs.shown import shown, without_secrets
from jobs.storage.store import Store

_SHOT = ("source_uri", "output_uri", "source_size", "code", "message", "width", "height")
_IF_THERE = ("review", "label", "colourfulness")
"""Columns that logs of other versions may lack."""
_AT_ONCE = 16
"""Parts that are in memory at one time."""


def survey(store: Store, place: str, rows: int, price: float) -> Figures:
    """Reads a log.

    Memory: 44 bytes an answer, some bytes an image for the time it ended, and sixteen parts.

    Args:
        store: where it is.
        place: the log's folder, or the one of the outputs that it lies in; a URI without a slash at its end.
        rows: of the sample.
        price: of a core-hour.

    Raises:
        UsageError: there is no log.
        WorldError, StorageError: it can't be read.
    """
    log, contents = _found(store, place)
    answers = read_answers(store, log, contents)
    totals = _totals(store, log, contents, answers)
    working, sampling = Working(), Sampling(rows)
    for part in _newest_rows(store, log, contents.parts, answers):
        working.add(part.run_id, part.rows)
        _offer(sampling, part)
    work = working.result()
    runs = tuple(run_figures(RunFolder(store, log, run), run) for run in contents.runs)
    return Figures(log, totals, work, Cost.of(work, price), runs, sampling.result())


@dataclass(frozen=True, slots=True)
class _Part:
    """The newest answers of one part, and the hashes of their outputs."""

    run_id: str
    rows: pa.Table
    keys: npt.NDArray[np.uint64]


def _found(store: Store, place: str) -> tuple[str, Contents]:
    log, contents = log_at(store, place)
    if not contents.runs:
        raise UsageError(f"{shown(place)} holds no log: give the folder with run=…, or the --out of a run")
    return log, contents


def _totals(store: Store, log: str, contents: Contents, answers: Answers) -> Totals:
    found = newest_spool(store, log, contents.runs, answers)
    if found is None:
        return totals_of_log(answers)
    run_id, spool = found
    return totals_of_manifest(spool, answers, _asked(RunFolder(store, log, run_id), run_id, answers))


def _asked(folder: RunFolder, run_id: str, answers: Answers) -> Asked:
    run = folder.read("_run.json") or {}
    settings, shape = run.get("settings"), run.get("shape")
    what = settings.get("redo") if isinstance(settings, dict) else None
    redo = Redo(str(what), str(run.get("redo_before") or run_id)) if what else None
    mine = [kind.fingerprint for kind in answers.named if kind.run_id == run_id and not kind.in_doubt]
    if mine:
        return Asked(run_id, mine[0], redo)
    return Asked(run_id, fingerprint_of(shape) if isinstance(shape, dict) else "", redo)


def _newest_rows(store: Store, log: str, parts: Sequence[ShardName], answers: Answers) -> Iterator[_Part]:
    """The rows of each part that no later part answers, and that are not in doubt; the newest part first."""
    waiting = np.ones(len(answers), bool)
    doubt = np.array([kind.in_doubt for kind in answers.named], bool)
    if len(answers):
        waiting &= ~doubt[answers.kinds]
    newest_first = sorted(parts, key=lambda name: name.age, reverse=True)
    columns = (*COLUMNS, *_SHOT, *_IF_THERE)
    tables = in_turn(lambda one: read_part(store, log, one, columns), newest_first, at_once=_AT_ONCE)
    for name, table in zip(newest_first, tables, strict=True):
        found = digests(table["output_uri"].to_pylist())
        places = answers.find(found)
        new = np.flatnonzero(waiting[places])
        waiting[places[new]] = False
        rows = table if len(new) == table.num_rows else table.take(pa.array(new))
        yield _Part(name.run_id, rows.combine_chunks(), found["high"].astype(np.uint64)[new])


def _offer(sampling: Sampling, part: _Part) -> None:
    rows = part.rows

    def make(at: int) -> Shot:
        return _shot(rows.slice(at, 1).to_pylist()[0])

    coloured = np.flatnonzero(_is(rows["status"], "colorized"))
    if len(coloured):
        sources = rows["source_uri"].take(pa.array(coloured))
        folders = pc.replace_substring_regex(sources, r"/[^/]*$", "").combine_chunks()
        sampling.coloured(part.keys[coloured], coloured, folders, make)
    if "review" in rows.column_names:
        flags = np.array([len(_flags(one)) for one in rows["review"].take(pa.array(coloured)).to_pylist()], np.int64)
        sampling.flagged(part.keys[coloured], coloured, flags, make)
    told = np.flatnonzero(pc.is_valid(rows["code"]).to_numpy())
    if len(told):
        sampling.failed(part.keys[told], told, rows["code"].take(pa.array(told)).combine_chunks(), make)


def _is(column: pa.ChunkedArray, word: str) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = pc.fill_null(pc.equal(column, word), False).to_numpy()
    return found


def _flags(review: str | None) -> tuple[str, ...]:
    return tuple(flag.strip() for flag in review.split(",") if flag.strip()) if review else ()


def _shot(row: dict[str, object]) -> Shot:
    size, colourfulness, label = row.get("source_size"), row.get("colourfulness"), row.get("label")
    review, code, message = row.get("review"), row.get("code"), row.get("message")
    return Shot(
        source=str(row["source_uri"]),
        output=str(row["output_uri"]),
        source_size=size if isinstance(size, int) else None,
        code=None if code is None else str(code),
        message=None if message is None else without_secrets(str(message)),
        width=int(str(row["width"] or 0)),
        height=int(str(row["height"] or 0)),
        flags=_flags(None if review is None else str(review)),
        label=None if label is None else str(label),
        colourfulness=float(colourfulness) if isinstance(colourfulness, float) else None,
    )
