"""Models by name, folder or URI: had from somewhere, checked before anything reads them, kept once per node."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from colorizer_core.errors import ModelError
from jobs import model_shelf
from jobs.catalog import ModelFile, catalog
from jobs.errors import PreflightError
from jobs.model_store import cached_path, found_wrong, load, mirrored, obtain, resolve
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from tests import models
from tests.web import DATA, Counting

CAFFE = models.SHARED / "caffe"
STORE = open_stores(StoreSettings())


def described(*sources: str, data: bytes = DATA, name: str = "w.caffemodel") -> ModelFile:
    return ModelFile(name, len(data), hashlib.sha256(data).hexdigest(), sources)


@contextmanager
def refused(said: str) -> Iterator[None]:
    with pytest.raises(PreflightError, match=said) as error:
        yield
    assert error.value.exit_code == 5


def put(folder: str, *, windows: bool = False) -> str:
    """The embedded model's files below a folder's URI."""
    for name, data in zip(("a.prototxt", "b.caffemodel", "c.npy"), models.read(models.MINI), strict=True):
        STORE.write(f"{folder}/{name}", data.replace(b"\n", b"\r\n") if windows and name == "a.prototxt" else data)
    return folder


def test_sources_are_tried_in_order_until_one_has_the_file(tmp_path: Path, web: str):
    STORE.write("mem://mirror/w.caffemodel", b"<html>moved</html>")
    Counting.bodies = {"/w": DATA}
    file = described("mem://nowhere/w", "mem://mirror/w.caffemodel", f"{web}/gone", f"{web}/w", "mem://never/asked")
    assert obtain(file, str(tmp_path), STORE) == DATA
    assert Counting.asked == ["/gone", "/w"]
    assert obtain(file, str(tmp_path), STORE) == DATA
    assert Counting.asked == ["/gone", "/w"]


def test_a_mirror_may_ask_for_a_password_and_no_redirect_takes_it_elsewhere(tmp_path: Path, web: str):
    private = web.replace("http://", "http://us%20er:p%40ss@") + "/private/"
    assert obtain(described(f"{private}w"), str(tmp_path), STORE) == DATA
    with pytest.raises(ModelError, match=r"HTTP 401 from http://…@.*/private/away") as error:
        obtain(described(f"{private}away", data=DATA + b"x"), str(tmp_path), STORE)
    assert "p%40ss" not in str(error.value)
    assert Counting.asked == ["/private/w", "/private/away", "/private/w?sig=s"]


def test_what_each_source_gave_instead_is_told(tmp_path: Path, web: str):
    for name, data in {
        "page": b"<!DOCTYPE html><title>Dropbox</title>",
        "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "cut": DATA[:100],
        "other": DATA[::-1],
    }.items():
        STORE.write(f"mem://wrong/{name}", data)
    file = described(
        *[f"mem://wrong/{name}" for name in ("page", "pointer", "cut", "other")], f"{web}/gone", f"{web}/endless"
    )
    with pytest.raises(ModelError) as refused:
        obtain(file, str(tmp_path), STORE)
    for said in ("an HTML or XML page", "a Git LFS pointer", "100 bytes", "other bytes", "HTTP 404", "not 7,000 bytes"):
        assert said in str(refused.value)
    assert list(tmp_path.rglob("*.caffemodel")) == []


@pytest.mark.parametrize(
    ("path", "said"), [("/gone", "HTTP 404"), ("/endless", "not 7,000 bytes"), ("/cut", "/cut"), (":0/w", ":0/w")]
)
def test_of_a_web_server_every_failure_names_the_address(tmp_path: Path, web: str, path: str, said: str):
    address = f"http://127.0.0.1{path}" if path.startswith(":") else web + path
    with pytest.raises(ModelError, match=said) as refused:
        obtain(described(address), str(tmp_path), STORE)
    assert address in str(refused.value)


def test_a_file_that_is_in_the_cache_needs_no_source(tmp_path: Path):
    STORE.write("mem://once/w", DATA)
    obtain(described("mem://once/w"), str(tmp_path), STORE)
    assert obtain(described("mem://now/gone"), str(tmp_path), STORE) == DATA
    with pytest.raises(ModelError, match="mem://now/gone"):
        obtain(described("mem://now/gone"), None, STORE)
    with pytest.raises(ModelError, match="no source is known"):
        obtain(described(), None, STORE)


def test_two_files_of_one_name_are_kept_apart(tmp_path: Path):
    for data in (DATA, DATA[::-1]):
        STORE.write("mem://one/name", data)
        assert obtain(described("mem://one/name", data=data), str(tmp_path), STORE) == data
    assert obtain(described("mem://one/name"), str(tmp_path), STORE) == DATA


@pytest.mark.parametrize("cache", ["/dev/null", "/dev/null/below"])
def test_a_cache_that_can_not_be_written_is_named(cache: str):
    STORE.write("mem://once/w", DATA)
    with pytest.raises(ModelError, match=f"the model cache {cache} can't be used"):
        obtain(described("mem://once/w"), cache, STORE)
    put("mem://models/other")
    with refused(f"the model cache {cache} can't be used"):
        resolve("mem://models/other", cache, STORE)


def test_a_file_that_is_whole_is_read_where_nothing_can_be_written(tmp_path: Path):
    STORE.write("mem://once/w", DATA)
    file = described("mem://once/w")
    obtain(file, str(tmp_path), STORE)
    lock = cached_path(str(tmp_path), file).with_name(f"{file.name}.lock")
    lock.unlink()
    lock.mkdir()  # it can't be opened to be written
    assert obtain(file, str(tmp_path), STORE) == DATA
    cached_path(str(tmp_path), file).unlink()
    with pytest.raises(ModelError, match="can't be used"):
        obtain(file, str(tmp_path), STORE)


def test_the_mirror_and_the_cache_of_the_environment_are_those_of_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = models.read(models.MINI)
    names = ("a.prototxt", "b.caffemodel", "c.npy")
    files = [described(data=one, name=name) for one, name in zip(data, names, strict=True)]
    entry = replace(catalog()["zhang2016"], name="small", files=tuple(files))
    for module in ("jobs.model_store", "jobs.model_shelf"):
        monkeypatch.setattr(f"{module}.catalog", lambda: {"small": entry})
    monkeypatch.setenv("COLORIZER_MODEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLORIZER_MIRROR", put("mem://mirror/of-all"))
    assert model_shelf.verify("small", None).name == "small"
    assert all(cached_path(str(tmp_path / "cache"), file).exists() for file in files)
    assert model_shelf.describe(None).models[0].missing == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (DATA, None),
        (b"", "not 7,000 bytes but an empty file"),
        (b"<html></html>", "an HTML or XML page, 13 bytes"),
        (b"<?xml version='1.0'?><Error/>", "an HTML or XML page, 29 bytes"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer, 42 bytes"),
        (DATA[:5000], "begins with b'weightsweigh', 5,000 bytes"),
        (DATA + b"\n", "7,001 bytes"),
        (DATA[::-1], "the right size and other bytes"),
        (DATA.replace(b"w", b"\r\n", 1), "7,001 bytes"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(data: bytes, said: str | None):
    found = found_wrong(described(), data)
    assert found is None if said is None else said in str(found)


def test_a_damaged_cache_is_fetched_again(tmp_path: Path, web: str):
    Counting.bodies = {"/w": DATA}
    file = described(f"{web}/w")
    obtain(file, str(tmp_path), STORE)
    cached_path(str(tmp_path), file).write_bytes(DATA[:-1])
    assert obtain(file, str(tmp_path), STORE) == DATA
    assert cached_path(str(tmp_path), file).read_bytes() == DATA
    assert Counting.asked == ["/w", "/w"]


def _obtain(file: ModelFile, cache: str) -> int:
    return len(obtain(file, cache, open_stores(StoreSettings())))


def test_processes_of_one_node_fetch_once(tmp_path: Path, web: str):
    Counting.bodies = {"/w": DATA}
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        sizes = pool.starmap(_obtain, [(described(f"{web}/w"), str(tmp_path))] * 3)
    assert sizes == [len(DATA)] * 3
    assert Counting.asked == ["/w"]


def test_a_prototxt_with_windows_line_ends_is_the_same_file(tmp_path: Path):
    text = b'name: "x"\nlayer { }\n'
    STORE.write("mem://crlf/x.prototxt", text.replace(b"\n", b"\r\n"))
    assert obtain(described("mem://crlf/x.prototxt", data=text, name="x.prototxt"), str(tmp_path), STORE) == text


def test_a_model_is_resolved_by_name_folder_and_uri_and_is_the_same_model(tmp_path: Path):
    own, windows = put("mem://models/own"), put("mem://models/windows", windows=True)
    found = [resolve(one, str(tmp_path), STORE) for one in ("mini", str(models.MINI), f"{own}/", windows)]
    assert len({one.sha256 for one in found}) == 1
    assert [one.name for one in found] == ["mini", "mini", "own", "windows"]
    assert load(found[2], str(tmp_path), STORE).input_size == models.INPUT
    assert len(list(tmp_path.rglob("b.caffemodel"))) == 1


def test_folders_that_are_no_model_are_refused(tmp_path: Path):
    with refused("can't be used"):
        resolve(str(tmp_path / "nowhere"), None, STORE)
    with refused("There are mini, zhang2016, and any folder with one each of .prototxt, .caffemodel, .npy"):
        resolve("zhang2017", None, STORE)
    put(f"file://{tmp_path}")
    (tmp_path / "d.npy").write_bytes(b"")
    with refused("exactly one .npy, and holds 2"):
        resolve(str(tmp_path), None, STORE)
    (tmp_path / "d.npy").unlink()
    (tmp_path / "b.caffemodel").write_bytes(b"<html>")
    with refused("HTML"):
        resolve(str(tmp_path), None, STORE)


class Planted:
    """What runs where somebody unpickles it."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("unpickled"),)  # type: ignore[return-value]


