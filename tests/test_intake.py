"""What a run takes in: outputs named, collisions refused with the rows named, repeats collapsed, all of it spooled."""

from __future__ import annotations

import io
import json
import os
import secrets
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from jobs.colorize import keyed
from jobs.configuration import configured
from jobs.errors import PreflightError
from jobs.intake import Manifest, check_layout, take_in
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores

STORE = open_stores(StoreSettings())


def taken(
    tmp_path: Path, manifest: str, *lines: str | dict[str, Any], out: str | None = None, **flags: Any
) -> Manifest:
    """A manifest of URIs or JSON objects, taken in by a run with an OUT of its own."""
    flags = {"manifest": manifest, "out": out or str(tmp_path / "out"), **flags}
    flags["log"] = flags.get("log") or str(tmp_path / "log")
    if lines:
        flags["manifest_format"] = "jsonl"
    settings, _ = configured(flags, {})
    text = "\n".join(json.dumps(line if isinstance(line, dict) else {"uri": line}) for line in lines)
    check_layout(settings)
    run_id = f"r20260101T000000Z-{secrets.token_hex(2)}"
    return take_in(settings, keyed(settings), STORE, run_id, io.BytesIO(text.encode()), lambda _: None)


def outputs(manifest: Manifest) -> list[str]:
    return [row.output_uri for row in manifest.spool.rows()]


def test_outputs_of_a_manifest_keep_bucket_and_key(tmp_path: Path):
    found = outputs(taken(tmp_path, "-", "s3://b/x/a.tif", "s3://b/y.jpg", "/photos/c.gif", out="s3://o/color"))
    assert found == ["s3://o/color/b/x/a.tif", "s3://o/color/b/y.jpg", "s3://o/color/photos/c.png"]


def test_outputs_of_a_folder_keep_the_path_below_it(tmp_path: Path):
    for name in ("in/a/b.jpg", "in/c.tiff", "in/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    manifest = taken(tmp_path, str(tmp_path / "in"))
    assert outputs(manifest) == [f"file://{tmp_path}/out/{name}" for name in ("a/b.jpg", "c.tiff", "d.png")]
    facts = [row.stated for row in manifest.spool.rows()]
    assert all(one.size == 1 and one.mtime is not None and one.etag is None for one in facts)


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ({}, "a.tif"),
        ({"format": "jpeg"}, "a.jpg"),
        ({"format": "jpeg", "names": "full"}, "a.tif.jpg"),
        ({"names": "full"}, "a.tif"),
    ],
)
def test_formats_and_names_are_decided_before_anything_runs(tmp_path: Path, flags: dict[str, Any], name: str):
    assert outputs(taken(tmp_path, "-", "s3://b/a.tif", out="s3://o", **flags)) == [f"s3://o/b/{name}"]


COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Größe.jpg") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("s3://b/a.gif", "s3://b/a.bmp"), "one output"),
        (("s3://b/a.JPG", "s3://b/A.jpg"), "one output"),
        ((f"s3://b/{COMPOSED}", f"s3://b/{DECOMPOSED}"), "one output"),
        (
            ({"uri": "s3://b/1.jpg", "output_key": "x.jpg"}, {"uri": "s3://b/2.jpg", "output_key": "x.jpg"}),
            "one output",
        ),
        (("s3://b/a.jpg", {"uri": "s3://b/c", "output_key": "b/a.jpg/d.png"}), "folder of another"),
    ],
)
def test_two_sources_with_one_output_are_refused_and_named(tmp_path: Path, lines: tuple[Any, ...], said: str):
    with pytest.raises(PreflightError, match=said) as refused:
        taken(tmp_path, "-", *lines)
    assert refused.value.exit_code == 5
    for line in lines:
        uri = line["uri"] if isinstance(line, dict) else line
        assert uri in str(refused.value)


def test_where_outputs_go_to_s3_case_and_unicode_form_tell_names_apart(tmp_path: Path):
    lines = ("s3://b/a.jpg", "s3://b/A.jpg", f"s3://b/{COMPOSED}", f"s3://b/{DECOMPOSED}")
    assert len(set(outputs(taken(tmp_path, "-", *lines, out="s3://o")))) == 4


@pytest.mark.parametrize(
    "key",
    [
        "../x.jpg",
        "a/../../x.jpg",
        "/etc/x.jpg",
        "a//b.jpg",
        "./x.jpg",
        "colorizer-log/x.jpg",
        "x.exe",
        "x",
    ],
)
@pytest.mark.parametrize("out", [None, "s3://o/color", "mem://o"])
def test_an_output_that_leaves_out_or_enters_the_log_is_refused(tmp_path: Path, key: str, out: str | None):
    log = f"{out}/colorizer-log" if out else None
    with pytest.raises(PreflightError, match=r"line 2: s3://b/one\.jpg") as refused:
        taken(tmp_path, "-", "s3://b/two.jpg", {"uri": "s3://b/one.jpg", "output_key": key}, out=out, log=log)
    assert refused.value.exit_code == 5
    assert "Nothing was done." in str(refused.value)
    assert "two.jpg" not in str(refused.value)


