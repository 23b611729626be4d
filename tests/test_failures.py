"""`colorizer failures`: what failed as a manifest that a run takes as it is."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings

from jobs.cli import main
from jobs.digests import digest
from jobs.errors import WorldError
from jobs.failures import Failures
from jobs.manifest.open import read_manifest
from jobs.storage.memory import MemoryStore
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from jobs.written_file import written_file
from tests import logs, runs
from tests.rgw import Rgw, admin
from tests.test_palette_job import made

HOSTILE = [
    "comma, and 'quotes' \"double\".jpg",
    " space before and behind .jpg",
    "Größe 50%25 +#?;&=@.jpg",
    "日本 – e\u0301\u2028separator.jpg",
    "=SUM(A1:A9).jpg",
    "back\\slash\u00a0nbsp.tif",
]
EXTRAS = {"caption": 'two\nlines, "quoted"\r\nand\ta tab', "Signatur": "=1+1", "empty": ""}


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A manifest in which every name is hostile: half of the files are broken, one is there and whole, one is missing."""
    manifest = tmp_path / "manifest.csv"
    with manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["uri", *EXTRAS])
        for number, name in enumerate([*HOSTILE, "missing.jpg", "whole.jpg"]):
            path = tmp_path / "in" / name
            path.parent.mkdir(exist_ok=True)
            if name != "missing.jpg":
                path.write_bytes(runs.picture(1) if name == "whole.jpg" else b"" if number % 2 else b"<html>")
            writer.writerow([str(path), *EXTRAS.values()])
    return manifest


def test_the_manifest_of_what_failed_is_run_as_it_is_and_gives_the_outputs_that_the_first_would_have(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out, failed = tmp_path / "out", tmp_path / "failed.csv"
    first = runs.run(archive, out, "none", names="full", format="png")
    assert first.failed == len(HOSTILE) + 1
    assert called(capsys, "failures", out, "-o", failed, "--current")[:2] == (0, f"{first.failed} rows → {failed}\n")
    before = {row["source_uri"]: row for row in runs.log_rows(out)}
    for name in [*HOSTILE, "missing.jpg"]:
        (tmp_path / "in" / name).write_bytes(runs.picture(2))
    again = runs.run(failed, out, "none", names="full", format="png", redo="failed")
    assert (again.rows, again.colorized, again.failed) == (first.failed, first.failed, 0)
    after = {row["source_uri"]: row for row in runs.log_rows(out) if row["run_id"] == again.run_id}
    assert set(after) == {uri for uri, row in before.items() if row["status"] == "failed"}
    for uri, row in after.items():
        assert row["output_uri"] == before[uri]["output_uri"]
        assert json.loads(row["extra"]).items() >= EXTRAS.items()
    assert set(runs.outputs(out)) == {row["output_uri"].removeprefix(f"file://{out}/") for row in before.values()}
    assert called(capsys, "failures", out, "-o", failed)[1] == f"0 rows → {failed}\n"
    assert rows_of(failed) == []


def test_every_field_of_the_log_comes_back_from_the_manifest(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out, failed = tmp_path / "out", tmp_path / "failed.csv"
    runs.run(archive, out, "none")
    assert called(capsys, "failures", tmp_path / "out" / "colorizer-log", "-o", failed)[0] == 0
    logged = [row for row in runs.log_rows(out) if row["status"] == "failed"]
    read = list(read_manifest(str(failed), open_stores(StoreSettings())))
    assert [row.uri for row in read] == [row["source_uri"] for row in logged]
    for mine, its in zip(read, logged, strict=True):
        assert f"file://{out}/{mine.output_key}" == its["output_uri"]
        assert (mine.stated.size, mine.stated.etag) == (its["source_size"], its["source_etag"])
        assert mine.stated.mtime == (its["source_mtime"] and int(its["source_mtime"].timestamp()))
        extra = json.loads(mine.extra or "")
        assert (extra.pop("failure_code"), extra.pop("failure_message")) == (its["code"], its["message"])
        assert extra == json.loads(its["extra"]) == EXTRAS


def test_captions_that_no_csv_could_hold_come_back_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    manifest, failed = tmp_path / "m.jsonl", tmp_path / "failed.csv"
    long = "word " * 40_000
    manifest.write_text(json.dumps({"uri": str(tmp_path / "none.jpg"), "caption": "Rathaus\0\0", "text": long}))
    assert runs.run(manifest, tmp_path / "out", "none").failed == 1
    assert called(capsys, "failures", tmp_path / "out", "-o", failed)[0] == 0
    (row,) = read_manifest(str(failed), open_stores(StoreSettings()))
    assert (json.loads(row.extra or "")["caption"], json.loads(row.extra or "")["text"]) == ("Rathaus", long)


@pytest.mark.parametrize("current", [(), ("--current",)])
def test_the_sum_that_a_photograph_must_have_stays_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], current: tuple[str, ...]
):
    manifest, failed = tmp_path / "m.csv", tmp_path / "failed.csv"
    lines = ["uri,md5,sha256"]
    for number, sums in enumerate([f"{'0' * 32},", f",{'0' * 64}"]):
        (tmp_path / f"{number}.jpg").write_bytes(runs.picture(number))
        lines.append(f"{tmp_path}/{number}.jpg,{sums}")
    manifest.write_text("\n".join(lines))
    assert runs.run(manifest, tmp_path / "out", "none").by_code == {"CHECKSUM_MISMATCH": 2}
    assert called(capsys, "failures", tmp_path / "out", "-o", failed, *current)[0] == 0
    again = runs.run(failed, tmp_path / "out", "none", redo="failed")
    assert (again.tried, again.colorized, again.by_code) == (2, 0, {"CHECKSUM_MISMATCH": 2})


