"""Makes performance.md from what `make bench`, `make bench-scale` and `python -m bench.tried` and `bench.report` measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docs.report_figures import report_figures
from docs.scale import scale

BENCH = Path(__file__).resolve().parents[1] / "bench"
RESULTS, TRIED = BENCH / "results.json", BENCH / "tried.json"

_PERFORMANCE = """# Performance

*Made by `make docs` from `bench/results.json`, which `make bench` writes; measure on an idle machine.*

The photographs are 24 synthetic gray JPEGs of 12 megapixels, the network has the published width (129 MB, random weights); OpenCV
is the engine, and a worker has one thread, unless it says otherwise. Processors differ: each has a table of its own.

What is compared is run in turn (base, job, base, job, …); the figure is the median of the ratios. Starting up is not in
the figures: the clock of the job runs from the first shard handed out to the last part written, that of the scripts from
the first photograph to the last. Memory is what a process has had resident at most, MiB.

Where pixels are divided by memory, the bytes of the source's and the output's samples are divided by what the process took at
most beyond its libraries, the two files among it: 0.455 is 2.2 bytes of memory for each byte of pixels.
"""

_TABLE = """
## {processor}

| what (`python -m bench`) | figure | promised | runs | memory, MiB |
|---|---|---|---|---|
"""

_TRIED = """
## Forms of the network

*`python -m bench.tried`, on **{processor}**.* Layers of the published width computed otherwise: the same
function but for rounding, or, where it says so, another one that only shows what an undilated form could save at most. Seconds
of processor time, one thread, the two forms in turn, medians. Apart: of the largest value.

| what | before, s | after, s | apart | kept |
|---|---|---|---|---|
"""

_TRIED_END = """
Kept is what pays. The deconvolution in phases saves a twenty-fifth to a tenth of the fast form's time, and OpenCV keeps
127 MiB more for it (transformed kernels, 1,024 × 512 of 64 floats), an eighth of what a worker's network takes: no gain per GiB.
The layers of stride 2 save one or two hundredths each, or lose some. Undilated layers gain nothing in the other runtimes.

`--device cuda` has not been run: no GPU was at hand. What can be tested without one is: the
options, the refusals, a worker's share, and the batches that its threads fill.
"""


def performance_page() -> str:
    """docs/performance.md, from the newest `make bench` on each processor."""
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))
    return "".join([_PERFORMANCE, *map(_table, measured), _tried(), scale(), report_figures()])


def _table(measured: dict[str, Any]) -> str:
    """What one processor did."""
    lines = [_TABLE.format(processor=measured["processor"])]
    for figure in measured["figures"]:
        promised = "" if figure["target"] is None else f"≥ {figure['target']:g}"
        memory = ", ".join(f"{process} {size:,}" for process, size in figure["memory"].items() if size)
        runs = ", ".join(f"{run:g}" for run in figure["runs"])
        lines.append(f"| {figure['name']} | {figure['value']:g} {figure['unit']} | {promised} | {runs} | {memory} |\n")
    kept = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    return "".join([*lines, f"\nVersions: {kept}.\n"])


def _tried() -> str:
    """Forms of the network, from the newest `python -m bench.tried`."""
    measured = json.loads(TRIED.read_text(encoding="utf-8"))
    lines = [_TRIED.format(processor=measured["processor"])]
    for one in measured["tried"]:
        apart = "another function" if one["apart"] is None else f"{one['apart']:.0e}"
        seconds = f"{one['before']:.3f} | {one['after']:.3f}"
        lines.append(f"| {one['name']} | {seconds} | {apart} | {'yes' if one['kept'] else 'no'} |\n")
    return "".join([*lines, _TRIED_END])
