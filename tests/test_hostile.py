"""A hundred thousand hostile rows: what is accepted lies in OUT, alone, on the disk too; all else is refused by name."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from jobs.colorize import keyed
from jobs.configuration import configured
from jobs.errors import InvalidName, PreflightError, RefusedName
from jobs.folders import LeadsAway
from jobs.intake import Manifest, take_in
from jobs.keys import keys_of
from jobs.names import Naming
from jobs.rows import NOTHING_STATED, ManifestRow
from jobs.settings import RunSettings
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from tests.hostile import ROWS, Line, everything, expected, laid_out, place_of, rows_of, same, source_of, stays
from tests.rgw import Rgw, admin

MANIFESTS = int(os.environ.get("HOSTILE_MANIFESTS", "100"))
"""Of a thousand rows each."""

CALM = settings(
    max_examples=MANIFESTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a failure names its row; shrinking a thousand takes minutes
)


def settings_of(root: Path) -> RunSettings:
    return configured({"manifest": "-", "out": str(root / "out"), "manifest_format": "jsonl"}, {})[0]


def taken(root: Path, lines: list[Line], number: int = 0) -> Manifest:
    """What the intake itself makes of these lines."""
    asked = settings_of(root)
    text = "\n".join(json.dumps(line.on(root)) for line in lines)
    run_id = f"r20260101T000000Z-{number:04x}"
    return take_in(asked, keyed(asked), open_stores(asked.stores()), run_id, io.BytesIO(text.encode()), lambda _: None)


def alone(line: Line, root: Path, naming: Naming, keys: Any) -> str | None:
    """The output of a row that has no neighbours; None where it is refused."""
    uri = source_of(line, root)
    if uri is None:
        return None
    try:
        output = naming.output_uri(ManifestRow(uri, NOTHING_STATED, None, line.output_key, None, 1))
        keys.output(output)
    except (RefusedName, LeadsAway):
        return None
    return output


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for the disk; in memory where the system has such a place, for a hundred thousand files come and go."""
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder) / "disk"


def check_alone(lines: list[Line], root: Path) -> dict[Line, str]:
    """Every row by itself: accepted exactly where a plain account of the rules accepts it, and with that output."""
    out = f"file://{root}/out"
    naming, keys = Naming(out, f"{out}/colorizer-log"), keys_of(out, f"{out}/colorizer-log", None)
    accepted: dict[Line, str] = {}
    for line in lines:
        path = expected(line, root)
        found = alone(line, root, naming, keys)
        if path is None or not stays(root, path):
            assert found is None, f"{line} went to {found}"
        else:
            assert found == f"{out}/{path}", line
            accepted[line] = path
    return accepted


def beside(accepted: dict[Line, str], root: Path) -> tuple[list[Line], list[Line]]:
    """The rows that can stand beside all before them, and those that can't; exact repeats are in neither."""
    outputs: dict[str, str] = {}
    sources: set[str] = set()
    folders: set[str] = set()
    kept: list[Line] = []
    left: list[Line] = []
    for line, path in accepted.items():
        uri = str(source_of(line, root))
        source = same(os.path.realpath(uri[7:])) if uri.startswith("file:") else uri
        place = place_of(root, path)
        above = {place[:at] for at, letter in enumerate(place) if letter == "/"}
        if outputs.get(place) == uri:
            continue
        if place in {*outputs, *folders, *sources, source} or source in outputs or not above.isdisjoint(outputs):
            left.append(line)
            continue
        outputs[place] = uri
        sources.add(source)
        folders |= above
        kept.append(line)
    return kept, left


def check_on_disk(root: Path, lines: list[Line], accepted: dict[Line, str], manifest: Manifest) -> None:
    """A picture for every row, and nothing but them has come or changed anywhere."""
    before = everything(root)
    store = open_stores(settings_of(root).stores())
    written = 0
    for row in manifest.spool.rows():
        assert row.output_uri == f"file://{root}/out/{accepted[lines[row.number]]}"
        try:
            store.write(row.output_uri, b"picture")
        except InvalidName:  # a file in a folder's place, or a path too long behind its links: a row's failure
            continue
        written += 1
    after = everything(root)
    log = f"{root}/out/colorizer-log/"
    new = {path for path, data in after.items() if before.get(path) != data}
    assert all(path.startswith(f"{root}/out/") and not path.startswith(log) for path in new), new
    assert set(before) <= set(after)
    assert len(new) == written


@given(data=ROWS)
@CALM
def test_what_is_accepted_lies_in_out_alone_and_all_else_is_refused_and_named(root: Path, data: bytes):
    shutil.rmtree(root, ignore_errors=True)
    laid_out(root)
    accepted = check_alone(list(dict.fromkeys(rows_of(data))), root)
    kept, left = beside(accepted, root)
    with pytest.MonkeyPatch.context() as here:
        here.chdir(root)
        manifest = taken(root, kept)
        assert not manifest.duplicates.any()
        for number, line in enumerate(left[:3], 1):
            with pytest.raises(PreflightError, match=rf"line {len(kept) + 1}: |line 1: ") as refused:
                taken(root, [*kept, line], number)
            assert len(str(refused.value).splitlines()) < 60
    check_on_disk(root, kept, accepted, manifest)


