"""What is drawn of a run: the panels of deploy/grafana.json, in rows. Their metrics stand in `jobs/metrics.py`."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.metrics import RUN

GREEN, _YELLOW, _RED = "green", "yellow", "red"


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        title: above it.
        about: its description.
        unit: Grafana's id of it.
        queries: PromQL, each with the legend of its series.
        kind: Grafana's.
        width: of the 24 columns.
        steps: thresholds: from which value on, in what colour.
        stacked: whether series stand on each other.
        words: what values are called.
    """

    title: str
    about: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    kind: str = "timeseries"
    width: int = 8
    steps: tuple[tuple[float, str], ...] = ()
    stacked: bool = False
    words: tuple[tuple[str, str], ...] = ()


def _of_run(name: str, matcher: str = "") -> str:
    return f'{name}{{{RUN}="$run"{matcher}}}'


def _rate(name: str, by: str = "") -> str:
    return f"sum{f' by ({by}) ' if by else ''}(rate({_of_run(name)}[5m]))"


_ROWS = "ray_colorizer_rows_total"
_STAGES = "ray_colorizer_stage_seconds_total"
_SHARDS = "ray_colorizer_shard_seconds"
_FAILED = f"""sum({_of_run(_ROWS, ',status="failed"')})"""

_THE_RUN = (
    Panel(
        "Rows to do",
        "Rows that this run is to answer: the manifest less what the log answered before.",
        "short",
        ((f"max(max_over_time({_of_run('ray_colorizer_rows_to_do')}[$__range]))", ""),),
        "stat",
        4,
    ),
    Panel(
        "Answered",
        "Rows that the log answers since the run began, whatever their status.",
        "short",
        ((f"sum({_of_run(_ROWS)})", ""),),
        "stat",
        4,
    ),
    Panel(
        "Done",
        "The share of the rows to do that workers have answered.",
        "percentunit",
        ((f"1 - max({_of_run('ray_colorizer_rows_left')}) / max({_of_run('ray_colorizer_rows_to_do')})", ""),),
        "gauge",
        4,
    ),
    Panel(
        "Time left",
        "By the rate since the first row was handed out. More than is left of --deadline: the run will stop with 75.",
        "dtdurations",
        ((f"max({_of_run('ray_colorizer_seconds_left')})", ""),),
        "stat",
        4,
    ),
    Panel(
        "At it for",
        "Since the run began, by its driver's clock.",
        "dtdurations",
        ((f"time() - max({_of_run('ray_colorizer_start_time_seconds')})", ""),),
        "stat",
        4,
    ),
    Panel(
        "Failed",
        "The share of the answered rows that failed. The breaker stops a run at half of the last 1,000 (--breaker).",
        "percentunit",
        ((f"({_FAILED} or vector(0)) / sum({_of_run(_ROWS)})", ""),),
        "stat",
        4,
        ((0.01, _YELLOW), (0.5, _RED)),
    ),
    Panel(
        "Rows a second",
        "By status. 0 while rows are left: no worker has come, or all are stuck in long shards.",
        "suffix: rows/s",
        ((_rate(_ROWS, "status"), "{{status}}"),),
        stacked=True,
    ),
    Panel(
        "Megapixels a second",
        "Of outputs. Steady while rows a second fall: the photographs have become larger, and nothing is wrong.",
        "suffix: MP/s",
        ((f"{_rate('ray_colorizer_pixels_total')} / 1e6", "megapixels"),),
    ),
    Panel(
        "Rows left",
        "Rows that no worker has answered yet. It should fall as a straight line.",
        "short",
        ((f"max({_of_run('ray_colorizer_rows_left')})", "left"),),
    ),
)

