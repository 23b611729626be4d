"""OpenCV 5 has no Caffe importer; the exported ONNX file gives the same ab there. In a venv: one process has one cv2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.network.onnx import write_onnx
from tests import models

VERSION = "5.0.0.93"
APART = 0.05
_FORWARD = """
import sys, cv2, numpy
assert not hasattr(cv2.dnn, "readNetFromCaffe")
net = cv2.dnn.readNetFromONNX(sys.argv[1])
net.setInput(numpy.load(sys.argv[2]))
numpy.save(sys.argv[3], net.forward())
"""


@pytest.fixture(scope="module")
def opencv5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has OpenCV 5."""
    folder = tmp_path_factory.mktemp("opencv5")
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", f"opencv-python-headless=={VERSION}", "numpy"]
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True, timeout=60)
        subprocess.run(install, check=True, capture_output=True, text=True, timeout=180)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = str(error.stderr or error).strip().splitlines()[-1:]
        pytest.skip(f"opencv-python-headless {VERSION} can't be had here: {' '.join(said)[:200]}")
    return python


@pytest.mark.parametrize("width", ["mini", "full"])
def test_the_exported_file_gives_the_same_ab_there(
    opencv5: Path, width: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
):
    folder = models.MINI if width == "mini" else models.full_width(tmp_path_factory.getbasetemp() / "full-width")
    model = models.load(folder)
    exported, lightness, ab = tmp_path / "model.onnx", tmp_path / "l.npy", tmp_path / "ab.npy"
    exported.write_bytes(write_onnx(model.layers, model.filled()))
    steps = np.random.default_rng(7).normal(0, 2, (2, model.input_size, model.input_size))
    pictures = np.clip(np.cumsum(steps, axis=2), -50, 50).astype(np.float32)
    np.save(lightness, pictures[:, None])
    subprocess.run([opencv5, "-c", _FORWARD, exported, lightness, ab], check=True, timeout=200)
    expected = OpenCVEngine(model, 2, fast=False).forward_batch(pictures)
    assert np.abs(expected).max() > 5
    assert np.abs(np.load(ab) - expected).max() < APART
