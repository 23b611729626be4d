"""`colorizer engines`: what is installed here, what this machine can do, how fast it is, and what to choose."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import wrap

import numpy as np

from colorizer_core.engines import Engine, processor
from colorizer_core.engines.choice import EngineChoice, ways
from colorizer_core.errors import ColorizerError
from colorizer_core.network import zhang2016
from colorizer_core.network.caffe import write_blobs, write_prototxt
from colorizer_core.network.weights import random_weights
from colorizer_core.palette import published_points, save_points
from jobs.configuration import default_mirror, default_model_cache
from jobs.engine_choice import build_engine, check_here
from jobs.forms import Network
from jobs.machine import cpu_name
from jobs.model_store import resolve
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores

_PACKAGES = {
    "opencv": ("opencv-python-headless", "opencv-python"),
    "openvino": ("openvino",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
}
_LEAST_PASSES, _LEAST_SECONDS = 4, 3.0
_WORTH_IT = 1.1
"""So many times the default's speed, before another engine is suggested."""
_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of running the network, here.

    Attributes:
        choice: the way.
        version: of the runtime; None where it is not installed.
        images_per_second: forward passes of one picture on one thread, by the quickest of a few; None where it does not run.
        obstacle: why it does not, with what to do; None where it does.
    """

    choice: EngineChoice
    version: str | None
    images_per_second: float | None
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What `colorizer engines` found. `suggested` is the fastest, or the default where none is clearly faster."""

    cpu: str
    cores: int
    features: dict[str, bool]
    network: str
    engines: tuple[Measured, ...]
    suggested: EngineChoice

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        engines = [
            {**_words(one.choice), "version": one.version, "images_per_second": one.images_per_second,
             "obstacle": one.obstacle}
            for one in self.engines
        ]  # fmt: skip
        return {
            "cpu": self.cpu, "cores": self.cores, "features": self.features, "network": self.network,
            "engines": engines, "suggested": _words(self.suggested),
        }  # fmt: skip

    def lines(self) -> list[str]:
        """For people, 80 columns."""
        features = [name if there else f"no {name}" for name, there in self.features.items()]
        return [
            *wrap(f"{self.cpu}, {self.cores} cores: {', '.join(features)}", _WIDTH),
            "",
            f"{'engine':13}{'precision':11}{'device':8}{'version':13}{'images/s':>8}",
            *(line for one in self.engines for line in self._line(one)),
            "",
            *wrap(
                f"Measured: {self.network}, one picture at a time, on one thread, the quickest pass of a few.", _WIDTH
            ),
            *wrap(f"Suggested here: {_flags(self.suggested)}. Use the same on every machine of an archive.", _WIDTH),
        ]

    def _line(self, one: Measured) -> Iterator[str]:
        choice, rate = one.choice, one.images_per_second
        speed = "–" if rate is None else f"{rate:.2f}"
        mark = "  ←" if choice == self.suggested else ""
        yield f"{choice.name:13}{choice.precision:11}{choice.device:8}{one.version or '–':13}{speed:>8}{mark}"
        if one.obstacle is not None:
            yield from (f"  {line}" for line in wrap(one.obstacle, _WIDTH - 2))


def report(model: str | None, cache: str | None) -> Report:
    """Measures every way that runs here.

    Args:
        model: whose network is measured; None for one of the published size with made-up weights, which is as fast.
        cache: folder of the model cache; None for the user's.

    Raises:
        PreflightError: the model can't be had.
    """
    with _network(model, cache or str(default_model_cache())) as network:
        engines = tuple(_measured(choice, network) for choice in ways())
        size = network.model().input_size
    what = f"the network of {model}" if model else "a network of the published size, its weights made up"
    return Report(
        cpu=cpu_name(),
        cores=len(os.sched_getaffinity(0)),
        features=processor.features(),
        network=f"{what}, {size} × {size}",
        engines=engines,
        suggested=_suggested(engines),
    )


def _suggested(engines: tuple[Measured, ...]) -> EngineChoice:
    """The fastest, or the default where none is clearly faster."""
    rates = {one.choice: one.images_per_second or 0.0 for one in engines}
    default, best = EngineChoice(), max(rates, key=lambda choice: rates[choice])
    return best if rates[best] > _WORTH_IT * rates[default] else default


def _measured(choice: EngineChoice, network: Network) -> Measured:
    installed = _version(choice.name)
    try:
        check_here(choice)
        return Measured(choice, installed, _rate(build_engine(choice, network)), None)
    except ColorizerError as error:
        return Measured(choice, installed, None, str(error))


def _rate(engine: Engine) -> float:
    lightness = np.random.default_rng(0).normal(0, 20, (engine.input_size,) * 2).astype(np.float32)
    engine.forward(lightness)
    seconds: list[float] = []
    while len(seconds) < _LEAST_PASSES or sum(seconds) < _LEAST_SECONDS:
        begun = time.perf_counter()
        engine.forward(lightness)
        seconds.append(time.perf_counter() - begun)
    return round(1 / min(seconds), 2)


@contextmanager
def _network(model: str | None, cache: str) -> Iterator[Network]:
    store = open_stores(StoreSettings())
    if model is not None:
        yield Network(resolve(model, cache, store, default_mirror()), cache, store)
        return
    with tempfile.TemporaryDirectory(prefix="colorizer-") as folder:
        for name, data in _made_up().items():
            (Path(folder) / name).write_bytes(data)
        yield Network(resolve(folder, None, store), None, store)


def _made_up() -> dict[str, bytes]:
    """The three files of a model of the published size that has learnt nothing."""
    layers, points = zhang2016.layers(), published_points()
    return {
        "made-up.prototxt": write_prototxt("made-up", layers),
        "made-up.caffemodel": write_blobs("made-up", random_weights(layers, np.random.default_rng(0))),
        "made-up.npy": save_points(points),
    }


def _version(name: str) -> str | None:
    for package in _PACKAGES[name]:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None


def _words(choice: EngineChoice) -> dict[str, str]:
    return {"engine": choice.name, "precision": choice.precision, "device": choice.device}


def _flags(choice: EngineChoice) -> str:
    default, asked, words = _words(EngineChoice()), _words(choice), []
    for key, value in asked.items():
        if key == "engine" or value != default[key]:
            words.append(f"--{key} {value}")
    return " ".join(words)
