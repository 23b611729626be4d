"""Our own Colorizer on a model folder, for the benches that go around the job."""

from __future__ import annotations

from pathlib import Path

from colorizer_core.colorizer import Colorizer
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import load_model


def build(folder: Path) -> Colorizer:
    """A Colorizer on one OpenCV thread, as a worker has it."""
    prototxt, caffemodel, points = (
        next(folder.glob(f"*.{end}")).read_bytes() for end in ("prototxt", "caffemodel", "npy")
    )
    return Colorizer(OpenCVEngine(load_model(folder.name, prototxt, caffemodel, points), 1))