def test_a_code_is_asked_for_and_a_mistyped_one_is_known(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    runs.run(archive, tmp_path / "out", "none")
    code, out, err = called(capsys, "failures", tmp_path / "out", "--code", "not_found", "-o", "-", "--json")
    assert (code, json.loads(err)["rows"]) == (0, 1)
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert (row["uri"], row["failure_code"]) == (f"file://{tmp_path}/in/missing.jpg", "NOT_FOUND")
    code, _, err = called(capsys, "failures", tmp_path / "out", "--code", "NOT_FUOND", "-o", "-")
    assert (code, "did you mean NOT_FOUND?" in err) == (2, True)


def test_skipped_rows_are_found_by_their_code_and_a_palette_log_names_no_outputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    from jobs import palette
    from jobs.configuration import configured_as
    from jobs.settings import PaletteSettings

    runs.archive(tmp_path / "in", 2)
    flags = {"manifest": str(tmp_path / "in"), "out": str(tmp_path / "p.npy"), "ray": "none", "method": "grid"}
    palette.run(configured_as(PaletteSettings, flags, {})[0], None, io.StringIO())
    gray = tmp_path / "gray.csv"
    assert called(capsys, "failures", tmp_path / "p-log", "--code", "GRAY", "-o", gray)[0] == 0
    rows = rows_of(gray)
    assert len(rows) == 2
    assert "output_key" not in rows[0]
    flags |= {"manifest": str(gray), "out": str(tmp_path / "q.npy")}
    assert palette.run(configured_as(PaletteSettings, flags, {})[0], None, io.StringIO()).summary.skipped == 2


def test_only_the_newest_answer_of_an_output_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source = runs.archive(tmp_path / "in", 3)
    (source / "box-0" / "plate-000.jpg").write_bytes(b"")
    runs.run(source, tmp_path / "out", "none")
    (source / "box-0" / "plate-000.jpg").write_bytes(runs.picture(9))
    (source / "box-0" / "plate-002.jpg").write_bytes(b"<html>")
    runs.run(source, tmp_path / "out", "none")
    assert called(capsys, "failures", tmp_path / "out", "-o", tmp_path / "failed.csv")[0] == 0
    assert [(row["output_key"], row["failure_code"]) for row in rows_of(tmp_path / "failed.csv")] == [
        ("box-0/plate-002.jpg", "NOT_AN_IMAGE")
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(logs.logs)
def test_in_any_log_they_are_those_that_a_plain_account_of_the_rules_gives(log: list[logs.LogFile]):
    store = MemoryStore()
    logs.written(store, log)
    newest = logs.newest(log)
    expected = {output for output, one in newest.items() if one.status == "failed" and not one.in_doubt}
    found = [row for _, table in Failures(store, logs.LOG, None).batches() for row in table.to_pylist()]
    assert {row["output_uri"] for row in found} == expected
    assert len(found) == len(expected)
    assert all(digest(row["source_uri"]) == newest[row["output_uri"]].source for row in found)


def test_s3_batch_has_the_columns_of_a_completion_report_with_keys_url_encoded(
    rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name, value in rgw.env().items():
        monkeypatch.setenv(name, value)
    s3 = admin(rgw)
    s3.create_bucket(Bucket=bucket_name)
    s3.put_bucket_versioning(Bucket=bucket_name, VersioningConfiguration={"Status": "Enabled"})
    put = s3.put_object(Bucket=bucket_name, Key='in/Größe, "1"%2F+.jpg', Body=b"<html>")
    manifest = tmp_path / "m.jsonl"
    uris = [f's3://{bucket_name}/in/Größe, "1"%2F+.jpg', f"s3://{bucket_name}/in/gone.jpg", str(tmp_path / "here.jpg")]
    manifest.write_text("".join(json.dumps({"uri": uri, "n": 1}) + "\n" for uri in uris))
    (tmp_path / "here.jpg").write_bytes(b"")
    out = f"s3://{bucket_name}/out"
    runs.run(manifest, out, "none")
    report = f"s3://{bucket_name}/report.csv"
    code, said, _ = called(capsys, "failures", out, "--format", "s3-batch", "-o", report, "--json")
    assert (code, json.loads(said)["rows"], json.loads(said)["left_out"]) == (0, 2, 1)
    text = s3.get_object(Bucket=bucket_name, Key="report.csv")["Body"].read().decode()
    broken, gone = csv.reader(io.StringIO(text, newline=""))
    assert broken[1].isascii()
    assert [broken[0], unquote(broken[1]), *broken[2:6]] == [
        bucket_name, 'in/Größe, "1"%2F+.jpg', put["VersionId"], "failed", "NOT_AN_IMAGE", "",
    ]  # fmt: skip
    assert gone[:6] == [bucket_name, "in/gone.jpg", "", "failed", "NOT_FOUND", "404"]
    failed = tmp_path / "failed.csv"
    assert called(capsys, "failures", out, "-o", failed)[0] == 0
    s3.put_object(Bucket=bucket_name, Key="in/gone.jpg", Body=runs.picture(3))
    again = runs.run(failed, out, "none")
    assert (again.rows, again.tried, again.colorized, again.by_code) == (3, 1, 1, {"NOT_AN_IMAGE": 1, "EMPTY_FILE": 1})
    assert rows_of(failed)[0]["version_id"] == put["VersionId"]


def test_a_manifest_is_whole_or_not_there_and_what_is_in_the_way_is_said(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    runs.run(archive, tmp_path / "out", "none")
    code, _, err = called(capsys, "failures", tmp_path / "out", "-o", archive / "failed.csv")
    assert (code, "can't be written: Not a directory" in err) == (5, True)
    before = tmp_path / "failed.csv"
    before.write_text("mine")
    (part,) = list((tmp_path / "out").glob("colorizer-log/run=*/part-*"))[:1]
    part.write_bytes(b"PAR1 and nothing more")
    code, _, err = called(capsys, "failures", tmp_path / "out", "-o", before)
    assert (code, "a file of the log is damaged" in err) == (5, True)
    assert before.read_text() == "mine"
    with pytest.raises(WorldError), written_file(str(before), MemoryStore(), "text/csv"):
        raise WorldError("LOG_UNWRITABLE", "a part that can't be read is no fault of the file's")
    assert before.read_text() == "mine"
    assert not list(tmp_path.glob(".colorizer-*"))


def test_a_pipe_and_a_device_take_a_manifest_and_stay_what_they_are(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    runs.run(archive, tmp_path / "out", "none")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert called(capsys, "failures", tmp_path / "out", "-o", pipe)[0] == 0
    assert os.read(reading, 100).startswith(b"uri,output_key,")
    os.close(reading)
    assert pipe.is_fifo()


def test_what_another_out_was_given_is_left_out_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"")
    for out in ("one", "two"):
        runs.run(tmp_path / "in", tmp_path / out, "none", log=str(tmp_path / "log"))
    code, said, _ = called(capsys, "failures", tmp_path / "log", "-o", tmp_path / "failed.csv")
    assert (code, said) == (0, f"1 rows → {tmp_path}/failed.csv; 1 left out (below another --out)\n")


@pytest.mark.parametrize("command", ["run", "palette"])
def test_a_run_that_ended_before_its_work_changes_nothing_of_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
):
    source, log, failed = tmp_path / "in", tmp_path / "log", tmp_path / "failed.csv"
    source.mkdir()
    (source / "a.jpg").write_bytes(b"")
    if command == "run":
        runs.run(source, tmp_path / "out", "none", log=str(log))
    else:
        made(source, tmp_path / "p.npy", log=str(log))
    assert called(capsys, "failures", log, "-o", failed)[1] == f"1 rows → {failed}\n"
    first = failed.read_text()
    (log / "run=r20990101T000000Z-0000").mkdir()
    (log / "run=r20990101T000000Z-0000" / "_status.json").write_text("{}")
    assert called(capsys, "failures", log, "-o", failed)[1] == f"1 rows → {failed}\n"
    assert failed.read_text() == first
