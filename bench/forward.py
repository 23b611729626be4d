"""The network alone: `python -m bench.forward fast|plain MODEL`. Prints its forward passes a second on one thread."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from bench.colorizer import read
from colorizer_core.engines.opencv import OpenCVEngine
from jobs.machine import peak_memory

PASSES = 12


def main() -> None:
    form, folder = sys.argv[1], Path(sys.argv[2])
    engine = OpenCVEngine(read(folder), 1, fast={"fast": True, "plain": False}[form])
    lightness = np.random.default_rng(0).normal(0, 20, (engine.input_size,) * 2).astype(np.float32)
    engine.forward(lightness)
    begun = time.perf_counter()
    for _ in range(PASSES):
        engine.forward(lightness)
    seconds = time.perf_counter() - begun
    print(json.dumps({"images_per_second": PASSES / seconds, "worker_memory": peak_memory()}))


if __name__ == "__main__":
    main()
