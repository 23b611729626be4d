"""`colorizer verify` on real runs: what is whole is proven, and each damage is found and named."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.cli import main
from jobs.errors import PreflightError
from jobs.layout import ShardName, open_uri
from jobs.log import list_log, open_shard, read_part, write_part
from jobs.outcome import Outcome, Output, Provenance, Times
from jobs.rows import NOTHING_STATED, Facts, Row, Shard
from jobs.storage.disk import DiskStore
from tests import runs
from tests.rgw import Rgw
from tests.test_palette_job import collection, made
from tests.verifying import NAMES, Archive, flipped, found, sha256

LATER = "r20990101T000000Z-0000"


def findings_of(data: bytes) -> list[dict[str, str]]:
    text = data.decode("utf-8", "surrogateescape")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_what_is_whole_is_proven_and_comes_out_again(archive: Archive):
    assert archive.coloured().colorized == len(NAMES)
    proof = archive.proof(recompute=1.0, orphans=True)
    assert (proof.outputs, proof.checked, proof.proven) == (len(NAMES),) * 3
    assert proof.recomputed == {"the same bytes": len(NAMES)}
    assert (proof.findings, proof.orphans, proof.exit_code) == ({}, 0, 0)


def test_each_damage_is_found_and_named(archive: Archive):
    archive.coloured()
    gone, broken, cut, *_ = archive.outputs()
    archive.store.delete(gone)
    whole = {uri: archive.store.read(uri).data for uri in (broken, cut)}
    archive.store.write(broken, flipped(whole[broken]))
    archive.store.write(cut, b"")
    strange = [f"{archive.out}/stray.jpg", f'{archive.out}/box 1/note,"1".txt']
    for uri in strange:
        archive.store.write(uri, b"?")
    report = f"{archive.root}/findings.csv"
    proof = archive.proof(orphans=True, findings=report)
    assert sorted(found(proof)) == sorted([("MISSING", gone), ("HASH_DIFFERS", broken), ("HASH_DIFFERS", cut)])
    assert (proof.proven, proof.orphans, proof.exit_code) == (len(NAMES) - 3, 2, 3)
    rows = findings_of(archive.store.read(report).data)
    assert {(row["output_uri"], row["finding"]) for row in rows} == {*((uri, name) for name, uri in found(proof))} | {
        (uri, "ORPHAN") for uri in strange
    }
    (row,) = [row for row in rows if row["output_uri"] == broken]
    assert (row["expected"], row["found"]) == (sha256(whole[broken]), sha256(flipped(whole[broken])))
    assert list(row) == ["output_uri", "finding", "expected", "found"]


def test_a_source_that_is_gone_or_changed_is_no_fault_of_the_output(archive: Archive):
    archive.coloured()
    archive.store.delete(f"{archive.root}/in/a.jpg")
    archive.store.write(f"{archive.root}/in/c.png", runs.picture(77))
    assert archive.proof().exit_code == 0
    proof = archive.proof(recompute=1.0)
    assert sorted(found(proof)) == [("SOURCE_CHANGED", f"{archive.out}/c.png"), ("SOURCE_GONE", f"{archive.out}/a.jpg")]
    assert (proof.proven, proof.recomputed["the same bytes"], proof.exit_code) == (len(NAMES), len(NAMES) - 2, 3)
    assert (proof.as_dict()["faults"], proof.as_dict()["unproven"]) == (0, 2)


def test_a_source_that_was_written_again_with_the_same_bytes_is_the_same(on_disk: Archive):
    on_disk.coloured()
    os.utime(f"{on_disk.root[7:]}/in/a.jpg", (1, 1))
    assert on_disk.proof(recompute=1.0).exit_code == 0


def test_of_an_output_that_was_made_twice_the_newest_row_counts(archive: Archive):
    archive.coloured()
    first = {uri: archive.store.read(uri).data for uri in archive.outputs()}
    archive.run(quality=30)
    assert archive.proof(recompute=1.0).recomputed == {"the same bytes": len(NAMES)}
    changed = next(uri for uri in first if uri.endswith("a.jpg"))
    archive.store.write(changed, first[changed])
    assert list(found(archive.proof())) == [("HASH_DIFFERS", changed)]


def test_a_file_whose_newest_row_failed_is_an_orphan(archive: Archive):
    archive.coloured()
    archive.store.write(f"{archive.root}/in/a.jpg", b"no picture any more")
    assert archive.run().failed == 1
    report = f"{archive.root}/findings.csv"
    proof = archive.proof(orphans=True, findings=report)
    assert (proof.outputs, proof.orphans, proof.exit_code) == (len(NAMES) - 1, 1, 0)
    (row,) = findings_of(archive.store.read(report).data)
    assert (row["output_uri"], row["finding"]) == (f"{archive.out}/a.jpg", "ORPHAN")
    assert "no output_sha256" in row["found"]


def test_what_a_run_had_open_as_it_died_is_in_doubt_and_neither_proven_nor_an_orphan(archive: Archive):
    archive.coloured()
    doubtful = archive.outputs()[0]
    row = Row(0, f"{archive.root}/in/a.jpg", NOTHING_STATED, doubtful, None)
    open_shard(archive.store, archive.log, LATER, Shard(0, 0, (row,)))
    proof = archive.proof(orphans=True)
    assert (proof.outputs, proof.in_doubt, proof.orphans, proof.exit_code) == (len(NAMES) - 1, 1, 0, 3)
    archive.store.delete(open_uri(archive.log, ShardName(LATER, 0, 0)))
    assert archive.proof().exit_code == 0


def test_a_photograph_that_lies_in_the_output_is_no_orphan(on_disk: Archive, tmp_path: Path):
    source = tmp_path / "out" / "originals" / "a.jpg"
    source.parent.mkdir(parents=True)
    source.write_bytes(runs.picture(1))
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"uri,output_key\n{source},coloured/a.jpg\n")
    assert runs.run(manifest, tmp_path / "out", "none").colorized == 1
    assert on_disk.proof(orphans=True).orphans == 0


def test_orphans_are_looked_for_in_every_output_of_the_log(tmp_path: Path, on_disk: Archive):
    on_disk.coloured()
    other = tmp_path / "other"
    runs.run(f"{on_disk.root}/in/", other, "none", log=on_disk.log, adopt=True)
    for folder in (tmp_path / "out", other):
        (folder / "stray").write_text("?")
    proof = on_disk.proof(orphans=True)
    assert (proof.outputs, proof.orphans) == (2 * len(NAMES), 2)


def test_names_that_no_text_can_hold_are_in_the_file_as_the_bytes_that_they_are(on_disk: Archive, tmp_path: Path):
    on_disk.coloured()
    names = [b"caf\xe9.jpg", b"two\nlines.jpg", b'tab\t,"quoted".jpg']
    for name in names:
        Path(os.fsdecode(bytes(tmp_path / "out") + b"/" + name)).write_bytes(b"?")
    report = tmp_path / "findings.csv"
    proof = on_disk.proof(orphans=True, findings=str(report))
    assert proof.orphans == 3
    there = {
        row["output_uri"].rpartition("/")[2].encode("utf-8", "surrogateescape")
        for row in findings_of(report.read_bytes())
    }
    assert there == set(names)
    "\n".join(proof.lines()).encode()


def test_an_output_that_does_not_say_what_the_log_says_that_it_says_is_found(on_disk: Archive):
    on_disk.coloured()
    uri, unlabelled = f"{on_disk.out}/c.png", runs.white()
    on_disk.store.write(uri, unlabelled)
    on_disk.edit_log(lambda row: row | ({"output_sha256": sha256(unlabelled)} if row["output_uri"] == uri else {}))
    proof = on_disk.proof()
    assert list(found(proof)) == [("LABEL_MISSING", uri)]
    assert (proof.first[0].expected, proof.first[0].found) == (
        "compositeWithTrainedAlgorithmicMedia",
        "no label",
    )
    assert proof.exit_code == 3


def test_a_sample_is_the_same_every_time_and_another_seed_takes_another(on_disk: Archive, tmp_path: Path):
    source = runs.archive(tmp_path / "in", 60)
    runs.run(source, tmp_path / "out", "none")
    for path in (tmp_path / "out").glob("box-*/*.jpg"):
        path.unlink()

    def missing(**asked: object) -> set[str]:
        report = tmp_path / "findings.csv"
        proof = on_disk.proof(findings=str(report), **asked)
        assert proof.checked == proof.to_check == sum(proof.findings.values())
        return {row["output_uri"] for row in findings_of(report.read_bytes())}

    first = missing(sample=0.2)
    assert 0 < len(first) < 40
    assert first == missing(sample=0.2, readers=1)
    assert first < missing(sample=0.5) < missing()
    assert first != missing(sample=0.2, seed=1)


def test_it_is_a_command_with_a_table_of_80_columns_and_json(
    on_disk: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)  # the run and the verification say their places from different folders
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(runs.picture(1))
    assert runs.run("in", "out", "none", engine="opencv").colorized == 1
    monkeypatch.chdir("/")
    log = str(tmp_path / "out" / "colorizer-log")
    asked = ["verify", log, "--sample", "50%", "--recompute", "100%", "--orphans"]
    with pytest.raises(SystemExit) as ended:
        main(asked)
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "the same bytes" in said
    assert max(len(line) for line in said.splitlines() if "file://" not in line) <= 80
    (tmp_path / "out" / "a.jpg").unlink()
    with pytest.raises(SystemExit) as ended:
        main([*asked, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == told["exit_code"] == 3
    assert (told["faults"], told["findings"], told["orphans"]) == (1, {"MISSING": 1}, 0)


@pytest.mark.parametrize("asked", [["--sample", "0"], ["--recompute", "200%"], ["--object-timeout", "soon"]])
def test_what_can_not_be_asked_is_usage(asked: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["verify", "/nowhere", *asked])
    assert ended.value.code == 2
    assert asked[0] in capsys.readouterr().err


def test_what_is_no_log_of_outputs_is_refused_before_anything_is_read(on_disk: Archive, tmp_path: Path):
    with pytest.raises(PreflightError, match="there is no log at"):
        on_disk.proof()
    made(collection(tmp_path / "colours", 2), tmp_path / "p.npy")
    with pytest.raises(PreflightError, match="`colorizer palette`, which has no outputs"):
        on_disk.proof(log=f"file://{tmp_path}/p-log")
    on_disk.coloured()
    with pytest.raises(PreflightError, match="can't be written"):
        on_disk.proof(findings=str(tmp_path / "no" / "folder.csv"))


@pytest.mark.parametrize("name", ["part-", "_run.json"])
def test_a_damaged_log_is_refused(on_disk: Archive, name: str):
    on_disk.coloured()
    uri = next(one.uri for one in on_disk.store.list(f"{on_disk.log}/") if name in one.uri)
    on_disk.store.write(uri, on_disk.store.read(uri).data[:-20])
    with pytest.raises(PreflightError, match="is damaged"):
        on_disk.proof()


def test_refused_credentials_end_it_with_4_and_what_was_proven_is_said(
    archive_in_s3: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rgw: Rgw
):
    archive_in_s3.coloured(log=str(tmp_path / "log"))
    asked = {"log": f"file://{tmp_path}/log"}
    assert archive_in_s3.proof(**asked).exit_code == 0
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    proof = archive_in_s3.proof(**asked)
    assert (proof.exit_code, proof.proven, proof.to_check, proof.findings) == (4, 0, len(NAMES), {})
    assert "CREDENTIALS_REFUSED" in "\n".join(proof.lines())


def test_an_output_that_is_refused_is_unreadable_and_not_missing(on_disk: Archive, tmp_path: Path):
    on_disk.coloured()
    output = tmp_path / "out" / "a.jpg"
    output.unlink()
    output.mkdir()
    proof = on_disk.proof()
    assert list(found(proof)) == [("UNREADABLE", f"{on_disk.out}/a.jpg")]
    assert "NOT_A_FILE" in proof.first[0].found


def test_ctrl_c_says_what_was_proven_so_far(tmp_path: Path):
    log, rows = f"file://{tmp_path}/log", 30_000
    written(log, tmp_path, rows)
    report = tmp_path / "findings.csv"
    command = [sys.executable, "-m", "jobs.cli", "verify", log, "--json", "-o", str(report), "--readers", "1"]
    process = subprocess.Popen(command, cwd=runs.ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    runs.wait_for(lambda: report.exists() and report.stat().st_size > 1000)
    process.send_signal(signal.SIGINT)
    told = json.loads(process.communicate(timeout=60)[0])
    assert (process.returncode, told["stopped"]) == (75, "interrupted by Ctrl-C")
    assert 0 < told["checked"] < rows
    assert told["findings"] == {"MISSING": told["checked"]}
    assert len(findings_of(report.read_bytes())) == told["checked"]


def written(log: str, tmp_path: Path, rows: int) -> None:
    """A log of outputs that are not there."""
    signed = Provenance(LATER, "m", "0", "opencv", "fp32", "cpu", "f")
    outcomes = [
        Outcome(
            Row(number, f"file://{tmp_path}/in/{number}.jpg", NOTHING_STATED, f"file://{tmp_path}/out/{number}.jpg", None),
            "colorized", None, None, Facts(), "0" * 64, Output(1, "0" * 64, "jpeg", 1, 1, 3, 8), 0.0, 0.0, Times(),
        )
        for number in range(rows)
    ]  # fmt: skip
    write_part(DiskStore(), log, signed, Shard(0, 0, tuple(one.row for one in outcomes)), outcomes)


def test_columns_that_a_log_was_written_without_are_empty(on_disk: Archive):
    on_disk.coloured()
    name = list_log(on_disk.store, on_disk.log).parts[0]
    read = read_part(on_disk.store, on_disk.log, name, ["output_uri", "of_another_version"])
    assert read["of_another_version"].null_count == read.num_rows > 0
