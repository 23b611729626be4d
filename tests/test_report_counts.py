"""Of what a report's numbers are: which manifest, which rows, which seconds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.report import plots
from jobs.report.page import page
from jobs.report.survey import survey
from jobs.report.thumbnails import pictures
from jobs.run_folder import RunFolder
from jobs.storage.memory import MemoryStore
from tests.test_report import FIRST, LOG, SECOND, _answered, _outcome, _row, _spooled


@pytest.mark.parametrize("began", [False, True])
def test_the_manifest_of_a_run_that_was_refused_is_not_counted(began: bool):
    store = MemoryStore()
    _spooled(store, FIRST, "ab")
    _answered(store, FIRST, 0, [_outcome(_row("a")), _outcome(_row("b"))])
    _spooled(store, SECOND, "abc")
    if began:
        RunFolder(store, LOG, SECOND).write_run("run", {}, {}, None)
    totals = survey(store, LOG, 10, 0.04).totals
    assert (totals.run_id, totals.rows) == ((SECOND, 3) if began else (FIRST, 2))
    assert began or (totals.colorized, totals.unanswered) == (2, 0)


def test_the_gallery_counts_the_rows_that_it_was_drawn_from():
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a")), _outcome(_row("b"))])
    _spooled(store, SECOND, "c")
    _answered(store, SECOND, 0, [_outcome(_row("c"), "NOT_FOUND")])
    found = survey(store, LOG, 10, 0.04)
    assert (found.totals.rows, found.totals.colorized) == (1, 0)
    shown = pictures(store, found.sample.shots, "mem://archive/color", None)
    assert "2 of 2 coloured photographs" in page(found, [], shown)


def test_images_a_second_are_by_the_seconds_of_work_and_not_by_whole_bins():
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a")), replace(_outcome(_row("b")), seconds=2.1)])
    found = survey(store, LOG, 10, 0.04)
    over = found.work.throughput
    assert over.seconds == pytest.approx(2.1)
    assert over.step * len(over.images) > 2.4
    drawn = plots.plots(found.totals, found.work)
    assert "2 images, 0.95 a second on average" in drawn[0].summary
    assert "0.95" in page(found, [], [])