def in_bucket(out: str, lines: Iterable[Line], root: Path) -> dict[str, str]:
    """The accepted outputs below a bucket's prefix by what a plain account of the rules says of them."""
    naming, keys = Naming(out, f"{out}/colorizer-log"), keys_of(out, f"{out}/colorizer-log", None)
    accepted: dict[str, str] = {}
    for line in lines:
        path, found = expected(line, root, on_disk=False), alone(line, root, naming, keys)
        assert found == (None if path is None else f"{out}/{path}"), line
        if path is not None:
            accepted[f"color/{path}"] = f"{out}/{path}"
    return accepted


@given(data=ROWS)
@CALM
def test_in_a_bucket_names_are_as_strict_but_for_a_disks_limits(root: Path, data: bytes):
    assert in_bucket("s3://o/color", rows_of(data), root)


def test_in_a_real_bucket_each_output_is_the_key_that_it_is_called(
    root: Path, rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch
):
    for name, value in rgw.env().items():
        monkeypatch.setenv(name, value)
    admin(rgw).create_bucket(Bucket=bucket_name)
    lines = islice(rows_of(np.random.default_rng(7).bytes(6000)), 250)
    accepted = in_bucket(f"s3://{bucket_name}/color", lines, root)
    store = open_stores(StoreSettings())
    for uri in accepted.values():
        store.write(uri, uri.encode("utf-8"))
    assert len(accepted) > 100
    assert {found.uri for found in store.list(f"s3://{bucket_name}/")} == set(accepted.values())
    assert all(store.read(uri).data == uri.encode() for uri in accepted.values())


REFUSED = [
    (Line("s3://b/1.jpg", "away/x.jpg"), "a link out of --out"),
    (Line("s3://b/1.jpg", "alias/away/x.jpg"), "a link out of --out"),
    (Line("s3://b/1.jpg", "up/x.jpg"), "a link out of --out"),
    (Line("s3://b/1.jpg", "nowhere/x.jpg"), "a link out of --out"),
    (Line("s3://b/1.jpg", "file.jpg"), "a link out of --out"),
    (Line("s3://b/1.jpg", "log-link/x.jpg"), "lies in the log"),
    (Line("s3://b/1.jpg", "again/again/colorizer-log/x.jpg"), "lies in the log"),
    (Line("s3://b/1.jpg", "loop/x.jpg"), "can't be reached"),
    (Line("s3://b/1.jpg", "d/" * 256 + "x.jpg"), "256 folders deep"),
    (Line("s3://b/" + "é" * 126 + ".jpg", None), "a disk takes 255"),
    (Line("{root}/out/real/src.jpg", "real/src.jpg"), "written over a source"),
    (Line("{root}/out/real/src.jpg", "alias/SRC.JPG"), "written over a source"),
    (Line("{root}/in/src-link.jpg", "real/src.jpg"), "written over a source"),
    (Line("{root}/in/to-real/src.jpg", "again/real/src.jpg"), "written over a source"),
    (Line("file://{root}/out/real/../real/src.jpg", "real/src.jpg"), "written over a source"),
    (Line("s3://b/1.jpg", "a\nb.jpg"), "control character"),
    (Line("s3://b/1\x7f.jpg", None), "control character"),
    (Line("s3://b/\ud800.jpg", None), "UTF-8|surrogate"),
    (Line("s3://AKIA:secret@b/1.jpg", None), "credentials"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED, ids=[f"{at}: {said}" for at, (_, said) in enumerate(REFUSED)])
def test_a_row_that_is_refused_is_named_with_the_reason(root: Path, line: Line, said: str):
    laid_out(root)
    before = everything(root)
    with pytest.raises(PreflightError, match=said) as refused:
        taken(root, [Line("s3://b/fine.jpg", None), line])
    assert re.search(r"line 2: |s3://b/1\.jpg", str(refused.value))
    assert "secret" not in str(refused.value)
    ours = f"{root}/out/colorizer-log/run=r"  # the manifest, as far as it was read
    assert {path: data for path, data in everything(root).items() if not path.startswith(ours)} == before


def test_a_deep_folder_is_no_deeper_call(root: Path):
    """Each folder on the way is looked at, however many there are."""
    out = laid_out(root)
    keys = keys_of(f"file://{out}", "mem://log", None)
    assert keys.output(f"file://{out}/" + "d/" * 2000 + "x.jpg") == "d/" * 2000 + "x.jpg"
