"""Archives that were coloured and are verified: on disk, in memory, on a real S3 server; and ways to damage them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jobs.layout import parse_part
from jobs.parquet import from_parquet, to_parquet
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.summary import Summary
from jobs.verify.proof import Proof
from jobs.verify.prove import prove
from jobs.verify.settings import VerifySettings
from tests import runs
from tests.rgw import Rgw, admin

NAMES = (
    "a.jpg",
    "box 1/Größe %2F+#?.jpg",
    'box 1/=1+1,"q".jpg',
    "ни/ß/🙂.jpg",
    " b.jpg",
    "c.png",
    "d.tif",
    "e.webp.jpg",
)
TINTED = "tests.engines:tinted"


@dataclass(frozen=True)
class Archive:
    """Photographs below `in/` and what is made of them below `out/`."""

    store: Store
    root: str

    @property
    def out(self) -> str:
        return f"{self.root}/out"

    @property
    def log(self) -> str:
        return f"{self.out}/colorizer-log"

    def coloured(self, **options: Any) -> Summary:
        for number, name in enumerate(NAMES):
            self.store.write(f"{self.root}/in/{name}", runs.picture(number))
        return self.run(**options)

    def run(self, **options: Any) -> Summary:
        return runs.run(f"{self.root}/in/", self.out, "none", **options)

    def proof(self, **asked: Any) -> Proof:
        return prove(replace(VerifySettings(self.log, engine=runs.QUICK), **asked), io.StringIO())

    def outputs(self) -> list[str]:
        listed = (one.uri for one in self.store.list(f"{self.out}/"))
        return [uri for uri in listed if not uri.startswith(f"{self.log}/")]

    def edit_log(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Every row of every part, changed."""
        parts = [one.uri for one in self.store.list(f"{self.log}/") if parse_part(self.log, one.uri)]
        for uri in parts:
            table = from_parquet(self.store.read(uri).data)
            rows = [change(row) for row in table.to_pylist()]
            self.store.write(uri, to_parquet(pa.Table.from_pylist(rows, schema=table.schema)))


@pytest.fixture(params=["disk", "memory", "s3"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, bucket_name: str) -> Archive:
    """In a place of each kind."""
    if request.param == "disk":
        return Archive(open_stores(StoreSettings()), f"file://{tmp_path}")
    if request.param == "memory":
        return Archive(open_stores(StoreSettings()), f"mem://{bucket_name}")
    return request.getfixturevalue("archive_in_s3")


@pytest.fixture
def archive_in_s3(rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch) -> Archive:
    for name, value in rgw.env().items():
        monkeypatch.setenv(name, value)
    admin(rgw).create_bucket(Bucket=bucket_name)
    return Archive(open_stores(StoreSettings()), f"s3://{bucket_name}")


@pytest.fixture
def on_disk(tmp_path: Path) -> Archive:
    return Archive(open_stores(StoreSettings()), f"file://{tmp_path}")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def flipped(data: bytes) -> bytes:
    """One bit of them, in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def found(proof: Proof) -> Iterator[tuple[str, str]]:
    """Names and outputs of the findings."""
    return ((one.name, one.output_uri) for one in proof.first)
