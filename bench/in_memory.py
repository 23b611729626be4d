"""Two workers on files already in memory, nothing written: `python -m bench.in_memory MODEL IN`. The job's ceiling."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench.colorizer import build
from jobs.machine import peak_memory

WORKERS = 2


def work(model: Path, paths: list[Path], begin: Barrier, end: Barrier, memory: multiprocessing.Queue[int]) -> None:
    colorizer = build(model)
    files = [path.read_bytes() for path in paths]
    colorizer.colorize(files[0], "jpeg")
    begin.wait()
    for data in files:
        colorizer.colorize(data, "jpeg")
    end.wait()
    memory.put(peak_memory())


def main() -> None:
    model, source = Path(sys.argv[1]), Path(sys.argv[2])
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
