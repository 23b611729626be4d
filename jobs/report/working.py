"""What the work took, added up part by part: stages, workers, working time, megapixels, fingerprints."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.outcome import STAGES
from jobs.report.figures import Throughput, Work, WorkerFigures

_TICK = 0.1
"""Seconds to which the end of an image is kept: 8 bytes for each tick of each part in which one ended."""
_BINS, _FEWEST = 60, 6
_MEGA = 1e6

COLUMNS = (
    *(f"t_{stage}_ms" for stage in STAGES),
    "worker", "node", "fingerprint", "started_at", "seconds", "width", "height", "status",
)  # fmt: skip


@dataclass(slots=True)
class _Span:
    """When a worker, or a run, was at work; seconds since the epoch."""

    begin: float = np.inf
    end: float = -np.inf
    images: int = 0

    def widen(self, begin: float, end: float, images: int = 0) -> None:
        self.begin, self.end = min(self.begin, begin), max(self.end, end)
        self.images += images

    @property
    def seconds(self) -> float:
        return max(0.0, self.end - self.begin)


@dataclass(slots=True)
class Working:
    """Sums over the newest answers, which come part by part."""

    _seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    _workers: dict[tuple[str, str], _Span] = field(default_factory=dict)
    _runs: dict[str, _Span] = field(default_factory=dict)
    _ends: dict[str, list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]] = field(default_factory=dict)
    _fingerprints: Counter[str] = field(default_factory=Counter)
    _pixels: int = 0
    _images: int = 0

    def add(self, run_id: str, rows: pa.Table) -> None:
        """Adds rows of one part (`COLUMNS` of them)."""
        if not rows.num_rows:
            return
        for stage in STAGES:
            self._seconds[stage] += (pc.sum(rows[f"t_{stage}_ms"]).as_py() or 0.0) / 1000
        pixels = pc.sum(pc.multiply(rows["width"].cast(pa.int64()), rows["height"].cast(pa.int64()))).as_py()
        self._pixels += pixels or 0
        begins = rows["started_at"].cast(pa.int64()).to_numpy() / 1000
        ends = begins + pc.fill_null(rows["seconds"], 0.0).to_numpy()
        is_image = pc.is_in(rows["status"], pa.array(["colorized", "counted"])).to_numpy()
        self._images += int(is_image.sum())
        self._fingerprints.update(_counts(rows["fingerprint"]))
        self._runs.setdefault(run_id, _Span()).widen(float(begins.min()), float(ends.max()))
        ticks, counts = np.unique((ends[is_image] / _TICK).astype(np.int64), return_counts=True)
        self._ends.setdefault(run_id, []).append((ticks, counts))
        self._add_workers(run_id, rows, begins, ends, is_image)

    def _add_workers(
        self,
        run_id: str,
        rows: pa.Table,
        begins: npt.NDArray[np.float64],
        ends: npt.NDArray[np.float64],
        is_image: npt.NDArray[np.bool_],
    ) -> None:
        names = pc.binary_join_element_wise(rows["worker"], rows["node"], " on ").combine_chunks().dictionary_encode()
        which = names.indices.to_numpy()
        for number, name in enumerate(names.dictionary.to_pylist()):
            its = which == number
            span = self._workers.setdefault((run_id, name), _Span())
            span.widen(float(begins[its].min()), float(ends[its].max()), int(is_image[its].sum()))

    def result(self) -> Work:
        """The sums."""
        return Work(
            images=self._images,
            megapixels=self._pixels / _MEGA,
            stages=tuple(self._seconds.items()),
            throughput=self._throughput(),
            workers=_by_name(self._workers),
            fingerprints=tuple(self._fingerprints.most_common()),
        )

    def _throughput(self) -> Throughput:
        """Each run's time behind that of the run before, as if there had been no pause, or begun at once."""
        runs = sorted(self._runs)
        begins = np.cumsum([0.0, *(self._runs[run].seconds for run in runs)])
        whole = float(begins[-1])
        step = _step(whole, max(_FEWEST, min(_BINS, self._images // 3)))
        images = np.zeros(max(1, int(np.ceil(whole / step))), np.int64)
        for run, begin in zip(runs, begins.tolist(), strict=False):
            ticks, counts = (np.concatenate(both) for both in zip(*self._ends[run], strict=True))
            seconds = ticks * _TICK - self._runs[run].begin + begin
            at = np.clip((seconds / step).astype(np.intp), 0, len(images) - 1)
            np.add.at(images, at, counts)
        return Throughput(step, tuple(images.tolist()), tuple(begins.tolist()[:-1]), max(whole, _TICK))


def _step(whole: float, bins: int) -> float:
    """A round number of seconds, so that there are at most that many bins."""
    least = max(whole / bins, _TICK)
    scale = 10.0 ** np.floor(np.log10(least))
    return float(next(one * scale for one in (1, 2, 5, 10) if one * scale >= least * 0.999))


def _by_name(spans: Mapping[tuple[str, str], _Span]) -> tuple[WorkerFigures, ...]:
    images: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for (_run, name), span in spans.items():
        images[name] += span.images
        seconds[name] += span.seconds
    workers = [WorkerFigures(name, images[name], seconds[name]) for name in images]
    return tuple(sorted(workers, key=lambda one: (-one.images, one.name)))


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    return {str(one["values"]): int(one["counts"]) for one in pc.value_counts(column).to_pylist()}
