"""The report of a log: its figures, against the log as DuckDB or a person would count it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from jobs.cli import app
from jobs.codes import ROW_CODES
from jobs.layout import ShardName, manifest_folder
from jobs.log import open_shard, write_part
from jobs.outcome import Outcome, Output, Provenance, Times
from jobs.report import plots
from jobs.report.figures import CodeCount, Shot, Totals, WorkerFigures
from jobs.report.page import page
from jobs.report.report import Asked, figures, write_report
from jobs.report.sampling import Sampling
from jobs.report.survey import survey
from jobs.report.thumbnails import pictures, true_uri
from jobs.rows import Facts, ManifestRow, Row, Shard
from jobs.spool import write_spool
from jobs.storage.memory import MemoryStore
from tests import logs as small_logs
from tests import runs

LOG = "mem://archive/color/colorizer-log"
FIRST, SECOND = "r20260101T000000Z-0000", "r20260102T000000Z-0000"
HOSTILE = '<img src=x onerror=alert(1)>".jpg'


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: twelve photographs and two broken files, then one more photograph and a broken one restored."""
    folder = tmp_path_factory.mktemp("report")
    archive = runs.archive(folder / "archive", 12)
    (archive / "box-0" / HOSTILE).write_bytes(runs.picture(99))
    (archive / "box-0" / "nothing.jpg").write_bytes(b"")
    (archive / "box-1" / "letter.jpg").write_bytes(b"Dear Sir, we have no photographs.")
    runs.run(archive, folder / "out", "none", tolerate="50%")
    (archive / "box-1" / "late.jpg").write_bytes(runs.picture(100))
    (archive / "box-0" / "nothing.jpg").write_bytes(runs.picture(101))
    runs.run(archive, folder / "out", "none", tolerate="50%")
    return folder / "out"


def test_the_totals_are_those_of_the_runs_own_summary_and_add_up(out: Path):
    found = figures(Asked(str(out), 10, 0.04))
    summary = json.loads(sorted(out.glob("colorizer-log/run=*/_summary.json"))[-1].read_text(encoding="utf-8"))
    totals = found.totals
    names = ("rows", "colorized", "counted", "skipped", "failed", "duplicates", "unanswered")
    assert {name: getattr(totals, name) for name in names} == {name: summary[name] for name in names}
    assert totals.rows == sum(getattr(totals, name) for name in names[1:]) == 16
    assert {one.code: one.rows for one in totals.by_code} == summary["by_code"] == {"NOT_AN_IMAGE": 1}


def test_the_work_is_the_sum_over_the_newest_rows_of_the_log(out: Path):
    newest = {row["output_uri"]: row for row in runs.log_rows(out)}
    work = figures(Asked(str(out), 10, 0.04)).work
    coloured = [row for row in newest.values() if row["status"] == "colorized"]
    assert work.images == len(coloured) == sum(work.throughput.images) == sum(one.images for one in work.workers)
    assert work.megapixels == pytest.approx(sum(row["width"] * row["height"] for row in coloured) / 1e6)
    infer = sum(row["t_infer_ms"] or 0 for row in newest.values()) / 1000
    assert dict(work.stages)["infer"] == pytest.approx(infer, rel=1e-5)
    assert sum(rows for _, rows in work.fingerprints) == len(newest)


def test_a_million_images_cost_their_core_seconds_at_the_price_of_a_core_hour(out: Path):
    found = figures(Asked(str(out), 10, 0.5))
    each = sum(dict(found.work.stages)[stage] for stage in ("decode", "infer", "render", "encode")) / found.work.images
    assert found.cost.per_million == pytest.approx(each * 1e6 / 3600 * 0.5)


def _outcome(row: Row, code: str | None = None) -> Outcome:
    output = None if code else Output(9, "0" * 64, "jpeg", 4, 3, 3, 8)
    status = "failed" if code else "colorized"
    return Outcome(row, status, code, code, Facts(), None, output, 1e9, 1.0, Times(1, 2, 3, 4, 5, 6))


def _row(name: str, number: int = 0) -> Row:
    return Row(number, f"mem://archive/gray/{name}", Facts(), f"mem://archive/color/{name}", None)


def _spooled(store: MemoryStore, run: str, names: str) -> None:
    rows = [ManifestRow(_row(name).uri, Facts(), None, None, None, line) for line, name in enumerate(names, 1)]
    write_spool(rows, lambda row: row.uri.replace("gray", "color"), store, manifest_folder(LOG, run))


def _answered(store: MemoryStore, run: str, shard: int, outcomes: list[Outcome], fingerprint: str = "f") -> None:
    rows = Shard(shard, 0, tuple(one.row for one in outcomes))
    open_shard(store, LOG, run, rows)
    write_part(store, LOG, Provenance(run, "m", "0", "e", "fp32", "cpu", fingerprint), rows, outcomes)


