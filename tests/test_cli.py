"""The command line as people meet it: help, errors, exit codes, what goes where."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from jobs.cli import main
from tests import models, runs


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return ended.value.code or 0, said.out, said.err  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("command", [[], ["run"], ["image"], ["models"], ["models", "fetch"], ["models", "import"]])
def test_help_teaches_within_80_columns(capsys: pytest.CaptureFixture[str], command: list[str]):
    code, out, _ = called(capsys, *command, "--help")
    assert code == 0
    assert "Usage: colorizer" in out
    assert max(map(len, out.splitlines())) <= 80


def test_every_setting_is_an_option(capsys: pytest.CaptureFixture[str]):
    from jobs.settings import RunSettings

    _, out, _ = called(capsys, "run", "--help")
    options = [f"--{name.replace('_', '-')} " for name in RunSettings.model_fields if name != "manifest"]
    assert [option for option in options if option not in out] == []
    assert "Exit codes: 0 complete" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "--oout", "x"], 2, "--out"),
        (["run", "m.csv"], 2, "--out is missing"),
        (["run", "nowhere.csv", "--out", "OUT"], 5, "nowhere.csv"),
        (["run", "m.csv", "--out", "OUT", "--model", "nobody"], 5, "There are mini, zhang2016"),
        (["image", "nowhere.jpg", "x.png"], 5, "NOT_FOUND"),
        (["image", "nowhere.jpg", "x.exe"], 2, "the ending says the format"),
        (["image", "x.png", "./x.png"], 2, "the same file"),
        (["image", "x.png", "y.png", "--engine", "nothing"], 2, "there is no engine"),
        (["models", "fetch", "nobody"], 2, "zhang2016"),
        (["models", "fetch", "mini"], 2, "zhang2016"),
        (["models", "verify", "nobody"], 5, "nobody"),
        (["nothing"], 2, "nothing"),
    ],
)
def test_errors_say_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], code: int, said: str
):
    out = str(tmp_path / "out")
    found, _, err = called(capsys, *[out if argument == "OUT" else argument for argument in arguments])
    assert (found, said in err) == (code, True), err


def test_one_photograph_is_coloured(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    source, target = tmp_path / "plate.jpg", tmp_path / "new" / "colored.png"
    source.write_bytes(runs.picture(3))
    before = source.read_bytes()
    code, out, _ = called(capsys, "image", source, target)
    assert (code, "48 × 36" in out, "model mini" in out) == (0, True, True)
    colored = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
    assert colored.shape == (36, 48, 3)
    assert np.ptp(colored, axis=2).max() > 0
    assert source.read_bytes() == before


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
    assert "3 of 3 rows to do: 3 new" in err


def test_the_models_are_listed_and_verified(capsys: pytest.CaptureFixture[str]):
    _, out, _ = called(capsys, "models", "list")
    assert "mini" in out
    assert "not at hand" in out
    code, out, _ = called(capsys, "models", "verify", "mini")
    assert (code, "128 × 128" in out) == (0, True)
    code, out, _ = called(capsys, "models", "verify", models.MINI)
    assert code == 0
