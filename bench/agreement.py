"""How far the engines are apart: `python -m bench.agreement` writes bench/agreement.json, from which `make docs` makes tables.

Ten photographs, turned gray, go through every engine that runs here, with a network of the published width (calibrated random
weights) and with the embedded model. Compared are ab, with cv2.dnn on the plain Caffe files, and the final pictures. What other
processors gave stays in the file: only some of them have bf16.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bench.colorizer import read
from bench.processor import processor
from bench.random_model import full_width
from colorizer_core import lightness
from colorizer_core.colorizer import render
from colorizer_core.engines import Engine
from colorizer_core.engines.choice import EngineChoice, ways
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.errors import ColorizerError
from colorizer_core.image.picture import Picture
from examples.photographs import gray_photographs
from jobs.catalog import models_folder
from jobs.engine_choice import build_engine
from jobs.forms import Network
from jobs.model_store import resolve
from jobs.run_folder import versions
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "agreement.json"
FULL_WIDTH, MINI = "published width, random", "mini"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One engine against cv2.dnn on the plain Caffe files, by the worst of the photographs.

    Attributes:
        model: which network.
        engine: with precision and device.
        ab: the largest difference anywhere, CIE units; None where the engine does not run here.
        mean: CIEDE2000 of the final pictures, the mean over a photograph's pixels.
        percentile: the same, the 99th percentile.
        largest_ab: in the plain form's answers, so that it is seen what is compared.
        obstacle: why it does not run.
    """

    model: str
    engine: EngineChoice
    ab: float | None = None
    mean: float | None = None
    percentile: float | None = None
    largest_ab: float | None = None
    obstacle: str | None = None


def compared(engine: Engine, plain: Engine, photographs: Iterable[Picture]) -> tuple[float, float, float, float]:
    """Largest difference of ab, mean and 99th percentile of CIEDE2000, largest ab; each of the worst photograph."""
    found = []
    for photograph in photographs:
        seen = lightness.network_input(photograph, plain.input_size)
        ours, theirs = engine.forward(seen), plain.forward(seen)
        difference = ciede2000(render(photograph, ours), render(photograph, theirs))
        found.append(
            (np.abs(ours - theirs).max(), difference.mean(), np.percentile(difference, 99), np.abs(theirs).max())
        )
    ab, mean, percentile, largest = np.max(found, axis=0).tolist()
    return ab, mean, percentile, largest


def ciede2000(one: Picture, other: Picture) -> npt.NDArray[np.float64]:
    """Of two coloured 8-bit pictures, pixel by pixel: (h, w)."""
    from skimage.color import deltaE_ciede2000  # seconds of SciPy

    labs = [cv2.cvtColor(picture.pixels.astype(np.float32) / 255, cv2.COLOR_BGR2LAB) for picture in (one, other)]
    difference: npt.NDArray[np.float64] = deltaE_ciede2000(*labs)
    return difference


def photographs() -> list[Picture]:
    """The ten of the demo, gray."""
    return [Picture(pixels, None) for _, pixels in gray_photographs()]


def mini_sha256() -> str:
    """Of the embedded model's three files together, as it is now."""
    return resolve("mini", None, open_stores(StoreSettings())).sha256


def agreements(model: str, folder: Path, choices: Sequence[EngineChoice]) -> list[Agreement]:
    """Every choice on one model."""
    store = open_stores(StoreSettings())
    network, plain = Network(resolve(str(folder), None, store), None, store), OpenCVEngine(read(folder), 1, fast=False)
    return [_agreement(model, choice, network, plain) for choice in choices]


def _agreement(model: str, choice: EngineChoice, network: Network, plain: Engine) -> Agreement:
    try:
        engine = build_engine(choice, network)
    except ColorizerError as error:
        return Agreement(model, choice, obstacle=str(error))
    ab, mean, percentile, largest = compared(engine, plain, photographs())
    return Agreement(model, choice, round(ab, 5), round(mean, 4), round(percentile, 4), round(largest, 1))


def main() -> None:
    argparse.ArgumentParser(prog="python -m bench.agreement", description=__doc__).parse_args()
    found = []
    for model, folder in ((FULL_WIDTH, full_width()), (MINI, models_folder() / "mini")):
        for agreement in agreements(model, folder, ways()):
            print(agreement)
            found.append(asdict(agreement))
    here = {"processor": processor(), "mini": mini_sha256(), "versions": versions(), "agreements": found}
    others = [one for one in json.loads(RESULTS.read_text(encoding="utf-8")) if one["processor"] != processor()]
    RESULTS.write_text(json.dumps([here, *others], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