def test_a_row_is_unanswered_where_nothing_nothing_certain_or_nothing_that_still_holds_answers_it():
    """a answered before and not stale; b failed for now, before; c in doubt; d new; e answered by this run; a repeated."""
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a")), _outcome(_row("b"), "NOT_FOUND"), _outcome(_row("c"))])
    _spooled(store, SECOND, "abcdea")
    open_shard(store, LOG, SECOND, Shard(0, 0, (_row("c"),)))
    _answered(store, SECOND, 1, [_outcome(_row("e"), "NOT_FOUND")])
    totals = survey(store, LOG, 10, 0.04).totals
    assert totals == Totals(6, SECOND, 1, 0, 0, 1, 1, 3, (CodeCount.of("NOT_FOUND", 1),))


@given(small_logs.logs.filter(bool))
@settings(max_examples=60, deadline=None)
def test_totals_and_work_are_of_the_newest_answers_as_a_plain_account_of_the_rules_has_them(
    log: list[small_logs.LogFile],
):
    store = MemoryStore()
    small_logs.written(store, log)
    expected = [answer for answer in small_logs.newest(log).values() if not answer.in_doubt]
    found = survey(store, small_logs.LOG, 10, 0.04)
    status, codes = Counter(one.status for one in expected), Counter(one.code for one in expected if one.code)
    totals = found.totals
    assert (totals.colorized, totals.skipped, totals.failed) == tuple(
        status[one] for one in ("colorized", "skipped", "failed")
    )
    assert {one.code: one.rows for one in totals.by_code} == codes
    assert totals.rows == len(small_logs.newest(log)) == len(expected) + totals.unanswered
    assert dict(found.work.fingerprints) == Counter(one.fingerprint for one in expected)
    assert found.work.images == len(found.sample.shots) == status["colorized"]


def test_an_answer_with_another_fingerprint_waits_for_the_run_that_asked_for_its_own():
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a")), _outcome(_row("b"))], "old")
    _spooled(store, SECOND, "ab")
    _answered(store, SECOND, 0, [_outcome(_row("b"))], "new")
    totals = survey(store, LOG, 10, 0.04).totals
    assert (totals.colorized, totals.unanswered) == (1, 1)


def test_a_log_without_its_manifests_counts_the_outputs_that_it_knows():
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a")), _outcome(_row("b"), "CORRUPT_IMAGE")])
    _answered(store, SECOND, 0, [_outcome(_row("a"))])
    totals = survey(store, LOG, 10, 0.04).totals
    assert (totals.rows, totals.colorized, totals.failed, totals.run_id) == (2, 1, 1, None)


def test_the_pauses_between_runs_are_left_out_of_the_time():
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a"))])
    later = replace(_outcome(_row("b")), started_at=2e9)
    _answered(store, SECOND, 0, [later])
    over = survey(store, LOG, 10, 0.04).work.throughput
    assert over.step * len(over.images) == pytest.approx(2.0, abs=0.5)
    assert over.begins == pytest.approx((0.0, 1.0))


def test_every_code_that_a_row_can_have_comes_with_what_to_do():
    for name, code in ROW_CODES.items():
        assert CodeCount.of(name, 1) == CodeCount(name, 1, code.kind, code.meaning, code.remedy)
    assert CodeCount.of("OF_ANOTHER_VERSION", 1).kind == "unknown"


def _shot(number: int, flags: tuple[str, ...] = ()) -> Shot:
    return Shot(f"mem://a/box-{number % 7}/{number}", f"mem://b/{number}", None, None, None, 4, 3, flags, None, None)


def _sampled(numbers: list[int], rows: int, flagged: dict[int, int]) -> list[str]:
    sampling = Sampling(rows)
    for start in range(0, len(numbers), 100):
        part = numbers[start : start + 100]
        keys = np.array([number * 0x9E3779B97F4A7C15 % 2**64 for number in part], np.uint64)
        places, flags = np.arange(len(part)), np.array([flagged.get(number, 0) for number in part])

        def make(at: int, part: list[int] = part) -> Shot:
            return _shot(part[at], ("dull",) * flagged.get(part[at], 0))

        sampling.coloured(keys, places, pa.array([f"box-{number % 7}" for number in part]), make)
        sampling.flagged(keys, places, flags, make)
    return [shot.output for shot in sampling.result().shots]


def test_the_sample_is_the_same_whatever_the_order_of_the_parts():
    numbers = list(range(5000))
    one = _sampled(numbers, 60, {17: 2, 4000: 5})
    random.Random(1).shuffle(numbers)  # noqa: S311
    assert _sampled(numbers, 60, {17: 2, 4000: 5}) == one
    assert len(one) == len(set(one)) == 60


