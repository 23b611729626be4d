"""What the Ray dashboard and Prometheus see of one worker."""

from __future__ import annotations

from ray.util.metrics import Counter

from jobs.tally import Tally


class Metrics:
    """Ray's counters of rows, seconds and bytes."""

    def __init__(self) -> None:
        self._rows = Counter("colorizer_rows", "Rows answered.", ("status",))
        self._seconds = Counter("colorizer_stage_seconds", "Seconds spent, by stage.", ("stage",))
        self._read = Counter("colorizer_bytes_in", "Bytes of sources read.")
        self._written = Counter("colorizer_bytes_out", "Bytes of outputs written.")

    def add(self, tally: Tally) -> None:
        """Adds what one shard did; a Ray counter refuses to grow by 0."""
        for status, rows in tally.by_status.items():
            self._rows.inc(rows, {"status": status})
        for stage, seconds in tally.stage_seconds.items():
            if seconds > 0:
                self._seconds.inc(seconds, {"stage": stage})
        if tally.bytes_in:
            self._read.inc(tally.bytes_in)
        if tally.bytes_out:
            self._written.inc(tally.bytes_out)
