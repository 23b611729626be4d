"""The job from a manifest to the last count, on the plain loop and on Ray actors: the same tests."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from jobs.errors import PreflightError
from tests import runs


def test_every_row_gets_one_answer_and_every_bad_one_its_code(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 6)
    (source / "empty.jpg").write_bytes(b"")
    (source / "text.jpg").write_text("no picture")
    (source / "cut.jpg").write_bytes(runs.picture(1, 400, 300)[:2000])
    (source / "huge.png").write_bytes(runs.bomb())
    manifest = tmp_path / "manifest.csv"
    listed = sorted(str(path) for path in source.rglob("*.*"))
    manifest.write_text("\n".join(["uri", *listed, str(source / "nowhere.jpg"), str(source / "box-0")]))
    summary = runs.run(manifest, tmp_path / "out", ray)
    assert summary.by_code == {
        "EMPTY_FILE": 1, "NOT_AN_IMAGE": 1, "CORRUPT_IMAGE": 1, "TOO_LARGE": 1, "NOT_FOUND": 1, "NOT_A_FILE": 1,
    }  # fmt: skip
    assert (summary.rows, summary.colorized, summary.failed, summary.exit_code) == (12, 6, 6, 3)
    rows = runs.log_rows(tmp_path / "out")
    assert sorted(row["source_uri"].removeprefix("file://") for row in rows) == sorted(manifest.read_text().split()[1:])
    written = runs.outputs(tmp_path / "out")
    assert len(written) == 6
    assert all(map(runs.can_be_opened, written.values()))


def test_the_same_command_again_does_nothing_whatever_order_and_shards(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 9)
    first = runs.run(source, tmp_path / "out", ray)
    before = runs.outputs(tmp_path / "out")
    again = runs.run(source, tmp_path / "out", ray, shard_seconds=1, workers=1)
    assert (first.tried, again.tried, again.colorized, again.exit_code) == (9, 0, 9, 0)
    listed = sorted((str(path) for path in source.rglob("*.jpg")), reverse=True)
    manifest = tmp_path / "m.txt"
    manifest.write_text("\n".join(listed))
    one = runs.run(manifest, tmp_path / "two", ray)
    manifest.write_text("\n".join(sorted(listed)))
    assert (one.tried, runs.run(manifest, tmp_path / "two", ray).tried) == (9, 0)
    assert runs.outputs(tmp_path / "out") == before


def test_another_option_makes_every_answer_stale_and_going_back_does_too(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 5)
    tried = [runs.run(source, tmp_path / "out", ray, quality=quality).tried for quality in (None, 50, None, None)]
    assert tried == [5, 5, 5, 0]


def test_a_transient_failure_is_tried_again_and_a_permanent_one_only_if_it_is_named(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 2)
    bad = source / "bad.jpg"
    bad.write_text("no picture")
    manifest = tmp_path / "m.txt"
    manifest.write_text("\n".join([*map(str, source.rglob("*.jpg")), str(source / "late.jpg")]))
    assert runs.run(manifest, tmp_path / "out", ray).by_code == {"NOT_AN_IMAGE": 1, "NOT_FOUND": 1}
    (source / "late.jpg").write_bytes(runs.picture(7))
    second = runs.run(manifest, tmp_path / "out", ray)
    assert (second.tried, second.colorized, second.known_failures, second.exit_code) == (1, 3, 1, 0)
    bad.write_bytes(runs.picture(8))
    assert runs.run(manifest, tmp_path / "out", ray).tried == 0
    third = runs.run(manifest, tmp_path / "out", ray, redo="NOT_AN_IMAGE")
    assert (third.tried, third.colorized, third.failed) == (1, 4, 0)


def test_rows_that_failed_before_come_after_the_new_ones(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 2)
    manifest, gone = tmp_path / "m.txt", [str(source / f"gone-{number}.jpg") for number in range(3)]
    manifest.write_text("\n".join([*gone, *map(str, source.rglob("*.jpg"))]))
    runs.run(manifest, tmp_path / "out", ray, limit=4)
    runs.run(manifest, tmp_path / "out", ray, workers=1)
    second = max(str(row["run_id"]) for row in runs.log_rows(tmp_path / "out"))
    tried = sorted((row["shard"], row["code"]) for row in runs.log_rows(tmp_path / "out") if row["run_id"] == second)
    assert [code for _, code in tried[:1]] == [None]


def test_a_source_that_changed_is_coloured_again(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 4)
    runs.run(source, tmp_path / "out", ray)
    (source / "box-0" / "plate-000.jpg").write_bytes(runs.picture(99, 80, 60))
    again = runs.run(source, tmp_path / "out", ray)
    assert (again.tried, again.colorized) == (1, 4)


def test_exact_repeats_are_done_once_and_counted(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 3)
    manifest = tmp_path / "m.txt"
    manifest.write_text("\n".join([*map(str, source.rglob("*.jpg"))] * 2))
    summary = runs.run(manifest, tmp_path / "out", ray)
    assert (summary.rows, summary.colorized, summary.duplicates, summary.tried) == (6, 3, 3, 3)


def test_tolerated_failures_exit_0_and_a_limit_cuts_the_manifest(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 9)
    (source / "bad.jpg").write_text("no picture")
    assert runs.run(source, tmp_path / "out", ray, limit=3, tolerate="40%").rows == 3
    assert runs.run(source, tmp_path / "all", ray, tolerate="10%").exit_code == 0
    assert runs.run(source, tmp_path / "none", ray, tolerate="9%").exit_code == 3


def test_a_limit_below_the_size_of_the_test_picture_is_only_the_photographs(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 2)
    (source / "large.jpg").write_bytes(runs.picture(2, 100, 60))
    summary = runs.run(source, tmp_path / "out", ray, max_pixels=48 * 36)
    assert (summary.colorized, summary.by_code) == (2, {"TOO_LARGE": 1})


def test_where_most_rows_fail_the_breaker_stops_the_run_and_the_same_command_completes_once_it_is_mended(
    tmp_path: Path, ray: str
):
    source, manifest = runs.archive(tmp_path / "in", 30), tmp_path / "m.txt"
    gone = [str(source / f"unmounted/{number}.jpg") for number in range(4000)]
    manifest.write_text("\n".join([*map(str, source.rglob("*.jpg")), *gone]))
    summary = runs.run(manifest, tmp_path / "out", ray)
    assert (summary.exit_code, summary.colorized) == (4, 30)
    assert summary.stopped_code == "MOST_ROWS_FAILED"
    assert "NOT_FOUND" in str(summary.stopped)
    assert 900 < summary.failed < 4000
    assert summary.failed + summary.unanswered == 4000
    (source / "unmounted").mkdir()
    for path in gone:
        Path(path).write_bytes(runs.picture(0, 16, 12))
    whole = runs.run(manifest, tmp_path / "out", ray)
    assert (whole.exit_code, whole.colorized) == (0, 4030)


def test_other_columns_travel_into_the_log(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 1)
    manifest = tmp_path / "m.jsonl"
    uri = str(next(source.rglob("*.jpg")))
    manifest.write_text(json.dumps({"uri": uri, "shelf": "Ä 7", "year": 1911, "output_key": "a/b.webp"}))
    runs.run(manifest, tmp_path / "out", ray)
    (row,) = runs.log_rows(tmp_path / "out")
    assert json.loads(row["extra"]) == {"shelf": "Ä 7", "year": 1911}
    assert (row["output_uri"], row["format"], row["channels"]) == (f"file://{tmp_path}/out/a/b.webp", "webp", 3)
    assert list(runs.outputs(tmp_path / "out")) == ["a/b.webp"]


MAY_BE_EMPTY = {
    "code", "message", "extra", "source_version", "source_etag", "expected_sha256", "expected_md5", "metadata_kept", "review",
    "ab_bins", "ab_counts",
}  # fmt: skip


def test_the_log_says_where_what_and_how_long(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 2)
    summary = runs.run(source, tmp_path / "out", ray, max_pixels=None)  # a test picture of full size, as users have it
    rows = runs.log_rows(tmp_path / "out")
    stages = ["t_read_ms", "t_decode_ms", "t_infer_ms", "t_render_ms", "t_encode_ms", "t_write_ms"]
    for row in rows:
        empty = {column for column in row if row[column] is None}
        assert empty <= MAY_BE_EMPTY
        assert sum(row[stage] for stage in stages) > 0
        assert row["run_id"] == summary.run_id
    assert (rows[0]["width"], rows[0]["height"], rows[0]["bit_depth"]) == (48, 36, 8)
    folder = tmp_path / "out" / "colorizer-log" / f"run={summary.run_id}"
    assert json.loads((folder / "_summary.json").read_text()) == json.loads(json.dumps(summary.as_dict()))
    assert json.loads((folder / "_run.json").read_text())["settings"]["engine"] == runs.QUICK


def test_a_manifest_may_come_from_standard_input(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 2)
    stdin = io.BytesIO("\n".join(map(str, source.rglob("*.jpg"))).encode())
    assert runs.run("-", tmp_path / "out", ray, stdin=stdin, manifest_format="txt").colorized == 2


def test_an_engine_that_can_not_be_had_is_found_before_any_work(tmp_path: Path, ray: str):
    source = runs.archive(tmp_path / "in", 1)
    with pytest.raises(PreflightError, match="no_such_module"):
        runs.run(source, tmp_path / "out", ray, engine="no_such_module:build")
    assert not runs.outputs(tmp_path / "out")


def test_sources_that_do_not_answer_are_found_before_any_work(tmp_path: Path, ray: str):
    manifest = tmp_path / "m.txt"
    manifest.write_text(f"{tmp_path}/unmounted/a.jpg\n{tmp_path}/unmounted/b.jpg\n")
    with pytest.raises(PreflightError, match="mounted"):
        runs.run(manifest, tmp_path / "out", ray)


def test_rows_of_a_folder_that_is_gone_keep_no_run_from_its_end(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 4), tmp_path / "out"
    missing = [tmp_path / "gone" / f"{number:03d}.jpg" for number in range(30)]
    manifest = tmp_path / "m.txt"
    manifest.write_text("\n".join(map(str, [*missing, *sorted(source.rglob("*.jpg"))])))
    first = runs.run(manifest, out, "none")
    assert (first.colorized, first.by_code, first.exit_code) == (4, {"NOT_FOUND": 30}, 3)
    again = runs.run(manifest, out, "none")
    assert (again.tried, again.known_failures, again.exit_code) == (30, 30, 0)


def test_facts_that_a_store_does_not_tell_are_taken_as_stated(tmp_path: Path):
    (tmp_path / "bad.jpg").write_bytes(b"<html>")
    (tmp_path / "good.jpg").write_bytes(runs.picture(1))
    manifest = tmp_path / "m.csv"  # of a bucket's inventory, over a mirror of it on disk
    manifest.write_text(f"uri,etag,version_id\n{tmp_path}/bad.jpg,abc,v1\n{tmp_path}/good.jpg,def,v2\n")
    assert runs.run(manifest, tmp_path / "out", "none").by_code == {"NOT_AN_IMAGE": 1}
    assert runs.run(manifest, tmp_path / "out", "none").tried == 0
    manifest.write_text(manifest.read_text().replace("v1", "v3"))
    assert runs.run(manifest, tmp_path / "out", "none").tried == 1


def test_a_time_that_no_calendar_has_is_no_reason_to_fail(tmp_path: Path):
    with TemporaryDirectory(dir="/dev/shm") as memory:  # most disks have no such times
        source = runs.archive(Path(memory), 2)
        os.utime(next(source.rglob("*.jpg")), (2**38, 2**38))
        assert runs.run(source, tmp_path / "out", "none").colorized == 2


def test_a_row_that_kills_its_worker_is_named_and_the_rest_is_coloured(tmp_path: Path, ray_cluster: str):
    source = runs.archive(tmp_path / "in", 12)
    (source / "box-0" / "deadly.png").write_bytes(runs.white())
    summary = runs.run(source, tmp_path / "out", ray_cluster, engine=runs.DEADLY)
    assert summary.by_code == {"WORKER_LOST": 1}
    assert (summary.colorized, summary.exit_code) == (12, 3)


def test_a_local_ray_that_is_not_up_in_time_is_told_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def late(**_: object) -> None:
        raise Exception("The current node timed out during startup.")  # noqa: TRY002 - as Ray does

    monkeypatch.setattr("ray.init", late)
    with pytest.raises(PreflightError, match=r"RAY_UNREACHABLE: Ray did not start here: .*--ray none"):
        runs.run(runs.archive(tmp_path / "in", 1), tmp_path / "out", "local")


def test_a_ray_that_can_not_be_reached_is_told_before_any_work(tmp_path: Path):
    source = runs.archive(tmp_path / "in", 1)
    with pytest.raises(PreflightError, match=r"RAY_UNREACHABLE: .*RAY_ADDRESS") as refused:
        runs.run(source, tmp_path / "out", "127.0.0.1:no-port")
    assert refused.value.exit_code == 5
    assert runs.outputs(tmp_path / "out") == {}
