"""The command line as people meet it: help, errors, exit codes, what goes where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from colorizer_core import __version__
from jobs.cli import main
from jobs.errors import WorldError
from jobs.storage.disk import DiskStore
from jobs.storage.store import Blob
from tests import models, runs


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["palette"],
        ["verify"],
        ["image"],
        ["models"],
        ["models", "fetch"],
        ["models", "import"],
        ["models", "export"],
        ["engines"],
    ],
)
def test_help_teaches_within_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
):
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 80)
    code, out, _ = called(capsys, *command, "--help")
    assert code == 0
    assert "Usage: colorizer" in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]):
    assert called(capsys, "--version") == (0, f"colorizer {__version__}\n", "")


@pytest.mark.parametrize("command", ["run", "palette"])
def test_every_setting_is_an_option(capsys: pytest.CaptureFixture[str], command: str):
    from jobs.settings import PaletteSettings, RunSettings

    _, out, _ = called(capsys, command, "--help")
    (kind,) = [one for one in (RunSettings, PaletteSettings) if one.command == command]
    options = [f"--{name.replace('_', '-')} " for name in kind.model_fields if name != "manifest"]
    assert [option for option in options if option not in out] == []
    assert "Exit codes: 0 complete" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "--oout", "x"], 2, "--out"),
        (["run", "m.csv"], 2, "--out is missing; colorizer run --help shows how"),
        (["run", "--out", "OUT"], 2, "MANIFEST is missing"),
        (["run", "m.csv", "--out", "gs://b/o"], 2, "--out: there is no store gs://"),
        (["run", "m.csv", "--out", "OUT", "--quality", "0"], 2, "--quality"),
        (["run", "m.csv", "--out", "OUT", "--workers", "many"], 2, "--workers"),
        (["run", "s3://b/photos", "--out", "OUT"], 2, "write s3://b/photos/"),
        (["run", "nowhere.csv", "--out", "OUT"], 5, "nowhere.csv"),
        (["run", "m.csv", "--out", "OUT", "--model", "nobody"], 5, "There are mini, zhang2016"),
        (["image", "nowhere.jpg", "x.png"], 5, "nowhere.jpg: NOT_FOUND: No such file"),
        (["image", "nowhere.jpg", "x.exe"], 2, "the ending says the format"),
        (["image", "nowhere.jpg", "x"], 2, "the ending says the format"),
        (["image", "nowhere.jpg"], 2, "OUT"),
        (["image", "nowhere.jpg", "x.png", "--model", "nobody"], 5, "There are mini, zhang2016"),
        (["image", "x.png", "./x.png"], 2, "the same file"),
        (["image", "x.png", "y.png", "--engine", "nothing"], 2, "there is no engine"),
        (["image", "x.png", "y.png", "--precision", "bf16"], 2, "opencv has no bf16 on cpu; --engine openvino has"),
        (["image", "x.png", "y.png", "--device", "tpu"], 2, "there is no fp32 on tpu"),
        (["run", "m.csv", "--out", "OUT", "--device", "cuda"], 2, "--engine onnxruntime has"),
        (["run", "m.csv", "--out", "OUT", "--precision", "int8"], 2, "--precision: Input should be 'fp32' or 'bf16'"),
        (["run", "m.csv", "--out", "OUT", "--palette", "nowhere.npy"], 5, "nowhere.npy can't be used"),
        (["palette", "m.csv"], 2, "--out is missing; colorizer palette --help shows how"),
        (["palette", "m.csv", "-o", "palette.txt"], 2, "a palette is an .npy file"),
        (["palette", "m.csv", "-o", "p.npy", "-k", "0"], 2, "--k"),
        (["palette", "m.csv", "-o", "p.npy", "--border", "60%"], 2, "--border"),
        (["palette", "m.csv", "-o", "p.npy", "--method", "median"], 2, "--method"),
        (["models", "fetch", "nobody"], 2, "zhang2016"),
        (["models", "fetch", "mini"], 2, "zhang2016"),
        (["models", "verify", "nobody"], 5, "nobody"),
        (["nothing"], 2, "nothing"),
        (["image", "gs://b/x.jpg", "x.png"], 2, "there is no store gs://"),
        (["image", "x.jpg", "gs://b/x.png"], 2, "there is no store gs://"),
        (["report", "gs://b/log"], 2, "there is no store gs://"),
        (["report", "OUT", "-o", "gs://b/r.html"], 2, "there is no store gs://"),
        (["verify", "gs://b/log"], 2, "there is no store gs://"),
        (["models", "export", "mini", "-o", "gs://b/m.onnx"], 2, "there is no store gs://"),
        (["image", "no\x1b[31m.jpg", "x.png"], 5, "no\\x1b[31m.jpg: NOT_FOUND"),
    ],
)
def test_errors_say_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], code: int, said: str
):
    out = str(tmp_path / "out")
    found, _, err = called(capsys, *[out if argument == "OUT" else argument for argument in arguments])
    assert (found, said in err) == (code, True), err
    assert "\x1b" not in err
    assert not Path("gs:").exists()


@pytest.mark.parametrize(("source", "target"), [("plate.png", "new/colored.png"), ("plate.jpg", "colored.tif")])
def test_one_photograph_is_coloured(capsys: pytest.CaptureFixture[str], tmp_path: Path, source: str, target: str):
    here, there = tmp_path / source, tmp_path / target
    gray = np.random.default_rng(3).integers(40, 200, (36, 48), np.uint8)
    assert cv2.imwrite(str(here), gray)
    before = here.read_bytes()
    code, out, err = called(capsys, "image", here, there)
    assert (code, "48 × 36" in out, "model mini" in out, err) == (0, True, True, "")
    colored = cv2.imread(str(there), cv2.IMREAD_UNCHANGED)
    assert (colored.shape, colored.dtype) == ((36, 48, 3), np.uint8)
    assert np.ptp(colored, axis=2).max() > 0
    assert here.read_bytes() == before


@pytest.mark.parametrize("spelled", ["plate.png", "./plate.png", "new/../plate.png", "file://{}/plate.png"])
def test_a_photograph_is_never_its_own_output(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelled: str
):
    monkeypatch.chdir(tmp_path)
    Path("plate.png").write_bytes(runs.white())
    code, _, err = called(capsys, "image", tmp_path / "plate.png", spelled.format(tmp_path))
    assert (code, "the source is never touched" in err) == (2, True)
    assert Path("plate.png").read_bytes() == runs.white()


def test_nor_by_a_path_through_a_link_from_either_side(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "plate.png").write_bytes(runs.white())
    (tmp_path / "link.png").symlink_to(tmp_path / "real" / "plate.png")
    for here, there in (("real", "folder"), ("folder", "real"), ("link.png", "real")):
        source = tmp_path / here if here.endswith("png") else tmp_path / here / "plate.png"
        code, _, err = called(capsys, "image", source, tmp_path / there / "plate.png")
        assert (code, "the source is never touched" in err) == (2, True)
    assert (tmp_path / "real" / "plate.png").read_bytes() == runs.white()


def test_an_output_that_is_a_link_to_the_photograph_leaves_it_as_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    source, link = tmp_path / "plate.jpg", tmp_path / "link.jpg"
    source.write_bytes(runs.picture(1))
    link.symlink_to(source)
    called(capsys, "image", source, link)
    assert source.read_bytes() == runs.picture(1)


def test_a_store_that_does_not_answer_is_5_for_one_photograph(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    class Down(DiskStore):
        def read(self, uri: str, *stated: Any, **admit: Any) -> Blob:
            if uri.startswith("s3://"):
                raise WorldError("STORE_UNREACHABLE", "no connection")
            return super().read(uri, *stated, **admit)

    monkeypatch.setattr("jobs.image.open_stores", lambda _: Down())
    code, _, err = called(capsys, "image", "s3://b/a.jpg", "x.png")
    assert (code, "s3://b/a.jpg: STORE_UNREACHABLE" in err) == (5, True), err


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (b"", [], "EMPTY"),
        (b"<html>moved</html>", [], "NOT_AN_IMAGE"),
        (runs.bomb(), [], "TOO_LARGE"),
        (runs.picture(1), ["--max-pixels", "100"], "TOO_LARGE"),
    ],
)
def test_a_photograph_that_can_not_be_coloured_is_named_with_its_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, data: bytes, options: list[str], said: str
):
    source, target = tmp_path / "plate.jpg", tmp_path / "colored.png"
    source.write_bytes(data)
    code, out, err = called(capsys, "image", source, target, *options)
    assert (code, out, str(source) in err, said in err) == (5, "", True, True), err
    assert not target.exists()


def test_the_summary_is_one_json_object_alone_on_stdout(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    source = runs.archive(tmp_path / "in", 3)
    code, out, err = called(
        capsys, "run", source, "--out", tmp_path / "out", "--ray", "none", "--json", "--engine", runs.QUICK
    )
    summary = json.loads(out)
    promised = """run_id rows colorized skipped failed duplicates known_failures by_code seconds startup_seconds
        images_per_second out log exit_code"""
    assert set(promised.split()) <= set(summary)
    assert (code, summary["exit_code"], summary["rows"]) == (0, 0, 3)
    assert (summary["out"], summary["log"]) == (f"file://{tmp_path}/out", f"file://{tmp_path}/out/colorizer-log")
    assert "3 of 3 rows to do: 3 new" in err


def test_a_run_from_standard_input_in_a_process_of_its_own(tmp_path: Path):
    source = runs.archive(tmp_path / "in", 3)
    (source / "box-0" / "bad.jpg").write_bytes(b"<html>moved</html>")
    photographs = sorted(source.rglob("*.jpg"))
    ended = subprocess.run(
        [sys.executable, "-m", "jobs.cli", "run", "-", "--out", tmp_path / "out", "--ray", "none", "--json"],
        input="".join(f"{one}\n" for one in [*photographs, photographs[1]]),
        cwd=runs.ROOT,
        env=os.environ | {"COLORIZER_ENGINE": runs.QUICK, "COLORIZER_MANIFEST_FORMAT": "txt"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    summary = json.loads(ended.stdout)
    counted = {name: summary[name] for name in ("rows", "colorized", "skipped", "failed", "duplicates", "by_code")}
    assert counted == {
        "rows": 5, "colorized": 3, "skipped": 0, "failed": 1, "duplicates": 1, "by_code": {"NOT_AN_IMAGE": 1},
    }  # fmt: skip
    assert ended.returncode == summary["exit_code"] == 3
    assert "4 of 5 rows to do" in ended.stderr


def test_without_json_the_summary_is_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    source = runs.archive(tmp_path / "in", 2)
    code, out, _ = called(capsys, "run", source, "--out", tmp_path / "out", "--ray", "none", "--engine", runs.QUICK)
    assert (code, out.splitlines()[0]) == (0, "2 rows: 2 colorized, 0 skipped, 0 failed, 0 repeated")
    assert max(len(line) for line in out.splitlines() if "file://" not in line) <= 80


def test_the_models_are_listed_and_verified_within_80_columns(capsys: pytest.CaptureFixture[str]):
    code, listed, _ = called(capsys, "models", "list")
    assert (code, "mini " in listed, "zhang2016 " in listed) == (0, True, True)
    assert "not at hand; colorizer models fetch zhang2016" in listed
    code, verified, _ = called(capsys, "models", "verify", "mini")
    assert (code, f"{models.INPUT} × {models.INPUT}" in verified) == (0, True)
    for line in (listed + verified).splitlines():
        assert len(line) <= 80 or line.endswith(str(models.MINI)), line
    code, of_folder, _ = called(capsys, "models", "verify", models.MINI)
    assert (code, of_folder) == (0, verified)


def test_a_cache_that_can_not_be_written_is_said_in_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "mine").mkdir()
    for option in ("/dev/null/cache", tmp_path / "file"):
        code, _, err = called(capsys, "models", "import", "zhang2016", tmp_path / "mine", "--model-cache", option)
        assert (code, str(option) in err, err.count("\n")) == (5, True, 1), err
