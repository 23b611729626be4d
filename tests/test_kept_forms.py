"""What is made of a model is made once a node: under a lock, whole or not at all, verified each time it is read."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from colorizer_core.engines.choice import EngineChoice
from colorizer_core.errors import ModelError
from colorizer_core.palette import published_points, save_points
from jobs.engine_choice import build_engine
from jobs.forms import Network
from jobs.model_store import resolve
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from tests import models


def network(cache: Path | None, model: str | Path = "mini") -> Network:
    store = open_stores(StoreSettings())
    where = None if cache is None else str(cache)
    return Network(resolve(str(model), where, store), where, store)


def kept(cache: Path) -> list[Path]:
    """The forms in a cache; locks are not among them."""
    return sorted(path for path in cache.rglob("*-*") if not path.name.endswith(".lock"))


class Maker:
    """Makes bytes, and counts."""

    def __init__(self, data: bytes = b"made") -> None:
        self.data, self.calls = data, 0

    def __call__(self) -> bytes:
        self.calls += 1
        return self.data


def test_it_is_made_once_and_read_then(tmp_path: Path):
    make = Maker()
    assert [network(tmp_path).kept("form-1", ".bin", make) for _ in range(3)] == [b"made"] * 3
    assert make.calls == 1
    assert len(kept(tmp_path)) == 1


def test_what_is_whole_is_read_where_nothing_can_be_written(tmp_path: Path):
    make = Maker()
    network(tmp_path).kept("form-1", ".bin", make)
    (lock,) = tmp_path.rglob("form-1.lock")
    lock.unlink()
    lock.mkdir()  # it can't be opened to be written
    assert network(tmp_path).kept("form-1", ".bin", make) == b"made"
    kept(tmp_path)[0].unlink()
    with pytest.raises(ModelError, match="can't be used"):
        network(tmp_path).kept("form-1", ".bin", make)
    assert make.calls == 1


@pytest.mark.parametrize("damage", [b"", b"mad", b"made?", b"nade"])
def test_what_was_damaged_is_made_again(tmp_path: Path, damage: bytes):
    make = Maker()
    network(tmp_path).kept("form-1", ".bin", make)
    kept(tmp_path)[0].write_bytes(damage)
    assert network(tmp_path).kept("form-1", ".bin", make) == b"made"
    assert make.calls == 2
    assert [path.read_bytes() for path in kept(tmp_path)] == [b"made"]


def test_what_a_killed_process_left_is_not_trusted_and_goes(tmp_path: Path):
    make = Maker()
    network(tmp_path).kept("form-1", ".bin", make)
    whole = kept(tmp_path)[0]
    whole.rename(whole.with_name(f"{whole.name}.77.part"))
    assert network(tmp_path).kept("form-1", ".bin", make) == b"made"
    assert make.calls == 2
    assert kept(tmp_path) == [whole]


def test_another_form_and_another_model_are_kept_apart(tmp_path: Path):
    cache, other = tmp_path / "cache", shutil.copytree(models.MINI, tmp_path / "other")
    next(other.glob("*.npy")).write_bytes(save_points(published_points().astype(float)))
    first, second = network(cache), network(cache, other)
    assert first.kept("form-1", ".bin", Maker(b"1")) == b"1"
    assert first.kept("form-11", ".bin", Maker(b"11")) == b"11"
    assert second.kept("form-1", ".bin", Maker(b"2")) == b"2"
    assert first.kept("form-1", ".bin", Maker(b"never")) == b"1"


def test_what_can_not_be_made_leaves_nothing(tmp_path: Path):
    def fail() -> bytes:
        raise ModelError("no")

    with pytest.raises(ModelError, match="no"):
        network(tmp_path).kept("form-1", ".bin", fail)
    assert kept(tmp_path) == []


def test_without_a_cache_it_is_made_each_time():
    make = Maker()
    for _ in range(2):
        network(None).kept("form-1", ".bin", make)
    assert make.calls == 2


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"the model cache .* can't be used .*--model-cache"):
        replace(network(None), cache=str(tmp_path / "file")).onnx()


def _make_and_count(arguments: tuple[Path, Path]) -> bytes:
    cache, made = arguments

    def make() -> bytes:
        (made / str(os.getpid())).write_text("")
        return b"x" * 1_000_000

    return network(cache).kept("form-1", ".bin", make)


def test_of_neighbours_that_start_together_one_makes_it(tmp_path: Path):
    made = tmp_path / "made"
    made.mkdir()
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(_make_and_count, [(tmp_path / "cache", made)] * 8))
    assert set(found) == {b"x" * 1_000_000}
    assert len(list(made.iterdir())) == 1


@pytest.mark.parametrize(("name", "forms"), [("openvino", 2), ("onnxruntime", 2), ("opencv", 0)])
def test_a_worker_that_finds_the_compiled_form_reads_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, forms: int
):
    if forms:
        pytest.importorskip(name)
    first = build_engine(EngineChoice(name), network(tmp_path))
    assert len(kept(tmp_path)) == forms
    if forms:
        monkeypatch.setattr("jobs.forms.load", None)
        monkeypatch.setattr("jobs.forms.write_onnx", None)
        monkeypatch.setattr(f"colorizer_core.engines.{name}.compile_network", None)
        assert build_engine(EngineChoice(name), network(tmp_path)).input_size == first.input_size
