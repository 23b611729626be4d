"""`colorizer report` over a million rows: `python -m bench.report`, seconds, memory and bytes of the page, as JSON.

The log is written first: real parts of 500 rows, a real spooled manifest, five in a hundred failed, a second run that answers
a tenth of the rows anew. The pictures that the sample draws are there too, so that the page has its thumbnails. Then the command
runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from jobs.layout import ShardName, manifest_folder, part_uri
from jobs.machine import cpu_name
from jobs.parquet import to_parquet
from jobs.report.survey import survey
from jobs.rows import Facts, ManifestRow
from jobs.schema import SCHEMA
from jobs.spool import write_spool
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.storage.uri import absolute

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "report.json"
RUNS = ("r20260101T000000Z-0001", "r20260102T000000Z-0002")
PART_ROWS = 500
SHOWN = 300
_CODES = (None,) * 95 + ("NOT_FOUND", "NOT_AN_IMAGE", "CORRUPT_IMAGE", "NOT_FOUND", "TOO_LARGE")
_WORKERS = 64
_MEGA = 1 << 20


def source(number: int, work: Path) -> str:
    """A photograph of an archive of 2,000 boxes or so."""
    return f"{absolute(str(work))}/photos/box-{number // 500:05d}/plate-{number:09d}.jpg"


def write_log(store: Store, work: Path, rows: int) -> str:
    """The log's URI."""
    log = absolute(str(work / "colored" / "colorizer-log"))
    write_spool(_manifest(rows, work), _output, store, manifest_folder(log, RUNS[0]))
    for shard, first in enumerate(range(0, rows, PART_ROWS)):
        _write_part(store, log, RUNS[0], shard, np.arange(first, min(first + PART_ROWS, rows)), work)
    write_spool(_manifest(rows, work), _output, store, manifest_folder(log, RUNS[1]))
    for shard, first in enumerate(range(0, rows // 10, PART_ROWS)):
        _write_part(store, log, RUNS[1], shard, np.arange(first, min(first + PART_ROWS, rows // 10)), work)
    return log


def _output(row: ManifestRow) -> str:
    return row.uri.replace("/photos/", "/colored/")


def _manifest(rows: int, work: Path) -> Iterator[ManifestRow]:
    for number in range(rows):
        yield ManifestRow(source(number, work), Facts(size=2_000_000), None, None, None, number + 1)


def _write_part(store: Store, log: str, run: str, shard: int, numbers: np.ndarray, work: Path) -> None:
    sources = [source(number, work) for number in numbers.tolist()]
    codes = [_CODES[number % 100] for number in numbers.tolist()]
    good = np.array([code is None for code in codes])
    worker, count = shard % _WORKERS, len(numbers)
    at = (1_767_225_600 + RUNS.index(run) * 86_400 + (shard // _WORKERS) * 60) * 1000 + np.arange(count) * 120
    values: dict[str, object] = {
        "run_id": [run] * count, "shard": [shard] * count, "attempt": [0] * count, "row": numbers,
        "source_uri": sources, "source_size": [2_000_000] * count,
        "output_uri": [one.replace("/photos/", "/colored/") for one in sources],
        "status": np.where(good, "colorized", "failed"), "code": codes,
        "message": [None if code is None else f"{code}: {one}" for code, one in zip(codes, sources, strict=True)],
        "output_sha256": [f"{number:064x}" if is_good else None for number, is_good in zip(numbers.tolist(), good, strict=True)],
        "width": np.where(good, 4000, 0), "height": np.where(good, 3000, 0),
        "fingerprint": ["report"] * count, "worker": [f"w{worker}"] * count, "node": [f"node-{worker // 8}"] * count,
        "started_at": at, "seconds": [0.12] * count,
        **{f"t_{stage}_ms": 10.0 + numbers % 17 for stage in ("read", "decode", "infer", "render", "encode", "write")},
    }  # fmt: skip
    cells = [
        pa.array(values.get(field.name, [None] * count)).cast(_plain(field.type)).cast(field.type) for field in SCHEMA
    ]
    table = pa.Table.from_arrays(cells, schema=SCHEMA)
    store.create(part_uri(log, ShardName(run, shard, 0)), to_parquet(table))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else pa.int64() if pa.types.is_timestamp(kind) else kind


def write_pictures(store: Store, log: str) -> int:
    """The photographs that the sample draws, gray and coloured, 2 megapixels each; how many."""
    noise = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)
    colored = cv2.resize(noise, (1600, 1200), interpolation=cv2.INTER_CUBIC)
    data = [cv2.imencode(".jpg", one)[1].tobytes() for one in (cv2.cvtColor(colored, cv2.COLOR_BGR2GRAY), colored)]
    shots = survey(store, log, SHOWN, 0.04).sample.shots
    for shot in shots:
        for uri, picture in zip((shot.source, shot.output), data, strict=True):
            store.write(uri, picture)
    return len(shots)


def measured(log: str, page: Path) -> dict[str, object]:
    """One report in a process of its own."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "jobs.cli", "report", log, "-o", str(page), "--rows", str(SHOWN)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": round(time.monotonic() - begun, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "memory_mib": round(used.ru_maxrss * 1024 / _MEGA),
        "page_mib": round(page.stat().st_size / _MEGA, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    store = open_stores(StoreSettings())
    (HERE / "work").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HERE / "work") as folder:
        log = write_log(store, Path(folder), options.rows)
        pictures = write_pictures(store, log)
        figures = {
            "processor": cpu_name(),
            "processors": len(os.sched_getaffinity(0)),
            "load": round(os.getloadavg()[0], 1),
            "rows": options.rows,
            "pictures": pictures,
            **measured(log, Path(folder) / "report.html"),
        }
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
