"""A real S3 server behind a proxy that misbehaves, and stores that ask it: fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from jobs.errors import NotFound
from jobs.storage.retry import Retries
from jobs.storage.s3 import S3Store
from jobs.storage.settings import StoreSettings
from tests.fault_proxy import Proxy, Rule, running_proxy
from tests.rgw import Rgw, admin

BUCKET = "faults"
PATIENT = StoreSettings(read_timeout=0.5, retries=Retries(tries=6, first_wait=0.01, budget=100_000))
HASTY = replace(PATIENT, retries=Retries(tries=2, first_wait=0.01, budget=100_000))
DATA, OTHER = (np.random.default_rng(seed).bytes(300_000) for seed in (1, 2))


@pytest.fixture(scope="module")
def proxy(rgw: Rgw) -> Iterator[Proxy]:
    admin(rgw).create_bucket(Bucket=BUCKET)
    with running_proxy(rgw.endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def connected() -> dict[str, S3Store]:
    """Stores by server: a client takes 0.1 s to build."""
    return {}


def connect(endpoint: str, rgw: Rgw, monkeypatch: pytest.MonkeyPatch, settings: StoreSettings = HASTY) -> S3Store:
    for name, value in replace(rgw, endpoint=endpoint).env().items():
        monkeypatch.setenv(name, value)
    store = S3Store(settings)
    store._client()
    return store


@pytest.fixture
def direct(rgw: Rgw, proxy: Proxy, connected: dict[str, S3Store], monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """The server without the proxy."""
    if "direct" not in connected:
        connected["direct"] = connect(rgw.endpoint, rgw, monkeypatch, StoreSettings())
    return connected["direct"]


@pytest.fixture
def store(rgw: Rgw, proxy: Proxy, connected: dict[str, S3Store], monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    """The server behind the proxy, which does nothing yet, asked patiently."""
    if "patient" not in connected:
        connected["patient"] = connect(proxy.endpoint, rgw, monkeypatch, PATIENT)
    proxy.set()
    yield connected["patient"]
    proxy.set()


@pytest.fixture
def hasty(rgw: Rgw, proxy: Proxy, connected: dict[str, S3Store], monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    """As `store`, but it gives up after two tries."""
    if "hasty" not in connected:
        connected["hasty"] = connect(proxy.endpoint, rgw, monkeypatch)
    proxy.set()
    yield connected["hasty"]
    proxy.set()


@pytest.fixture
def uri(bucket_name: str) -> str:
    """Of an object that is this test's alone."""
    return f"s3://{BUCKET}/{bucket_name}/x"


def twice(fault: str, *methods: str) -> Rule:
    """A fault that passes; what takes its time comes once."""
    return Rule(fault, methods, times=1 if fault in {"silent", "stall"} else 2)


def there(store: S3Store, uri: str) -> bytes | None:
    try:
        return store.read(uri).data
    except NotFound:
        return None
