"""Everything but the network, for gray JPEGs of 12 megapixels on one thread: `python -m bench pixels`.

Seconds of the thread's own work (processor time), the ways in turn on each photograph, so that a neighbour counts little. The
network is asked once for each photograph, before; all ways get its answer.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench import published
from bench.colorizer import read
from bench.figures import Figure, ratio
from colorizer_core import lightness
from colorizer_core.colorizer import Colorizer, Options, render
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.image.decode import decode
from colorizer_core.image.encode import encode
from colorizer_core.image.threads import one_thread
from colorizer_core.recipe import RECIPES, rendering

_LIMIT = 10**9
Way = Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Remembered:
    """An engine that has computed its one answer before."""

    ab: np.ndarray
    input_size: int

    def forward(self, _lightness: np.ndarray) -> np.ndarray:
        return self.ab


def pixels(folder: Path, model: Path, rounds: int) -> list[Figure]:
    """The figures, over three photographs of the folder, `rounds` each."""
    one_thread()
    engine = OpenCVEngine(read(model), 1)
    speeds: dict[str, list[float]] = {}
    for path in sorted(folder.glob("*.jpg"))[:3]:
        ways = _ways(path.read_bytes(), engine)
        for _ in range(rounds):
            for name, way in ways.items():
                speeds.setdefault(name, []).append(1 / _seconds(way))
    script = "pixels without the network, recipe {}, against the published script's"
    return [
        _figure(script.format("published"), speeds, "published", "script", 4.0),
        _figure(
            "the same, against decoding and encoding alone",
            speeds,
            "published",
            "codec",
            1 / 2.5,
        ),
        _figure(script.format("photograph"), speeds, "photograph", "script", None),
        _figure("the same, chroma guided against recipe published", speeds, "guided pixels", "published", 1 / 1.5),
        _figure("rendering, chroma guided against published", speeds, "guided", "render", None),
        _figure("rendering, chroma cubic against published", speeds, "cubic", "render", None),
        _figure("rendering, gamut lightness against clip", speeds, "lightness", "render", 1 / 1.3),
        _figure("rendering, recipe photograph against published", speeds, "both", "render", None),
    ]


def _ways(data: bytes, engine: OpenCVEngine) -> dict[str, Way]:
    picture = decode(data, _LIMIT)
    ab = engine.forward(lightness.network_input(picture, engine.input_size))
    remembered = _Remembered(ab, engine.input_size)
    ours = {name: Colorizer(remembered, Options(_LIMIT, rendering=how)) for name, how in RECIPES.items()}
    guided = Colorizer(remembered, Options(_LIMIT, rendering=rendering("published", chroma="guided")))
    coloured = render(picture, ab)
    sha256 = hashlib.sha256(data).hexdigest()  # which the job has from reading
    return {
        "script": lambda: _script(data, ab),
        "published": lambda: ours["published"].colorize(data, "jpeg", sha256=sha256),
        "photograph": lambda: ours["photograph"].colorize(data, "jpeg", sha256=sha256),
        "guided pixels": lambda: guided.colorize(data, "jpeg", sha256=sha256),
        "codec": lambda: (decode(data, _LIMIT), encode(coloured, "jpeg", None)),
        "render": lambda: render(picture, ab),
        "cubic": lambda: render(picture, ab, "cubic"),
        "guided": lambda: render(picture, ab, "guided"),
        "lightness": lambda: render(picture, ab, gamut="lightness"),
        "both": lambda: render(picture, ab, "guided", "lightness"),
    }


def _script(data: bytes, ab: np.ndarray) -> object:
    small = ab.transpose(1, 2, 0)
    read_as_colour = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".jpg", published.colorize(lambda _: small, read_as_colour))


def _seconds(way: Way) -> float:
    begun = time.process_time()
    way()
    return time.process_time() - begun


def _figure(name: str, speeds: dict[str, list[float]], ours: str, theirs: str, target: float | None) -> Figure:
    return ratio(name, speeds[ours], speeds[theirs], None if target is None else round(target, 3), {})
