"""`make bench`: every figure of the README and docs/performance.md, in one run on one machine.

What is compared is run in turn (base, job, base, job, …) and the median of the ratios is taken, for these machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bench.archive import coloured_photographs, large_photographs, tiny_photographs
from bench.colorizer import MINI
from bench.deep_tiff_memory import deep_tiff_memory
from bench.figures import Figure, mebibytes, ratio, save, show
from bench.forward import CACHE, PLAIN
from bench.in_memory import DECODE
from bench.measured import Measured, job, palette, python
from bench.pixels import pixels
from bench.processor import by_processor, processor
from bench.random_model import full_width
from bench.s3 import loopback_s3
from jobs.ray_pool.allocator import ALLOCATOR
from jobs.run_folder import versions

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
TINY = 20_000
# By the processor's best unit; without either of them nothing was promised.
ENGINES: dict[str, dict[str, float]] = {
    "openvino-bf16": {"AMX": 10.0, "bf16": 2.4},
    "openvino": {"AMX": 1.9, "bf16": 1.25},
    "onnxruntime": {"AMX": 1.6, "bf16": 1.15},
}


class Bench:
    """The material, and one method a figure.

    Args:
        rounds: how often each comparison is made.
        photographs: how many of 12 megapixels.
    """

    def __init__(self, rounds: int, photographs: int) -> None:
        self._rounds = rounds
        self._model = full_width()
        self._source = large_photographs(WORK / f"large-{photographs}", photographs)

    def against_published(self) -> list[Figure]:
        """The job against the serial published script, on one OpenCV thread."""
        ours, theirs = self._in_turn(self._job, self._published)
        name = "job, 2 workers, against the serial published script"
        return [_compare(name, ours, theirs, 3.5), _rate("job on local disk", ours, None)]

    def against_memory(self) -> list[Figure]:
        """The job against two workers on files already in memory."""
        ours, theirs = self._in_turn(
            self._job, lambda: python("-m", "bench.in_memory", str(self._model), str(self._source))
        )
        return [_compare("job against its two workers on files in memory", ours, theirs, 0.95)]

    def s3_against_disk(self) -> list[Figure]:
        """The job from and to a loopback S3 against local disk."""
        with loopback_s3(self._source) as (bucket, environment):

            def s3() -> Measured:
                out = f"s3://{bucket}/out-{next(_numbers)}"
                return job(f"s3://{bucket}/in/", out, self._model, **environment)

            ours, theirs = self._in_turn(s3, self._job)
        return [_compare("job on a loopback S3 (Ceph RGW) against local disk", ours, theirs, 0.85)]

    def against_ray_data(self) -> list[Figure]:
        """The job against Ray Data with an actor pool of two."""
        figures = []
        for which, name, target in (
            ("published", "job against Ray Data around the published recipe", 2.5),
            ("ours", "job against Ray Data around our own Colorizer", 1.0),
        ):
            ours, theirs = self._in_turn(self._job, lambda which=which: self._ray_data(which))
            figures.append(_compare(name, ours, theirs, target))
        return figures

    def fast_form(self) -> list[Figure]:
        """The network's exact fast form against the network as it is published, one thread."""
        ours, theirs = self._in_turn(
            lambda: self._forward("opencv"),
            lambda: self._forward(PLAIN),
        )
        return [_compare("the network's fast form against its plain form", ours, theirs, 1.25)]

    def mini(self) -> list[Figure]:
        """The embedded model against the published width, on the default engine."""
        ours, theirs = self._in_turn(
            lambda: python("-m", "bench.forward", "opencv", str(MINI)), lambda: self._forward("opencv")
        )
        return [_compare("the embedded model's network against the published width", ours, theirs, 10)]

    def engines(self) -> list[Figure]:
        """Each other engine against cv2.dnn on the published form, one thread; what was promised depends on the processor."""
        figures = []
        for form, promised in ENGINES.items():
            if form in self._missing():
                continue
            ours, theirs = self._in_turn(lambda form=form: self._forward(form), lambda: self._forward(PLAIN))
            name = f"the network, {form.replace('-', ' ')}, against OpenCV's plain form"
            figures.append(_compare(name, ours, theirs, by_processor(promised)))
        return figures

    def job_openvino(self) -> list[Figure]:
        """The whole job with OpenVINO in bf16 against the serial published script."""
        if "openvino-bf16" in self._missing():
            return []
        options = ("--engine", "openvino", "--precision", "bf16", "--model-cache", str(CACHE))
        ours, theirs = self._in_turn(lambda: self._job(*options), self._published)
        name = "job, 2 workers, openvino bf16, against the serial published script"
        return [_compare(name, ours, theirs, by_processor({"AMX": 9.0, "bf16": 4.5}))]

    def cpus_per_worker(self) -> list[Figure]:
        """One worker of two threads against two workers of one thread, with each engine."""
        figures = []
        for form in ("opencv", *(form for form in ENGINES if form not in self._missing())):
            engine, _, precision = form.partition("-")
            options = ("--engine", engine, "--precision", precision or "fp32", "--model-cache", str(CACHE))
            ours, theirs = self._in_turn(
                lambda options=options: self._job(*options, "--workers", "1", "--cpus-per-worker", "2"),
                lambda options=options: self._job(*options, "--workers", "2", "--cpus-per-worker", "1"),
            )
            name = f"job, {form.replace('-', ' ')}, 1 worker of 2 threads, against 2 workers of 1"
            figures.append(_compare(name, ours, theirs, None))
        return figures

    def palette(self) -> list[Figure]:
        """The palette job against two processes that only decode files in memory, with the allocator set as a worker's is."""
        source = coloured_photographs(WORK / "coloured")
        ours, theirs = self._in_turn(
            lambda: _with_out(lambda out: palette(source, out)),
            lambda: python("-m", "bench.in_memory", DECODE, str(source), **ALLOCATOR),
        )
        return [
            _compare("palette job, colour photographs, against decoding them alone at full size", ours, theirs, 0.8)
        ]

    def pixels(self) -> list[Figure]:
        """Everything but the network, each way against another."""
        return pixels(self._source, MINI, self._rounds)

    def overhead(self) -> list[Figure]:
        """Rows a second with a network that costs nothing and images of 1 KB."""
        source = tiny_photographs(WORK / f"tiny-{TINY}", TINY)
        runs = [
            _with_out(lambda out: job(source, out, "mini", "--engine", "bench.fake_engine:build"))
            for _ in range(self._rounds)
        ]
        return [_rate(f"rows a second through Ray, fake engine, {TINY:,} images of 1 KB", runs, 1000)]

    def deep_tiff_memory(self) -> list[Figure]:
        """What a 16-bit TIFF of 100 megapixels takes of memory, in several layouts."""
        return deep_tiff_memory(WORK, self._rounds)

    def _job(self, *options: str) -> Measured:
        return _with_out(lambda out: job(self._source, out, self._model, *options))

    def _forward(self, form: str) -> Measured:
        return python("-m", "bench.forward", form, str(self._model))

    @cache  # noqa: B019 - there is one Bench
    def _missing(self) -> dict[str, str]:
        """The forms that do not run here, and why. The others are compiled now, so that nobody's memory counts that."""
        missing = {}
        for form in ENGINES:
            try:
                self._forward(form)
            except RuntimeError as error:
                missing[form] = str(error).strip().splitlines()[-1]
                print(f"{form} is not measured: {missing[form]}", file=sys.stderr)
        return missing

    def _published(self) -> Measured:
        return _with_out(lambda out: python("-m", "bench.published", str(self._model), str(self._source), str(out)))

    def _ray_data(self, which: str) -> Measured:
        return _with_out(
            lambda out: python("-m", "bench.ray_data", which, str(self._model), str(self._source), str(out))
        )

    def _in_turn(
        self, ours: Callable[[], Measured], theirs: Callable[[], Measured]
    ) -> tuple[list[Measured], list[Measured]]:
        pairs = [(theirs(), ours()) for _ in range(self._rounds)]
        return [pair[1] for pair in pairs], [pair[0] for pair in pairs]


