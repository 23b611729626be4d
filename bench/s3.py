"""A loopback S3 for measuring: a real Ceph RGW with the photographs in a bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from tests.rgw import admin, missing, running_rgw

BUCKET = "bench"


@contextmanager
def loopback_s3(source: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The bucket, with the files of `source` below `in/`, and the environment that reaches it.

    Raises:
        RuntimeError: Ceph's RGW is not installed; the message says what to install.
    """
    if reason := missing():
        raise RuntimeError(reason)
    with running_rgw() as server:
        environment = server.env()
        os.environ.update(environment)
        admin(server).create_bucket(Bucket=BUCKET)
        store = open_stores(StoreSettings())
        for path in sorted(source.iterdir()):
            store.write(f"s3://{BUCKET}/in/{path.name}", path.read_bytes(), "image/jpeg")
        yield BUCKET, environment
