"""The summary of a run: what `--json` prints and `_summary.json` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

COMPLETE = 0
INTERNAL = 1
FAILURES = 3
STOPPED_EARLY = 75
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Summary:
    """One run in figures.

    Attributes:
        run_id: the run.
        rows: of the manifest: colorized (or counted) + skipped + failed + duplicates + unanswered.
        colorized: rows with an output, by the newest answer of each, of this run or an earlier one; likewise the next.
        counted: rows whose colours were counted, by `colorizer palette`.
        skipped: rows left alone for a reason.
        failed: rows with a code.
        duplicates: exact repeats in the manifest.
        unanswered: rows that wait for the next run; 0 unless the run stopped early.
        known_failures: failed rows that had failed with the same code before.
        by_code: rows by code.
        tried: rows that this run answered.
        tried_colorized: those of them that were coloured.
        seconds: of the whole run.
        startup_seconds: until the first shard was handed out.
        images_per_second: rows that this run coloured or counted ÷ the seconds from the first shard handed out to the last part.
        workers: how many shared the rows.
        worker_memory: the most that one worker has had resident, bytes.
        driver_memory: the most that the driver has had resident, bytes.
        out: where the pictures are.
        log: where the log is.
        exit_code: of the command.
        stopped: why the run stopped early, or None.
        stopped_code: the same as one of the world's codes; None where it did not stop, or was told to.
    """

    run_id: str
    rows: int
    colorized: int
    skipped: int
    failed: int
    duplicates: int
    unanswered: int
    known_failures: int
    by_code: Mapping[str, int]
    tried: int
    tried_colorized: int
    seconds: float
    startup_seconds: float
    images_per_second: float
    workers: int
    worker_memory: int
    driver_memory: int
    out: str
    log: str
    exit_code: int
    stopped: str | None
    stopped_code: str | None
    counted: int = 0

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The same for people, each line under 80 columns but for the URIs."""
        lines = [
            f"{self.rows:,} rows: {self.colorized:,} colorized, {self.skipped:,} skipped, {self.failed:,} failed, "
            f"{self.duplicates:,} repeated" + (f", {self.unanswered:,} to do" if self.unanswered else ""),
            f"this run: {self.tried:,} rows in {self.seconds:.1f} s ({self.startup_seconds:.1f} s to start), "
            f"{self.images_per_second:.2f} images/s",
        ]
        lines += [f"  {rows:,} × {code}" for code, rows in sorted(self.by_code.items())]
        if self.known_failures:
            lines.append(f"  failures that were known before this run: {self.known_failures:,}")
        if self.stopped:
            lines.append(f"stopped: {self.stopped}; the same command goes on from here")
        return [*lines, f"pictures: {self.out}", f"log:      {self.log}"]
