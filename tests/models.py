"""Models for tests: the embedded one, and a full-width one with seeded random weights, made once a session."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from colorizer_core.model import Model, load_model

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
"""Reference material beside the checkout; tests that need it skip where it is absent."""
MINI = ROOT / "models" / "mini"
INPUT, OUTPUT = 96, 24
"""Sides of its input and of its ab, pixels."""


def read(folder: Path) -> tuple[bytes, bytes, bytes]:
    """Prototxt, caffemodel, palette."""
    prototxt, caffemodel, points = (next(folder.glob(f"*.{end}")) for end in ("prototxt", "caffemodel", "npy"))
    return prototxt.read_bytes(), caffemodel.read_bytes(), points.read_bytes()


def load(folder: Path) -> Model:
    return load_model(folder.name, *read(folder))


@cache
def full_width(folder: Path) -> Path:
    """`python -m bench.random_model`, as the benches make theirs; about 20 s."""
    subprocess.run([sys.executable, "-m", "bench.random_model", folder], cwd=ROOT, check=True, timeout=250)
    return folder
