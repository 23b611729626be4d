"""The same work by Ray Data's `map_batches` with an actor pool of two: `python -m bench.ray_data published|ours MODEL IN OUT`.

What one would write without this project: read_binary_files → map_batches(a class that holds the network) → one row a
picture, written by the actor.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import ray

from bench import published
from bench.colorizer import build
from jobs.machine import peak_memory


class Published:
    """An actor around the published recipe."""

    def __init__(self, model: Path, out: Path) -> None:
        cv2.setNumThreads(1)
        self._predict = published.predictor(published.load(model))
        self._out = out

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        began = time.time()
        for data, path in zip(batch["bytes"], batch["path"], strict=True):
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            cv2.imwrite(str(self._out / Path(path).name), published.colorize(self._predict, picture))
        return _answer(batch, began)


class Ours:
    """An actor around our own Colorizer."""

    def __init__(self, model: Path, out: Path) -> None:
        self._colorizer = build(model)
        self._out = out

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        began = time.time()
        for data, path in zip(batch["bytes"], batch["path"], strict=True):
            (self._out / Path(path).name).write_bytes(self._colorizer.colorize(bytes(data), "jpeg").data)
        return _answer(batch, began)


def _answer(batch: dict[str, Any], began: float) -> dict[str, Any]:
    # The job's clock runs from the first shard handed out to the last part written; this one's from the first batch
    # that an actor takes to the last that it gives back, so that neither pays for starting up.
    each = len(batch["path"])
    clocks = {"began": np.full(each, began), "ended": np.full(each, time.time())}
    return {"path": batch["path"], "memory": np.full(each, peak_memory()), **clocks}


def main() -> None:
    which, model, source, out = sys.argv[1], *map(Path, sys.argv[2:5])
    out.mkdir(parents=True, exist_ok=True)
    ray.init(address="local", num_cpus=3, log_to_driver=False, logging_level=logging.ERROR, object_store_memory=1024**3)
    ray.data.DataContext.get_current().enable_progress_bars = False
    actor = {"published": Published, "ours": Ours}[which]
    files = ray.data.read_binary_files(str(source), include_paths=True, override_num_blocks=8)
    done = files.map_batches(
        actor, fn_constructor_args=(model, out), batch_size=1, concurrency=2, num_cpus=1
    ).take_all()
    seconds = max(row["ended"] for row in done) - min(row["began"] for row in done)
    figures = {
        "images_per_second": len(done) / seconds,
        "worker_memory": int(max(row["memory"] for row in done)),
        "driver_memory": peak_memory(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
