"""`--json`: every command that does something has it, and prints one object and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from typer.main import get_command

from jobs import model_shelf, model_store
from jobs.catalog import Entry, ModelFile
from jobs.cli import app, main
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from tests import models, runs
from tests.test_help import COMMANDS, NAMES

Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    """Runs a command with --json: the one object that it prints."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments: object) -> dict[str, Any]:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments), "--json"])
        said = capsys.readouterr()
        assert ended.value.code in (0, None), said.err
        found: dict[str, Any] = json.loads(said.out)
        return found

    return run


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> str:
    """A catalog with one model that must be fetched, `tiny`; the folder that has its files."""
    files, folder = [], "mem://shelf/tiny"
    for name, data in zip(("t.prototxt", "t.caffemodel", "t.npy"), models.read(models.MINI), strict=True):
        open_stores(StoreSettings()).write(f"{folder}/{name}", data)
        files.append(ModelFile(name, len(data), hashlib.sha256(data).hexdigest(), ()))
    entry = Entry("tiny", "for a test", "none", None, tuple(files))
    for module in (model_shelf, model_store):
        monkeypatch.setattr(module, "catalog", lambda: {"tiny": entry})
    return folder


@pytest.mark.parametrize(("command", "name"), list(zip(COMMANDS, NAMES, strict=True)), ids=NAMES)
def test_every_command_has_it(command: list[str], name: str):
    found: Any = get_command(app)
    for word in command:
        found = found.commands[word]
    options = {option for parameter in found.params for option in parameter.opts}
    assert "--json" in options or hasattr(found, "commands"), name


def test_image_tells_the_hash_of_what_it_wrote(told: Told, tmp_path: Path):
    source, target = tmp_path / "plate.jpg", tmp_path / "coloured.png"
    source.write_bytes(runs.picture(1))
    found = told("image", source, target)
    assert found["output_sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert found["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (found["output_size"], found["format"]) == (target.stat().st_size, "png")
    assert cv2.imread(str(target)).shape == (found["height"], found["width"], 3)
    assert (found["model"], found["label"]) == ("mini", "compositeWithTrainedAlgorithmicMedia")
    assert found["fingerprint"]


def test_the_models_are_listed_with_what_is_missing(told: Told, tmp_path: Path):
    mini, published = told("models", "list")["models"][:2]
    assert (mini["name"], mini["embedded"], mini["missing"]) == ("mini", True, [])
    assert (published["name"], published["embedded"], len(published["missing"])) == ("zhang2016", False, 3)
    assert published["folder"] == str(tmp_path / "cache" / "colorizer")


def test_a_model_is_verified(told: Told):
    found = told("models", "verify", "mini")
    assert (found["name"], found["input_size"], found["bins"]) == ("mini", models.INPUT, 313)
    for file in found["files"]:
        assert file["sha256"] == hashlib.sha256((models.MINI / file["name"]).read_bytes()).hexdigest()


def test_a_model_is_exported(told: Told, tmp_path: Path):
    target = tmp_path / "mini.onnx"
    found = told("models", "export", "mini", "-o", target)
    assert (found["name"], found["size"], found["input_size"]) == ("mini", target.stat().st_size, models.INPUT)
    assert found["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()


def test_a_model_is_fetched_and_imported(told: Told, shelf: str, tmp_path: Path):
    fetched = told("models", "fetch", "tiny", "--mirror", shelf)
    assert (fetched["name"], fetched["folder"]) == ("tiny", str(tmp_path / "cache" / "colorizer"))
    imported = told("models", "import", "tiny", shelf, "--model-cache", tmp_path / "other")
    assert imported == fetched | {"folder": str(tmp_path / "other")}
    (tiny,) = told("models", "list")["models"]
    assert tiny["missing"] == []