def test_a_palette_is_never_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine"
    put(f"file://{folder}")
    np.save(folder / "c.npy", np.array([Planted()], object), allow_pickle=True)
    with refused("can't be used"):
        resolve(str(folder), None, STORE)
    assert not Path("unpickled").exists()
    np.load(folder / "c.npy", allow_pickle=True)
    assert Path("unpickled").exists()


def test_what_was_resolved_is_checked_again_where_it_is_loaded(tmp_path: Path):
    folder = put(f"file://{tmp_path / 'mine'}")
    found = resolve(folder, None, STORE)
    assert found.name == "mine"
    (tmp_path / "mine" / "b.caffemodel").write_bytes(b"<html>")
    with pytest.raises(ModelError, match=r"b\.caffemodel .*HTML"):
        load(found, None, STORE)


@pytest.mark.parametrize(
    ("mirror", "place"),
    [("https://host/m/", "https://host/m"), ("s3://b/m", "s3://b/m"), ("/disk/../m", "file:///m"), (None, None)],
)
def test_a_mirror_is_asked_before_the_catalogs_sources_or_in_their_place(mirror: str | None, place: str | None):
    entry = catalog()["zhang2016"]
    first, alone = mirrored(entry, mirror, False), mirrored(entry, mirror, True)
    for known, file, only in zip(entry.files, first, alone, strict=True):
        assert file.sources == ((f"{place}/{known.name}",) if place else ()) + known.sources
        assert only.sources == ((f"{place}/{known.name}",) if place else known.sources)
        assert (file.size, file.sha256, file.in_place) == (known.size, known.sha256, False)


