"""The metrics of a run, as one table: what Ray exports to Prometheus, what docs/metrics.md says and deploy/grafana.json draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
"""A counter grows from 0 as long as its run lasts, a gauge is of this moment, a histogram counts values by size."""

RUN = "run"
"""The label that every metric has: the run's id. Two runs that share a cluster are told apart by it."""

_SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: as the code knows it.
        kind: how its values go.
        unit: of its values, in words.
        meaning: what it tells, a sentence; ASCII, for Ray exports it too.
        watch: what an operator looks for in it.
        labels: besides `run`; each has a few values that are known beforehand, so that no archive makes more series than another.
        bounds: of a histogram's buckets, ascending, in its unit.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    watch: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()

    @property
    def exported(self) -> tuple[str, ...]:
        """The names under which Prometheus finds it: Ray puts `ray_` before them, and its client the endings behind."""
        return tuple(f"ray_{self.name}{suffix}" for suffix in _SUFFIXES[self.kind])


ROWS = Metric(
    "colorizer_rows",
    "counter",
    "rows",
    "Rows that the log answers since the run began, by status: colorized, counted, skipped or failed.",
    "A rate of 0 while rows are left: no worker has come, or every one is stuck in a long shard.",
    ("status",),
)
FAILURES = Metric(
    "colorizer_failures",
    "counter",
    "rows",
    "Rows that failed, by code (docs/codes.md).",
    "One code that grows as fast as the rows do: what they have in common is wrong. The run stops at --breaker.",
    ("code",),
)
CODES = Metric(
    "colorizer_codes",
    "counter",
    "rows",
    "Rows that have a code, by it: those that failed, and those that were skipped (ALREADY_COLOR, BLANK) or RECOLORED.",
    "More ALREADY_COLOR or BLANK than the archive can have (docs/kinds.md).",
    ("code",),
)
STAGE_SECONDS = Metric(
    "colorizer_stage_seconds",
    "counter",
    "seconds",
    "Seconds that rows spent in each stage: read, decode, infer, render, encode, write; reads and writes overlap the rest.",
    "read or write that outgrow infer: the store is what the run waits for, and more workers will not help.",
    ("stage",),
)
BYTES_IN = Metric(
    "colorizer_read_bytes", "counter", "bytes", "Bytes of sources that were read.", "What the store bills, and allows."
)
BYTES_OUT = Metric(
    "colorizer_written_bytes",
    "counter",
    "bytes",
    "Bytes of outputs that were written.",
    "Room in the store or on the disk.",
)
PIXELS = Metric(
    "colorizer_pixels",
    "counter",
    "pixels",
    "Pixels of the outputs that were written; a million are a megapixel.",
    "Steady where rows a second fall: the photographs have become larger, and nothing is wrong.",
)
WORKERS_LOST = Metric(
    "colorizer_workers_lost",
    "counter",
    "workers",
    "Workers that ended before their time, by cause: their process died (process), at the memory's end (memory), it hung and "
    "was ended (compute, read, write), their node went (node), as they started (start), with nothing in hand (idle).",
    "node is what spot costs. memory: fewer workers a node, or larger ones. process, compute: a row does it; see failures.",
    ("cause",),
)
RERUNS = Metric(
    "colorizer_reruns",
    "counter",
    "calls",
    "What lost workers had in hand, handed out again: whole after a node went (shard), else row by row (alone).",
    "A steady flow: workers end faster than they get done.",
    ("how",),
)
SHARD_SECONDS = Metric(
    "colorizer_shard_seconds",
    "histogram",
    "seconds",
    "Seconds of computing that a shard took its worker. A lost worker costs two shards at most.",
    "Far over --shard-seconds: rows of very different sizes; a spot notice then comes too late for them.",
    bounds=(0.1, 0.3, 1, 3, 10, 20, 40, 60, 90, 120, 300, 600),
)
ROWS_TO_DO = Metric(
    "colorizer_rows_to_do",
    "gauge",
    "rows",
    "Rows that this run is to answer: the manifest less what the log answered before.",
    "The whole archive, though it was coloured before: a model or an option has changed.",
)
ROWS_LEFT = Metric(
    "colorizer_rows_left",
    "gauge",
    "rows",
    "Of those, rows that no worker has answered yet.",
    "It stands still.",
)
SECONDS_LEFT = Metric(
    "colorizer_seconds_left",
    "gauge",
    "seconds",
    "Time left, by the rate since the first row was handed out; not there before there is a rate.",
    "More than is left of --deadline: this run will stop with 75, and the next one goes on.",
)
STARTED = Metric(
    "colorizer_start_time_seconds",
    "gauge",
    "seconds since 1970",
    "When the run began, UTC, by its driver's clock.",
    "time() less this is how long it has been at it.",
)
WORKERS = Metric(
    "colorizer_workers",
    "gauge",
    "workers",
    "Workers that the run asked for (wanted), and that are there and loaded (alive).",
    "alive below wanted for long: the cluster gets no nodes. With none for --wait-nodes the run stops with 75.",
    ("state",),
)
SHARDS_IN_HAND = Metric(
    "colorizer_shards_in_hand",
    "gauge",
    "shards",
    "Shards (and rows alone) that workers have in hand: up to two each. What is not in hand is not cut yet.",
    "Below the workers while rows are left: they are kept waiting by rows that run alone.",
)
WORKER_MEMORY = Metric(
    "colorizer_worker_memory_bytes",
    "gauge",
    "bytes",
    "The most that one worker of this run has had resident.",
    "Close to a node's memory ÷ its workers.",
)
DRAINING = Metric(
    "colorizer_draining",
    "gauge",
    "0 or 1",
    "1 from a stop on (SIGTERM, --deadline, the world, the breaker), until the rows in hand are done.",
    "1 for longer than a row takes.",
)

METRICS: tuple[Metric, ...] = (
    ROWS,
    ROWS_TO_DO,
    ROWS_LEFT,
    SECONDS_LEFT,
    STARTED,
    PIXELS,
    BYTES_IN,
    BYTES_OUT,
    STAGE_SECONDS,
    SHARD_SECONDS,
    FAILURES,
    CODES,
    WORKERS,
    SHARDS_IN_HAND,
    WORKERS_LOST,
    RERUNS,
    WORKER_MEMORY,
    DRAINING,
)
"""In the order in which they are read: the run, where the time goes, failures, workers."""