_TIME = (
    Panel(
        "Seconds a second, by stage",
        "How many threads are at each stage, on average; reads and writes overlap the rest. Read or write above infer: the "
        "store is what the run waits for.",
        "suffix: s/s",
        ((_rate(_STAGES, "stage"), "{{stage}}"),),
        stacked=True,
    ),
    Panel(
        "Seconds a row, by stage",
        "What a row takes in each stage, of the last five minutes.",
        "s",
        ((f"{_rate(_STAGES, 'stage')} / scalar({_rate(_ROWS)})", "{{stage}}"),),
    ),
    Panel(
        "Bytes a second",
        "Read of sources, written of outputs.",
        "Bps",
        ((_rate("ray_colorizer_read_bytes_total"), "read"), (_rate("ray_colorizer_written_bytes_total"), "written")),
    ),
    Panel(
        "Seconds of a shard",
        "Of computing. A lost worker costs two shards at most; a spot notice comes two minutes before the node goes.",
        "s",
        (
            (f"histogram_quantile(0.5, {_rate(f'{_SHARDS}_bucket', 'le')})", "median"),
            (f"histogram_quantile(0.95, {_rate(f'{_SHARDS}_bucket', 'le')})", "95th percentile"),
            (f"{_rate(f'{_SHARDS}_sum')} / {_rate(f'{_SHARDS}_count')}", "mean, roughly"),
        ),
        width=12,
        steps=((120, _RED),),
    ),
    Panel(
        "Shards in hand",
        "Of all workers, up to two each. Below the workers while rows are left: rows run alone, and others wait for them.",
        "short",
        ((f"max({_of_run('ray_colorizer_shards_in_hand')})", "in hand"),),
        width=12,
    ),
)

_FAILURES = (
    Panel(
        "Failed rows, by code",
        "Since the run began. docs/codes.md says of each what to do.",
        "short",
        ((f"sum by (code) ({_of_run('ray_colorizer_failures_total')})", "{{code}}"),),
        "bargauge",
        steps=((1, _YELLOW),),
    ),
    Panel(
        "Failures a second, by code",
        "One code that rises at once: what its rows have in common is wrong.",
        "suffix: rows/s",
        ((_rate("ray_colorizer_failures_total", "code"), "{{code}}"),),
        stacked=True,
    ),
    Panel(
        "Rows with a code",
        "Failed, skipped (ALREADY_COLOR, BLANK) and RECOLORED ones, since the run began.",
        "short",
        ((f"sum by (code) ({_of_run('ray_colorizer_codes_total')})", "{{code}}"),),
        "bargauge",
    ),
)

_WORKERS = (
    Panel(
        "Workers",
        "Asked for, and there and loaded. Alive below wanted for long: the cluster gets no nodes.",
        "short",
        ((f"max by (state) ({_of_run('ray_colorizer_workers')})", "{{state}}"),),
    ),
    Panel(
        "Workers lost, by cause",
        "Since the run began. node: what spot costs. memory: fewer workers a node, or larger ones. process, compute: a row.",
        "short",
        ((f"sum by (cause) ({_of_run('ray_colorizer_workers_lost_total')})", "{{cause}}"),),
        steps=((1, _YELLOW),),
    ),
    Panel(
        "Handed out again",
        "What lost workers had in hand: whole shards after a node went, else row by row (alone). A steady flow: workers end "
        "faster than they get done.",
        "suffix: calls/min",
        ((f"60 * {_rate('ray_colorizer_reruns_total', 'how')}", "{{how}}"),),
    ),
    Panel(
        "A worker's memory",
        "The most that one has had resident. Close to a node's memory ÷ its workers: the next large photograph ends one.",
        "bytes",
        ((f"max({_of_run('ray_colorizer_worker_memory_bytes')})", "the most"),),
    ),
    Panel(
        "Processor of the nodes",
        "Ray's own figure. Well below 100 % while rows are left: they wait for the store, or there are too few workers.",
        "percent",
        (("max by (ip) (ray_node_cpu_utilization)", "{{ip}}"),),
    ),
    Panel(
        "State",
        "Draining: by SIGTERM, --deadline, the world or the breaker the run was stopped, and finishes the rows in hand.",
        "none",
        ((f"max({_of_run('ray_colorizer_draining')})", ""),),
        "stat",
        steps=((1, _YELLOW),),
        words=(("0", "working"), ("1", "draining")),
    ),
)

ROWS = (
    ("The run", _THE_RUN),
    ("Where the time goes", _TIME),
    ("Failures", _FAILURES),
    ("Workers", _WORKERS),
)
