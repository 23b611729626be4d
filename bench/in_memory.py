"""Two workers on files already in memory, nothing written: the job's ceiling.

`python -m bench.in_memory MODEL IN` colours them, `python -m bench.in_memory decode IN` only decodes.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import cv2

from bench.colorizer import build
from colorizer_core.image.decode import decode
from jobs.machine import peak_memory

WORKERS = 2
DECODE = "decode"


def work(model: str, paths: list[Path], begin: Barrier, end: Barrier, memory: multiprocessing.Queue[int]) -> None:
    do = _work(model)
    files = {path.stat().st_ino: path.read_bytes() for path in paths}
    do(next(iter(files.values())))
    begin.wait()
    for path in paths:
        do(files[path.stat().st_ino])
    end.wait()
    memory.put(peak_memory())


def _work(model: str) -> Callable[[bytes], object]:
    if model == DECODE:
        cv2.setNumThreads(1)
        return lambda data: decode(data, 10**9)
    colorizer = build(Path(model))
    return lambda data: colorizer.colorize(data, "jpeg")


def main() -> None:
    model, source = sys.argv[1], Path(sys.argv[2])
    paths = sorted(source.glob("*.jpg"))
    processes = multiprocessing.get_context("spawn")
    begin, end = processes.Barrier(WORKERS + 1), processes.Barrier(WORKERS + 1)
    memory: multiprocessing.Queue[int] = processes.Queue()
    workers = [
        processes.Process(target=work, args=(model, paths[n::WORKERS], begin, end, memory)) for n in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    begin.wait()
    begun = time.perf_counter()
    end.wait()
    seconds = time.perf_counter() - begun
    peak = max(memory.get() for _ in workers)
    for worker in workers:
        worker.join()
    print(json.dumps({"images_per_second": len(paths) / seconds, "worker_memory": peak}))


if __name__ == "__main__":
    main()
