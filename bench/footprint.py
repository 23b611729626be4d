"""What rows cost besides processor time: requests to S3, and bytes of log: `python -m bench.footprint`.

The job runs in this process over an S3 on loopback, with a network that costs nothing, on two archives of different sizes; what
grows between them is what a row costs, and the rest is what a run does. Requests are counted as botocore sends them, tries of
the same request included. Every photograph is another, so that no column is smaller than in truth. A part of the log costs
something by itself and something by its rows: a line through the sizes of all parts tells the two apart.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from botocore.client import BaseClient
from moto.server import ThreadedMotoServer

from jobs import colorize
from jobs.configuration import configured
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from tests.rgw import Rgw, admin
from tests.runs import picture

RESULTS = Path(__file__).with_name("footprint.json")
BUCKET, SIZES = "bench", (500, 1500)


def main() -> None:
    """Runs both, prints what they took, and writes bench/footprint.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs=2, default=SIZES, help="of the two archives")
    rows = parser.parse_args().rows
    counted: Counter[str] = Counter()
    _count(counted)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    where = Rgw(f"http://{host}:{port}", "anyaccesskey", "anysecretkey")
    os.environ.update(where.env())
    admin(where).create_bucket(Bucket=BUCKET)
    took = [_run(count, counted) for count in rows]
    server.stop()
    first, second = took
    more = rows[1] - rows[0]
    per_row, per_part = np.polyfit(*zip(*first["parts"], *second["parts"], strict=True), 1)
    found = {
        "rows": list(rows),
        "runs": took,
        "requests_per_row": {
            name: round((second["requests"][name] - first["requests"].get(name, 0)) / more, 3)
            for name in sorted(second["requests"])
        },
        "part_bytes_per_row": round(per_row, 1),
        "part_bytes_per_part": round(per_part),
        "manifest_bytes_per_row": round((second["manifest_bytes"] - first["manifest_bytes"]) / more, 1),
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def _count(counted: Counter[str]) -> None:
    """Counts every request that any client of this process sends, by operation."""
    plain = BaseClient._make_request

    def counting(self: BaseClient, operation_model: Any, request_dict: Any, request_context: Any) -> Any:
        counted[operation_model.name] += 1
        return plain(self, operation_model, request_dict, request_context)

    BaseClient._make_request = counting


def _run(count: int, counted: Counter[str]) -> dict[str, Any]:
    store = open_stores(StoreSettings())
    for number in range(count):
        store.write(f"s3://{BUCKET}/{count}/in/box-{number % 40:02d}/plate-{number:05d}.jpg", picture(number))
    counted.clear()
    out = f"s3://{BUCKET}/{count}/out"
    flags = {"manifest": f"s3://{BUCKET}/{count}/in/", "out": out, "ray": "none", "engine": "bench.fake_engine:build"}
    summary = colorize.run(configured(flags, {})[0], None, io.StringIO())
    requests = dict(counted)
    if summary.colorized != count:
        raise RuntimeError(f"{summary.colorized} of {count} rows were coloured")
    parts = [store.read(one.uri).data for one in store.list(f"{out}/colorizer-log/") if "/part-" in one.uri]
    log = [(one.uri, one.facts.size or 0) for one in store.list(f"{out}/colorizer-log/")]
    return {
        "requests": requests,
        "log_objects": len(log),
        "log_bytes": sum(size for _, size in log),
        "parts": [(pq.read_metadata(io.BytesIO(part)).num_rows, len(part)) for part in parts],
        "manifest_bytes": sum(size for uri, size in log if "/_manifest/" in uri),
    }


if __name__ == "__main__":
    main()
