"""The network alone: `python -m bench.forward plain|opencv|openvino|… MODEL`. Its forward passes a second of one thread.

A second of the thread's own work (processor time), which is a second on the wall of an idle machine: so a neighbour on these
machines does not count.
`plain` is cv2.dnn on the published form. A precision other than fp32 stands behind a hyphen: openvino-bf16.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from bench.colorizer import read
from colorizer_core.engines import Engine
from colorizer_core.engines.opencv import OpenCVEngine
from jobs.engine_choice import build_engine, chosen
from jobs.forms import Network
from jobs.machine import peak_memory
from jobs.model_store import resolve
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores

PASSES = 12
PLAIN = "plain"
CACHE = Path(__file__).resolve().parent / "work" / "cache"


def engine_of(form: str, folder: Path) -> Engine:
    """What was asked for, on one thread, as a worker has it whose neighbour has compiled the network."""
    if form == PLAIN:
        return OpenCVEngine(read(folder), 1, fast=False)
    name, _, precision = form.partition("-")
    store = open_stores(StoreSettings())
    network = Network(resolve(str(folder), str(CACHE), store), str(CACHE), store)
    return build_engine(chosen(name, precision or "fp32", "cpu"), network)


def main() -> None:
    form, folder = sys.argv[1], Path(sys.argv[2])
    engine = engine_of(form, folder)
    lightness = np.random.default_rng(0).normal(0, 20, (engine.input_size,) * 2).astype(np.float32)
    engine.forward(lightness)
    begun = time.process_time()
    for _ in range(PASSES):
        engine.forward(lightness)
    seconds = time.process_time() - begun
    print(json.dumps({"images_per_second": PASSES / seconds, "worker_memory": peak_memory()}))


if __name__ == "__main__":
    main()
