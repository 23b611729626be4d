"""A folder or prefix in place of a manifest."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from jobs.errors import ManifestError, UsageError
from jobs.manifest.listing import is_prefix, list_prefix, prefix_uri
from jobs.rows import Facts, ManifestRow
from jobs.storage.memory import MemoryStore
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores

STORE = open_stores(StoreSettings())


def listed(folder: Path | str) -> list[ManifestRow]:
    return list(list_prefix(str(folder), STORE))


def relative(folder: Path | str) -> list[str | None]:
    return [row.relative for row in listed(folder)]


def put(path: Path, data: bytes = b"x", mtime: float = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (mtime, mtime))
    return path


def test_a_folder_states_size_and_whole_seconds_of_every_file(tmp_path: Path):
    put(tmp_path / "a.jpg", b"12345", 1_000_000_000.9)
    put(tmp_path / "b/c.tif", b"", 1_714_564_800)
    found = listed(tmp_path)
    assert found == [
        ManifestRow(f"file://{tmp_path}/a.jpg", Facts(size=5, mtime=1_000_000_000), "a.jpg", None, None, 1),
        ManifestRow(f"file://{tmp_path}/b/c.tif", Facts(size=0, mtime=1_714_564_800), "b/c.tif", None, None, 2),
    ]


def test_every_spelling_of_a_folder_gives_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    put(tmp_path / "in/a.jpg")
    monkeypatch.chdir(tmp_path)
    expected = listed(tmp_path / "in")
    assert [row.uri for row in expected] == [f"file://{tmp_path}/in/a.jpg"]
    for spelled in ("in", "in/", "./in", "in/../in", f"file://{tmp_path}/in", f"file://{tmp_path}/in/"):
        assert listed(spelled) == expected, spelled


def test_names_are_literal(tmp_path: Path):
    names = [
        "100%25.jpg",
        "a b.jpg",
        "q?x=1#y.jpg",
        unicodedata.normalize("NFD", "ä.jpg"),
        unicodedata.normalize("NFC", "ä.jpg"),
    ]
    for name in names:
        put(tmp_path / name)
    assert relative(tmp_path) == sorted(names, key=os.fsencode)


def test_a_name_that_is_no_utf_8_is_listed_and_can_be_told(tmp_path: Path):
    put(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")))
    assert relative(tmp_path) == ["caf\udce9.jpg"]


def test_the_order_is_that_of_the_names_as_in_object_storage(tmp_path: Path):
    names = ["a-b.jpg", "a.jpg", "a/1.jpg", "a0.jpg", "B.jpg"]
    for name in names:
        put(tmp_path / name)
        STORE.write(f"mem://order/{name}", b"x")
    assert relative(tmp_path) == relative("mem://order/") == sorted(names)


def test_an_empty_folder_has_no_rows_and_one_that_is_not_there_is_an_error(tmp_path: Path):
    assert listed(tmp_path) == []
    with pytest.raises(ManifestError, match="can't be listed"):
        listed(tmp_path / "gone")


def test_a_prefix_ends_at_its_slash(tmp_path: Path):
    store = MemoryStore()
    for key in ("photos/a.jpg", "photos-color/a.jpg", "photos.txt", "photos//b.jpg", "photos/", "photos/1950/"):
        store.write(f"mem://b/{key}", b"1234")
    found = list(list_prefix("mem://b/photos", store))
    assert [(row.relative, row.line, row.stated.size) for row in found] == [("/b.jpg", 1, 4), ("a.jpg", 2, 4)]
    assert all(row.stated.etag and row.stated.mtime is not None for row in found)


def test_a_folder_is_told_from_a_manifest_whatever_its_name(tmp_path: Path):
    (tmp_path / "photos.csv").mkdir()
    put(tmp_path / "list")
    assert is_prefix(str(tmp_path / "photos.csv"))
    assert is_prefix(f"file://{tmp_path}/photos.csv")
    assert not is_prefix(str(tmp_path / "list"))
    assert not is_prefix(str(tmp_path / "gone.csv"))


@pytest.mark.parametrize("wrong", ["gs://b/x/", "https://host/x/", "s3:///x/"])
def test_a_place_that_can_not_be_listed_is_a_usage_error(wrong: str):
    with pytest.raises(UsageError):
        prefix_uri(wrong)