def test_a_mirrors_query_stays_at_the_end_of_each_files_address():
    first, *_ = mirrored(catalog()["zhang2016"], "https://host/m/?sv=1&sig=s", True)
    assert first.sources == (f"https://host/m/{first.name}?sv=1&sig=s",)


@pytest.mark.skipif(not CAFFE.is_dir(), reason="the published files are not beside the checkout")
@pytest.mark.parametrize(
    ("instead", "said"),
    [("html_page", "an HTML or XML page"), ("lfs_pointer", "a Git LFS pointer"), ("header_only", "583 bytes")],
)
def test_importing_the_published_model_says_what_came_in_place_of_the_weights(tmp_path: Path, instead: str, said: str):
    folder = tmp_path / "mine"
    folder.mkdir()
    published = catalog()["zhang2016"].files
    (folder / published[0].name).write_bytes((CAFFE / "colorization_deploy_v2.crlf.prototxt").read_bytes())
    (folder / published[1].name).write_bytes((CAFFE / f"{instead}.caffemodel").read_bytes())
    (folder / published[2].name).write_bytes((CAFFE / "pts_in_hull.npy").read_bytes())
    cache = tmp_path / "cache"
    with refused(said):
        resolve("zhang2016", str(cache), STORE, str(folder), only_mirror=True)
    kept = {path.name for path in cache.rglob("*") if path.suffix in (".prototxt", ".npy", ".caffemodel")}
    assert kept == {published[0].name}  # up to the first that is wrong
    assert (
        cached_path(str(cache), published[0]).read_bytes() == (CAFFE / "colorization_deploy_v2.prototxt").read_bytes()
    )


def test_the_catalog_says_of_every_file_how_large_it_is_and_what_it_hashes_to():
    assert list(catalog()) == ["mini", "zhang2016"]
    for entry in catalog().values():
        assert entry.folder is None or entry.folder.is_dir()
        assert all(len(file.sha256) == 64 and file.size > 0 and file.sources for file in entry.files)
    assert catalog()["zhang2016"].files[1].size == 128_946_764
