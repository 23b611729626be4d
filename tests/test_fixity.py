"""Fixity: what a manifest states of a photograph's bytes is checked where they are read, and asked again when it changes."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import PreflightError
from jobs.fixity import mismatch
from jobs.rows import Facts
from tests import runs
from tests.test_palette_job import collection, made

ZEROS = {"sha256": "0" * 64, "md5": "0" * 32}


def sums(data: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "md5": hashlib.md5(data, usedforsecurity=False).hexdigest()}


def stated(manifest: Path, files: Mapping[Path, Mapping[str, str]]) -> Path:
    """A csv that states some sums of some files."""
    with manifest.open("w", newline="") as file:
        writer = csv.DictWriter(file, ("uri", "sha256", "md5"), restval="")
        writer.writeheader()
        writer.writerows({"uri": str(path), **its} for path, its in files.items())
    return manifest


def of_each(source: Path, state: Callable[[bytes], dict[str, str]]) -> dict[Path, dict[str, str]]:
    return {path: state(path.read_bytes()) for path in sorted(source.rglob("*.jpg"))}


@given(st.binary(max_size=40), st.sampled_from(["sha256", "md5"]), st.integers(0, 31))
def test_the_sums_of_the_bytes_are_accepted_and_every_other_one_is_named_beside_them(data: bytes, kind: str, at: int):
    right = sums(data)
    assert mismatch("s3://b/k", Facts(**right), data, right["sha256"]) is None
    assert mismatch("s3://b/k", Facts(), data, right["sha256"]) is None
    wrong = right[kind][:at] + ("1" if right[kind][at] == "0" else "0") + right[kind][at + 1 :]
    found = mismatch("s3://b/k", Facts(**{kind: wrong}), data, right["sha256"])
    assert found is not None
    assert found.code == "CHECKSUM_MISMATCH"
    assert f"{kind} {right[kind]} where {wrong} is stated: s3://b/k" in str(found)


def test_a_photograph_with_other_bytes_than_stated_is_not_coloured(tmp_path: Path, ray: str):
    files = of_each(runs.archive(tmp_path / "in", 6), sums)
    paths = list(files)
    files[paths[0]] |= {"sha256": ZEROS["sha256"]}
    files[paths[1]] |= {"md5": ZEROS["md5"]}
    files[paths[2]] = {"sha256": files[paths[2]]["sha256"].upper()}
    files[paths[3]] = {}
    summary = runs.run(stated(tmp_path / "m.csv", files), tmp_path / "out", ray)
    assert (summary.by_code, summary.colorized, summary.exit_code) == ({"CHECKSUM_MISMATCH": 2}, 4, 3)
    rows = {row["source_uri"].removeprefix("file://"): row for row in runs.log_rows(tmp_path / "out")}
    for path, kind in ((paths[0], "sha256"), (paths[1], "md5")):
        row, right = rows[str(path)], sums(path.read_bytes())
        assert row["source_sha256"] == right["sha256"]
        assert row[f"expected_{kind}"] == ZEROS[kind]
        assert right[kind] in row["message"]
        assert ZEROS[kind] in row["message"]
        assert row["output_sha256"] is None
    assert rows[str(paths[2])]["expected_sha256"] == files[paths[2]]["sha256"].lower()
    assert len(runs.outputs(tmp_path / "out")) == 4


def test_the_same_sums_are_not_asked_again_and_others_are(tmp_path: Path):
    files = of_each(runs.archive(tmp_path / "in", 4), lambda data: {"sha256": sums(data)["sha256"]})
    bad = next(iter(files))
    right = files[bad]
    files[bad] = {"sha256": ZEROS["sha256"]}

    def tried(its: Mapping[str, str], **options: Any) -> tuple[int, int]:
        summary = runs.run(stated(tmp_path / "m.csv", files | {bad: its}), tmp_path / "out", "none", **options)
        return summary.tried, summary.failed

    assert tried(files[bad]) == (4, 1)
    assert tried(files[bad]) == (0, 1)  # permanent, and nothing else is stale
    assert tried(files[bad], redo="CHECKSUM_MISMATCH") == (1, 1)
    assert tried({"md5": ZEROS["md5"]}) == (1, 1)  # another expectation, of another kind
    assert tried({"md5": ZEROS["md5"]}) == (0, 1)
    assert tried(right) == (1, 0)
    assert tried(right) == (0, 0)
    assert tried({}) == (0, 0)


def test_a_mismatch_whose_sum_is_no_longer_stated_is_asked_again(tmp_path: Path):
    files = of_each(runs.archive(tmp_path / "in", 2), lambda _: ZEROS)
    assert runs.run(stated(tmp_path / "m.csv", files), tmp_path / "out", "none").failed == 2
    bare = of_each(tmp_path / "in", lambda _: {})
    summary = runs.run(stated(tmp_path / "m.csv", bare), tmp_path / "out", "none")
    assert (summary.tried, summary.colorized) == (2, 2)


def test_a_picture_of_other_bytes_than_are_now_stated_is_stale_though_no_sum_was_stated_then(tmp_path: Path):
    source = runs.archive(tmp_path / "in", 3)
    bare = of_each(source, lambda _: {})
    assert runs.run(stated(tmp_path / "m.csv", bare), tmp_path / "out", "none").tried == 3
    files = of_each(source, sums)
    changed = next(iter(files))
    changed.write_bytes(runs.picture(99))
    files[changed] = sums(changed.read_bytes())
    summary = runs.run(stated(tmp_path / "m.csv", files), tmp_path / "out", "none")
    assert (summary.tried, summary.colorized, summary.failed) == (1, 3, 0)


def test_the_palette_job_counts_no_photograph_with_another_sum(tmp_path: Path):
    source = collection(tmp_path / "in", 3)
    files = {path: sums(path.read_bytes()) for path in sorted(source.iterdir())}
    files[next(iter(files))] |= {"md5": ZEROS["md5"]}
    came = made(stated(tmp_path / "m.csv", files), tmp_path / "out" / "p.npy")
    assert (came.summary.by_code, came.summary.counted) == ({"CHECKSUM_MISMATCH": 1}, 2)


def test_two_rows_of_one_source_with_different_sums_are_refused(tmp_path: Path):
    source = next(iter(of_each(runs.archive(tmp_path / "in", 1), sums)))
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"uri,md5\n{source},{'0' * 32}\n{source},{'1' * 32}\n")
    with pytest.raises(PreflightError, match=f"md5 {'1' * 32}"):
        runs.run(manifest, tmp_path / "out", "none")