@pytest.mark.parametrize("log", ["out/color/log", "out/Protocol"])
def test_no_output_enters_a_log_that_lies_among_the_outputs(tmp_path: Path, log: str):
    folder = log.removeprefix("out/")
    for key in (f"{folder}/x.jpg", f"{folder}/run=1/x.jpg"):
        with pytest.raises(PreflightError, match="in the log"):
            taken(tmp_path, "-", {"uri": "s3://b/1.jpg", "output_key": key}, log=str(tmp_path / log))
    assert outputs(
        taken(tmp_path, "-", {"uri": "s3://b/1.jpg", "output_key": f"{folder}s/x.jpg"}, log=str(tmp_path / log))
    ) == [f"file://{tmp_path}/out/{folder}s/x.jpg"]


def test_a_name_that_is_no_utf_8_is_refused_and_can_be_told(tmp_path: Path):
    (tmp_path / "in").mkdir()
    for name in (b"caf\xe9.jpg", b"fine.jpg"):
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + name)).write_bytes(b"x")
    with pytest.raises(PreflightError, match=r"1 of 2 rows") as refused:
        taken(tmp_path, str(tmp_path / "in"))
    assert "caf\\udce9.jpg" in str(refused.value)
    str(refused.value).encode()


def test_an_output_that_leaves_out_through_a_link_is_refused(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PreflightError, match=r"s3://b/one\.jpg"):
        taken(tmp_path, "-", {"uri": "s3://b/one.jpg", "output_key": "link/x.jpg"})
    (tmp_path / "out" / "log-link").symlink_to(tmp_path / "log")
    (tmp_path / "log").mkdir(exist_ok=True)
    with pytest.raises(PreflightError, match=r"s3://b/one\.jpg"):
        taken(tmp_path, "-", {"uri": "s3://b/one.jpg", "output_key": "log-link/x.jpg"})


def test_an_output_over_a_source_is_refused(tmp_path: Path):
    (tmp_path / "out").mkdir()
    source = tmp_path / "out" / "x.jpg"
    source.write_bytes(b"x")
    with pytest.raises(PreflightError, match=r"x\.jpg"):
        taken(tmp_path, "-", {"uri": str(source), "output_key": "x.jpg"})


@pytest.mark.parametrize(
    ("out", "log"),
    [("in", "log"), ("in/color", "log"), ("out", "in/log"), ("log/color", "log"), ("link", "log")],
)
def test_places_that_would_feed_a_run_its_own_files_are_refused(tmp_path: Path, out: str, log: str):
    (tmp_path / "in").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "in")
    with pytest.raises(PreflightError) as refused:
        taken(tmp_path, str(tmp_path / "in"), out=str(tmp_path / out), log=str(tmp_path / log))
    assert refused.value.exit_code == 5


def test_an_output_prefix_inside_the_input_prefix_is_refused_on_s3(tmp_path: Path):
    for out in ("s3://b/photos", "s3://b/photos/color"):
        with pytest.raises(PreflightError, match="photos"):
            taken(tmp_path, "s3://b/photos/", out=out)


def test_one_source_in_two_versions_is_refused(tmp_path: Path):
    lines = [
        {"uri": "s3://b/a.jpg", "version_id": version, "output_key": f"{version}.jpg"} for version in ("one", "two")
    ]
    with pytest.raises(PreflightError, match=r"s3://b/a\.jpg"):
        taken(tmp_path, "-", *lines)


def test_exact_repeats_collapse_into_the_first(tmp_path: Path):
    lines = ["s3://b/a.jpg", "s3://b/c.jpg", "s3://b/a.jpg", {"uri": "s3://b/a.jpg", "shelf": "7"}]
    assert taken(tmp_path, "-", *lines).duplicates.tolist() == [False, False, True, True]


@pytest.mark.parametrize("out", [None, "s3://o"])
def test_of_repeats_in_every_case_the_first_is_done(tmp_path: Path, out: str | None):
    lines = [{"uri": f"s3://b/{n % 3}.jpg", "etag": f"e{n % 3}"} for n in range(9)]
    manifest = taken(tmp_path, "-", *lines, out=out)
    assert manifest.duplicates.tolist() == [False] * 3 + [True] * 6
    assert manifest.spool.count == 9


def test_one_source_may_have_two_outputs(tmp_path: Path):
    lines = [{"uri": "s3://b/a.jpg", "output_key": key} for key in ("x.png", "x.jpg")]
    assert taken(tmp_path, "-", *lines).duplicates.tolist() == [False, False]


def test_what_a_refused_intake_leaves_is_no_whole_spool(tmp_path: Path):
    with pytest.raises(PreflightError):
        taken(tmp_path, "-", {"uri": "s3://b/1.jpg", "output_key": "../x.jpg"})
    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_limit_cuts_the_spool_and_what_lies_behind_it_can_not_collide(tmp_path: Path):
    manifest = taken(tmp_path, "-", "s3://b/a.gif", "s3://b/c.jpg", "s3://b/a.bmp", limit=2)
    assert (manifest.spool.count, len(outputs(manifest))) == (2, 2)


def test_hundreds_of_conflicts_are_counted_and_ten_are_shown(tmp_path: Path):
    lines = [f"s3://b/{number}.{ending}" for number in range(50) for ending in ("gif", "bmp")]
    with pytest.raises(PreflightError, match="40 more") as refused:
        taken(tmp_path, "-", *lines)
    assert len(str(refused.value).splitlines()) < 50
