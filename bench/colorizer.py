"""Our own Colorizer on a model folder, for the benches that go around the job."""

from __future__ import annotations

from pathlib import Path

from colorizer_core.colorizer import Colorizer, Options
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import Model, load_model
from colorizer_core.recipe import RECIPES

MINI = Path(__file__).resolve().parents[1] / "models" / "mini"


def read(folder: Path) -> Model:
    """The model in a folder."""
    return load_model(
        folder.name, *(next(folder.glob(f"*.{end}")).read_bytes() for end in ("prototxt", "caffemodel", "npy"))
    )


def build(folder: Path) -> Colorizer:
    """A Colorizer on one OpenCV thread, as a worker has it, by the published recipe."""
    return Colorizer(OpenCVEngine(read(folder), 1), Options(rendering=RECIPES["published"]))
