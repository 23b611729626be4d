"""`colorizer engines` and `colorizer models export` as people meet them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from colorizer_core.engines import processor
from colorizer_core.engines.choice import EngineChoice, ways
from colorizer_core.model import load_model
from colorizer_core.network.onnx import write_onnx
from jobs import engine_report
from jobs.engine_report import Measured, Report
from tests import models
from tests.test_cli import called, terminal  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_report, "_LEAST_SECONDS", 0.0)


def test_every_way_is_listed_with_its_speed_or_its_obstacle(capsys: pytest.CaptureFixture[str]):
    code, out, err = called(capsys, "engines", "--model", "mini")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    rows = [tuple(line.split()[:3]) for line in out.splitlines() if line.startswith(("open", "onnx"))]
    assert rows == [(way.name, way.precision, way.device) for way in ways()]
    assert f"mini, {models.INPUT} × {models.INPUT}" in out
    assert "Suggested here: --engine" in out


def test_the_same_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jobs.engine_choice.find_spec", lambda _name: None)
    monkeypatch.setattr(processor, "flags", lambda: frozenset({"avx2"}))
    code, out, _ = called(capsys, "engines", "--model", "mini", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["features"] == {"AVX2": True, "AVX-512": False, "bf16": False, "AMX": False}
    opencv, *others = found["engines"]
    assert opencv["images_per_second"] > 0
    assert opencv["obstacle"] is None
    assert all(other["images_per_second"] is None and "pip install" in other["obstacle"] for other in others)
    assert found["suggested"] == {"engine": "opencv", "precision": "fp32", "device": "cpu"}


def test_the_made_up_network_is_the_published_one_but_for_what_it_knows():
    model = load_model("made up", *engine_report._made_up().values())
    assert (model.input_size, len(model.points)) == (224, 313)
    assert sum(blob.size for blobs in model.blobs.values() for blob in blobs) > 32_000_000


@pytest.mark.parametrize(
    ("fast", "suggested"), [(1.05, "--engine opencv."), (1.2, "--engine openvino --precision bf16.")]
)
def test_another_engine_is_suggested_where_it_is_clearly_faster(fast: float, suggested: str):
    bf16 = EngineChoice("openvino", "bf16")
    engines = (Measured(EngineChoice(), "4.14", 1.0, None), Measured(bf16, "2026.4", fast, None))
    chosen = engine_report._suggested(engines)
    report = Report("a processor", 2, {"AMX": False}, "a network", engines, chosen)
    assert f"Suggested here: {suggested}" in " ".join(report.lines())


def test_a_model_is_exported_as_one_file(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    target = tmp_path / "new" / "mini.onnx"
    code, out, err = called(capsys, "models", "export", "mini", "-o", target)
    mini = models.load(models.MINI)
    assert target.read_bytes() == write_onnx(mini.layers, mini.filled())
    assert (code, err) == (0, "")
    assert hashlib.sha256(target.read_bytes()).hexdigest() in out
    assert f"N×1×{models.INPUT}×{models.INPUT}" in out
    assert list(target.parent.iterdir()) == [target]


def test_a_device_that_a_model_is_exported_to_stays_one(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    assert called(capsys, "models", "export", "mini", "-o", device)[0] == 0
    assert device.is_char_device()


def test_a_folder_is_exported_for_any_runtime(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    onnxruntime = pytest.importorskip("onnxruntime")
    target = tmp_path / "mini.onnx"
    assert called(capsys, "models", "export", models.MINI, "-o", target, "--format", "onnx")[0] == 0
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    (ab,) = session.run(["ab"], {"lightness": np.zeros((2, 1, models.INPUT, models.INPUT), np.float32)})
    assert ab.shape == (2, 2, models.OUTPUT, models.OUTPUT)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["mini", "-o", "FOLDER"], 5, "can't be written"),
        (["nobody", "-o", "x.onnx"], 5, "There are mini, zhang2016"),
        (["mini", "-o", "x", "--format", "tflite"], 2, "is not one of 'onnx'"),
        (["mini"], 2, "-o"),
    ],
)
def test_what_can_not_be_exported_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], code: int, said: str
):
    found, _, err = called(
        capsys, "models", "export", *[str(tmp_path) if one == "FOLDER" else one for one in arguments]
    )
    assert (found, said in err) == (code, True), err
