"""One run of the job's own functions over as many as ten million rows, without a photograph.

`python -m bench.scale first WORK ROWS` answers every row, `… second WORK` plans against the log of the first. Both print what
they took, phase by phase, as JSON; `make bench-scale` calls them.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from bench.untouched import LOST_EVERY, Untouched, UntouchedPool, signed
from jobs.answers import Answers, read_answers
from jobs.colorize import keyed
from jobs.count import count
from jobs.dispatch import Dispatch
from jobs.intake import Manifest, take_in
from jobs.log import Contents, list_log
from jobs.machine import peak_memory
from jobs.pending import Pending, plan
from jobs.pool import Pool
from jobs.run_id import new_run_id
from jobs.salvage import Place
from jobs.settings import RunSettings
from jobs.shards import Cutter
from jobs.stop import Stop
from jobs.storage.store import Store
from jobs.storage.stores import open_stores

FINGERPRINT = "scale"
REPEAT_EVERY = 1000
"""Every thousandth row repeats the one before it exactly."""


@dataclass(slots=True)
class Phases:
    """What each phase took, in its order.

    Attributes:
        seconds: on the wall.
        processor_seconds: of this process, all its threads.
        memory: the most this process had had resident when the phase ended, bytes.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    processor_seconds: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        wall, processor = time.monotonic(), _processor_seconds()
        yield
        self.seconds[name] = round(time.monotonic() - wall, 2)
        self.processor_seconds[name] = round(_processor_seconds() - processor, 2)
        self.memory[name] = peak_memory()


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def write_manifest(path: Path, rows: int) -> None:
    """A csv of an archive in a bucket: URI, ETag, size and a title."""
    with path.open("w", encoding="utf-8") as file:
        file.write("uri,etag,size,title\n")
        for number in range(rows):
            one = number - 1 if number % REPEAT_EVERY == REPEAT_EVERY - 1 else number
            file.write(
                f"s3://archive/collection-{one // 100_000:04d}/box-{one // 500:06d}/plate-{one:09d}.tif,"
                f"{one * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x},{2_000_000 + one % 1_000_003},Plate {one}\n"
            )


class Scale:
    """One run, phase by phase.

    Args:
        work: a folder with `manifest.csv`, where the log goes.
    """

    def __init__(self, work: Path) -> None:
        self._settings = RunSettings(manifest=str(work / "manifest.csv"), out=str(work / "out"))
        self._store: Store = open_stores(self._settings.stores())
        self._log = self._settings.log_uri()
        self.phases = Phases()

    def prepare(self) -> tuple[str, Manifest, Answers, Pending]:
        """As `jobs/job.py` does: the log listed, the manifest taken in, the log read, the plan made."""
        with self.phases.phase("list the log"):
            contents: Contents = list_log(self._store, self._log)
        run_id = new_run_id(time.time(), contents.runs)
        with self.phases.phase("read, name, spool, check"):
            manifest = take_in(self._settings, keyed(self._settings), self._store, run_id, None, lambda _: None)
        with self.phases.phase("read the log"):
            before = read_answers(self._store, self._log, contents)
        with self.phases.phase("plan"):
            pending = plan(manifest.spool.batches(), manifest.duplicates, before, FINGERPRINT, None)
        return run_id, manifest, before, pending

    def first(self, start_pool: Callable[[Untouched], Pool] = UntouchedPool) -> dict[str, object]:
        """Every row answered and counted."""
        run_id, manifest, before, pending = self.prepare()
        pool = start_pool(Untouched(self._log, signed(run_id, FINGERPRINT, "untouched"), self._settings.stores()))
        try:
            pool.preflight(lambda: False)
            with self.phases.phase("run"):
                cutter = Cutter(manifest.spool.rows(pending.mask), pending.count, self._settings.shard_seconds)
                place = Place(self._store, self._log, signed(run_id, FINGERPRINT, "driver"))
                done = Dispatch(pool, cutter, place, Stop(), lambda _: None).run()
        finally:
            pool.close()
        with self.phases.phase("count"):
            contents = list_log(self._store, self._log)
            after = read_answers(self._store, self._log, contents)
            counted = count(manifest.spool.batches(), manifest.duplicates, pending.mask, before, after)
        assert counted.rows == manifest.spool.count == pending.count + counted.duplicates
        assert counted.unanswered == 0
        assert counted.by_status == done.tally.by_status
        return {**self._said(manifest), "parts": len(contents.parts), "by_status": dict(counted.by_status)}

    def second(self) -> dict[str, object]:
        """Planned against the log of the first, and not run."""
        _, manifest, before, pending = self.prepare()
        numbers = np.arange(manifest.spool.count)
        assert np.array_equal(pending.mask, (numbers % LOST_EVERY == 0) & ~manifest.duplicates)
        return {**self._said(manifest), "answers": len(before), "pending": dict(pending.reasons)}

    def _said(self, manifest: Manifest) -> dict[str, object]:
        seconds = round(sum(self.phases.seconds.values()), 2)
        return {
            "rows": manifest.spool.count,
            "total_seconds": seconds,
            "driver_memory": peak_memory(),
            **asdict(self.phases),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("which", choices=["first", "second"])
    parser.add_argument("work", type=Path, help="a folder of its own")
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.which == "first":
        write_manifest(options.work / "manifest.csv", options.rows)
    print(json.dumps(getattr(Scale(options.work), options.which)(), indent=1))


if __name__ == "__main__":
    main()
