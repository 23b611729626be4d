"""The built wheel, installed where there is nothing else: what a cluster's nodes get."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import pytest

from tests import runs


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`make wheel`, into a folder of the test's own."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(["make", "wheel", f"DIST={folder}"], cwd=runs.ROOT, check=True, timeout=300, capture_output=True)
    return folder


def test_the_wheel_holds_both_packages_the_embedded_model_and_nothing_else(dist: Path):
    (wheel,) = dist.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"colorizer_core", "jobs", "colorizer"}
    assert "jobs/_models/catalog.toml" in names
    assert len([name for name in names if name.startswith("jobs/_models/mini/")]) >= 3
    assert {f"jobs/report/page.{kind}" for kind in ("html.j2", "css", "js")} <= set(names)
    assert {path.name for path in dist.iterdir()} == {wheel.name, "constraints.txt"}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_empty_venv_with_the_wheel_colours_a_photograph_from_another_folder(dist: Path, tmp_path: Path):
    (wheel,) = dist.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip = [tmp_path / "venv/bin/python", "-m", "pip", "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, "--constraint", dist / "constraints.txt", wheel], check=True, timeout=800)
    (tmp_path / "plate.jpg").write_bytes(runs.picture(1))
    command = [tmp_path / "venv/bin/colorizer", "image", "plate.jpg", "colored.png"]
    said = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=100).stdout
    assert "model mini" in said
    assert cv2.imread(str(tmp_path / "colored.png")).shape == (36, 48, 3)