def test_the_rows_with_most_review_flags_are_in_the_sample_among_thousands():
    flagged = dict.fromkeys(range(0, 5000, 10), 1) | {17: 3, 4001: 2}
    shown = _sampled(list(range(5000)), 30, flagged)
    assert {"mem://b/17", "mem://b/4001"} <= set(shown)


def test_a_sample_of_fewer_rows_than_asked_for_has_all_of_them():
    assert len(_sampled(list(range(5)), 300, {})) == 5


def test_thumbnails_keep_to_their_budget_and_those_that_are_missing_say_why():
    store = MemoryStore()
    noise = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)
    data = cv2.imencode(".png", noise)[1].tobytes()
    shots = [replace(_shot(number), width=1200, height=900) for number in range(6)]
    for shot in shots[1:]:
        store.write(shot.source, data)
        store.write(shot.output, data)
    store.write(shots[1].source, b"no picture")
    for budget in (2_000_000, 200_000, 60_000):
        found = pictures(store, shots, "mem://b", None, budget)
        assert 0 < sum(len(one.before.uri) + len(one.after.uri) for one in found) <= budget
    assert "NOT_FOUND" in str(found[0].before.missing)
    assert "NOT_AN_IMAGE" in str(found[1].before.missing)
    assert max(found[2].after.width, found[2].after.height) <= 320
    assert all("no room" in str(one.after.missing) for one in pictures(store, shots, "mem://b", None, 1000)[1:])


def test_the_true_colours_of_a_photograph_lie_by_its_outputs_folder_and_its_own_name():
    shot = replace(_shot(1), source="s3://a/x/y/plate.tif", output="mem://archive/color/y/plate.tif.png")
    assert true_uri("s3://true", "mem://archive/color", shot) == "s3://true/y/plate.tif"
    assert true_uri("s3://true", "mem://archive/col", shot) == "s3://true/plate.tif"


def test_names_of_workers_and_codes_are_text_in_the_plots_whatever_they_look_like():
    totals = Totals(1, None, 0, 0, 0, 1, 0, 0, (CodeCount.of("<b>$\\frac{</b>", 1),))
    work = replace(
        survey(_one_row(), LOG, 1, 0.04).work, workers=(WorkerFigures("$x_{ <script>alert(1)</script> 写真", 3, 1.0),)
    )
    drawn = plots.plots(totals, work)
    assert [plot.title for plot in drawn] == [
        "Throughput over time", "Where the time went", "Throughput by worker", "Rows by code",
    ]  # fmt: skip
    for plot in drawn:
        assert not list(ET.fromstring(plot.svg).iter("{http://www.w3.org/2000/svg}script"))  # noqa: S314
        assert "#0a0b0" not in plot.svg
        assert "<style" not in plot.svg


def _one_row() -> MemoryStore:
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a"))])
    return store


def test_a_secret_in_a_message_or_a_setting_is_not_in_the_page():
    store = MemoryStore()
    address = "https://user:hunter2@mirror.example/a.jpg?X-Amz-Signature=abcdef0123"
    failed = replace(_outcome(_row("a"), "NOT_FOUND"), message=f"NOT_FOUND: {address}")
    _answered(store, FIRST, 0, [failed])
    found = survey(store, LOG, 1, 0.04)
    text = page(found, plots.plots(found.totals, found.work), []) + json.dumps(found.as_dict())
    assert "mirror.example" in text
    assert "hunter2" not in text
    assert "abcdef0123" not in text


def test_json_prints_the_figures_and_writes_no_page(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    came = CliRunner().invoke(app, ["report", str(out / "colorizer-log"), "--json", "--rows", "5"])
    assert came.exit_code == 0
    assert json.loads(came.stdout) == json.loads(json.dumps(figures(Asked(str(out), 5, 0.04)).as_dict()))
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_log_is_a_mistake_of_usage(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", "report", str(tmp_path)],
        cwd=runs.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "holds no log" in done.stderr


def test_the_same_log_gives_the_same_page(out: Path, tmp_path: Path):
    for name in ("one", "two"):
        assert "16 rows" in write_report(Asked(str(out), 20, 0.04), str(tmp_path / name))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_part_is_read_in_any_order_of_attempts_and_an_output_counts_once():
    store = MemoryStore()
    _answered(store, FIRST, 0, [_outcome(_row("a"), "NOT_FOUND"), _outcome(_row("b"))])
    write_part(
        store,
        LOG,
        Provenance(FIRST, "m", "0", "e", "fp32", "cpu", "f"),
        Shard(0, 1, (_row("a"),)),
        [_outcome(_row("a"))],
    )
    found = survey(store, LOG, 10, 0.04)
    assert (found.totals.colorized, found.work.images, found.sample.failures) == (2, 2, ())
    assert ShardName(FIRST, 0, 1) > ShardName(FIRST, 0, 0)
