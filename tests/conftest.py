"""The S3 servers that the tests use: Ceph's RGW, which is real, and moto, which is fast and takes any secret."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from jobs.storage.store import Store
from tests import children, order
from tests.faulty import connected, direct, hasty, proxy, store, uri  # noqa: F401 - fixtures
from tests.ray_cluster import ray, ray_cluster  # noqa: F401 - fixtures
from tests.rgw import Rgw, missing, running_rgw
from tests.verifying import archive, archive_in_s3, on_disk  # noqa: F401 - fixtures
from tests.web import web  # noqa: F401 - a fixture

for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]  # no test may reach a real account
children.hide_pandas()
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["MOTO_S3_DEFAULT_MAX_KEYS"] = "100"  # a listing's page
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order.sort(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: order.Producer) -> order.ByFile | None:
    return order.ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def rgw() -> Iterator[Rgw]:
    """A real S3 server; tests that need it skip where Ceph is not installed."""
    if reason := missing():
        pytest.skip(reason)
    with running_rgw() as server:
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[Rgw]:
    """A fake S3 server: for what RGW does not have, and for where RGW is not."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Rgw(f"http://{host}:{port}", "anyaccesskey", "anysecretkey")
    server.stop()


@pytest.fixture(scope="session")
def stores() -> dict[str, Store]:
    """The stores that tests have connected to, by server: a client takes 0.1 s to build."""
    return {}


@pytest.fixture
def bucket_name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"
