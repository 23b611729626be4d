"""What the Ray dashboard and Prometheus see of one run: its driver's figures, through Ray's own exporter."""

from __future__ import annotations

from typing import Literal

from ray.util.metrics import Counter, Gauge, Histogram

from jobs import metrics
from jobs.metrics import RUN, Metric
from jobs.pool import Cause
from jobs.status import RunStatus
from jobs.tally import Tally

End = Cause | Literal["start", "idle"]
"""What ended a worker: with shards in hand, as it started, or with nothing to do."""


class RayMeter:
    """A `Meter` behind Ray's exporter. It is the driver's alone, so that no row is lost with its worker or counted twice.

    A counter with no count yet is not exported: Ray's refuse to grow by 0.

    Args:
        run_id: of the run, the label of all.
    """

    def __init__(self, run_id: str) -> None:
        self._run = {RUN: run_id}
        self._counters = {one.name: self._counter(one) for one in metrics.METRICS if one.kind == "counter"}
        self._gauges = {one.name: self._gauge(one) for one in metrics.METRICS if one.kind == "gauge"}
        shard = metrics.SHARD_SECONDS
        self._shard_seconds = Histogram(shard.name, shard.meaning, list(shard.bounds), (RUN,))
        self._memory = 0

    def count(self, tally: Tally) -> None:
        """Adds rows, seconds, bytes and pixels."""
        for metric, label, amounts in (
            (metrics.ROWS, "status", tally.by_status),
            (metrics.FAILURES, "code", tally.failures),
            (metrics.CODES, "code", tally.by_code),
            (metrics.STAGE_SECONDS, "stage", tally.stage_seconds),
        ):
            for value, amount in amounts.items():
                self._add(metric, amount, {label: value})
        self._add(metrics.BYTES_IN, tally.bytes_in)
        self._add(metrics.BYTES_OUT, tally.bytes_out)
        self._add(metrics.PIXELS, tally.pixels)

    def show(self, status: RunStatus) -> None:
        """Sets what is of this moment."""
        to_do = status.to_do or 0
        self._set(metrics.ROWS_TO_DO, to_do)
        self._set(metrics.ROWS_LEFT, max(0, to_do - status.done))
        if status.seconds_left is not None:
            self._set(metrics.SECONDS_LEFT, status.seconds_left)
        self._set(metrics.STARTED, status.started_at)
        self._set(metrics.WORKERS, status.workers, {"state": "wanted"})
        self._set(metrics.WORKERS, status.workers_alive, {"state": "alive"})
        self._set(metrics.DRAINING, status.state == "draining")

    def hold(self, shards: int) -> None:
        """Sets how many shards workers have in hand."""
        self._set(metrics.SHARDS_IN_HAND, shards)

    def took(self, busy: float, peak_memory: int) -> None:
        """A shard is done: the seconds that it was computed, and its worker's most memory in bytes."""
        self._shard_seconds.observe(busy, self._run)
        self._memory = max(self._memory, peak_memory)
        self._set(metrics.WORKER_MEMORY, self._memory)

    def lose(self, cause: End) -> None:
        """A worker has ended before its time."""
        self._add(metrics.WORKERS_LOST, 1, {"cause": cause})

    def rerun(self, how: Literal["shard", "alone"]) -> None:
        """What a lost worker had in hand is handed out again."""
        self._add(metrics.RERUNS, 1, {"how": how})

    def _add(self, metric: Metric, amount: float, labels: dict[str, str] | None = None) -> None:
        if amount > 0:
            self._counters[metric.name].inc(amount, {**self._run, **(labels or {})})

    def _set(self, metric: Metric, value: float, labels: dict[str, str] | None = None) -> None:
        self._gauges[metric.name].set(float(value), {**self._run, **(labels or {})})

    @staticmethod
    def _counter(metric: Metric) -> Counter:
        return Counter(metric.name, metric.meaning, (RUN, *metric.labels))

    @staticmethod
    def _gauge(metric: Metric) -> Gauge:
        return Gauge(metric.name, metric.meaning, (RUN, *metric.labels))
