"""docs/metrics.md: the metrics of a run, made from `jobs/metrics.py`."""

from __future__ import annotations

from jobs.metrics import METRICS, RUN, SHARD_SECONDS

_PAGE = f"""# The metrics of a run

*Made by `make docs` from `jobs/metrics.py`; change it there.*

On Ray (`--ray` anything but `none`) the driver hands its figures to Ray's exporter, and Prometheus finds them at the metrics
port of the node that the driver is on: the head, for `ray job submit` and KubeRay. [deploy/grafana.json](../deploy/grafana.json)
draws all of them; in Grafana: Dashboards → New → Import. `colorizer status` tells the same without any of this
([status.md](status.md)).

- The port is what `ray start --metrics-export-port` says: 8080 with KubeRay and in `cluster.yaml`. Without it Ray takes a free
  one and writes it into `/tmp/ray/prom_metrics_service_discovery.json`, which Prometheus reads as it is (`file_sd_configs`).
- With KubeRay, let Prometheus scrape the pods' port `metrics` (a PodMonitor with `podMetricsEndpoints: [{{port: metrics}}]`).
- Ray passes figures on every 10 s, and the last ones as the run ends. Rows are counted when the part of the log that answers
  them is there, up to `--shard-seconds` after they were coloured: look at rates over 5 minutes.

Every metric has the label `{RUN}`, the run's id, beside Ray's own. No label has a source, an output or a message in it: a run
makes about fifty series, whatever its archive. A counter begins with its run, so that its value is the run's own; one that has
counted nothing yet is not exported. A gauge goes 20 s after its driver; Ray keeps the counters of runs that have ended until
the head ends.

| metric | kind | unit | labels | what it tells | what to look for |
|---|---|---|---|---|---|
"""

_BOUNDS = ", ".join(f"{bound:g}" for bound in SHARD_SECONDS.bounds)
_END = f"""
The buckets of `{SHARD_SECONDS.exported[0]}` end at {_BOUNDS} seconds. Its `_sum` is made by Ray
from the middles of the buckets: a mean by it is a rough one.
"""


def metrics_page() -> str:
    """The page."""
    rows = (
        f"| {', '.join(f'`{name}`' for name in one.exported)} | {one.kind} | {one.unit} | "
        f"{', '.join(f'`{label}`' for label in one.labels)} | {one.meaning} | {one.watch} |\n"
        for one in METRICS
    )
    return _PAGE + "".join(rows) + _END