_numbers = iter(range(1_000_000))


def _with_out(run: Callable[[Path], Measured]) -> Measured:
    """A run with a folder of its own. The disk has nothing left to do from the run before it, not even to delete."""
    WORK.mkdir(exist_ok=True)
    os.sync()
    with tempfile.TemporaryDirectory(dir=WORK) as out:
        return run(Path(out))


def _compare(name: str, ours: list[Measured], theirs: list[Measured], target: float | None) -> Figure:
    memory = _memory(ours) | {"theirs": mebibytes(max(run.worker_memory for run in theirs))}
    return ratio(
        name, [run.images_per_second for run in ours], [run.images_per_second for run in theirs], target, memory
    )


def _rate(name: str, runs: list[Measured], target: float | None) -> Figure:
    rates = [round(run.images_per_second, 2) for run in runs]
    return Figure(name, sorted(rates)[len(rates) // 2], "images/s", target, rates, _memory(runs))


def _memory(runs: list[Measured]) -> dict[str, int]:
    worker, driver = max(run.worker_memory for run in runs), max(run.driver_memory for run in runs)
    return {"worker": mebibytes(worker), "driver": mebibytes(driver)}


FIGURES = (
    "fast_form",
    "mini",
    "engines",
    "job_openvino",
    "cpus_per_worker",
    "against_published",
    "against_memory",
    "s3_against_disk",
    "overhead",
    "against_ray_data",
    "palette",
    "pixels",
    "deep_tiff_memory",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figures", nargs="*", choices=[*FIGURES, []], help="which; all of them if none is named")
    parser.add_argument("--rounds", type=int, default=3, help="how often each comparison is made (default: 3)")
    parser.add_argument("--photographs", type=int, default=24, help="how many of 12 megapixels (default: 24)")
    options = parser.parse_args()
    bench = Bench(options.rounds, options.photographs)
    figures: list[Figure] = []
    for name in options.figures or FIGURES:
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += getattr(bench, name)()
        show(figures, processor())
        save(figures, processor(), versions(), HERE / "results.json")


if __name__ == "__main__":
    main()
