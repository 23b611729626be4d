"""A real S3 server behind a proxy that misbehaves: what passes is never seen, what lasts has the right name, no byte is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from colorizer_core.errors import ColorizerError
from jobs.errors import AccessDenied, AlreadyThere, NotFound, ReadTimeout, Unavailable, WorldError, WriteTimeout
from jobs.rows import NOTHING_STATED, Facts
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


READ_FAULTS = ["slow", "reset", "silent", "500", "503", "short", "short, reset", "stall", "damage", "error body",
               "error body, own headers", "login page", "empty body", "wrong ETag", "odd date"]  # fmt: skip
WRITE_FAULTS = ["slow", "reset", "silent", "500", "503", "error body", "login page", "empty body", "wrong ETag",
                "lost reply", "upload breaks", "upload damaged"]  # fmt: skip
LIST_FAULTS = ["slow", "reset", "silent", "500", "503", "short", "short, reset", "stall", "error body", "login page",
               "empty body"]  # fmt: skip
STAT_FAULTS = ["slow", "reset", "silent", "500", "503", "odd date"]


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_a_read_does_not_see_a_fault_that_passes(
    fault: str, store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    direct.write(uri, DATA)
    facts = direct.stat(uri)
    for stated in (NOTHING_STATED, facts):
        sizes: list[int] = []
        proxy.set(twice(fault, "GET"))
        blob = store.read(uri, stated, sizes.append)
        assert (blob.data, blob.facts) == (DATA, facts)
        assert len(sizes) == 1
        assert proxy.each_struck()


@pytest.mark.parametrize(
    "fault", [name for name in READ_FAULTS if name not in {"damage", "wrong ETag", "error body, own headers"}]
)
def test_a_stream_does_not_see_a_fault_that_passes(
    fault: str, store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    direct.write(uri, DATA)
    proxy.set(twice(fault, "GET"))
    with store.open(uri) as stream:
        assert stream.read() == DATA
    assert proxy.each_struck()


@pytest.mark.parametrize("fault", WRITE_FAULTS)
@pytest.mark.parametrize("verb", ["write", "create"])
def test_a_write_does_not_see_a_fault_that_passes(
    fault: str, verb: str, store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    if verb == "write":
        direct.write(uri, OTHER)
    proxy.set(twice(fault, "PUT"))
    getattr(store, verb)(uri, DATA)
    assert direct.read(uri).data == DATA


@pytest.mark.parametrize("fault", LIST_FAULTS)
def test_a_listing_does_not_see_a_fault_that_passes(
    fault: str, store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    for number in range(3):
        direct.write(f"{uri}/{number}", DATA)
    proxy.set(twice(fault, "LIST"))
    assert list(store.list(f"{uri}/")) == list(direct.list(f"{uri}/"))
    assert proxy.each_struck()


def test_a_listing_goes_on_at_the_page_that_failed(
    store: S3Store, direct: S3Store, proxy: Proxy, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{uri}/{number}" for number in range(5)]
    for name in names:
        direct.write(name, b"")
    whole = store._client().list_objects_v2

    def in_pages(**wanted: Any) -> Any:
        if "ContinuationToken" in wanted and not proxy.struck:
            proxy.set(Rule("500", ("LIST",), times=1), Rule("empty body", ("LIST",), times=1))
        return whole(**wanted, MaxKeys=2)

    monkeypatch.setattr(store._client(), "list_objects_v2", in_pages)
    assert [one.uri for one in store.list(f"{uri}/")] == names
    assert proxy.each_struck()


@pytest.mark.parametrize("fault", STAT_FAULTS)
def test_stat_and_delete_do_not_see_a_fault_that_passes(
    fault: str, store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    direct.write(uri, DATA)
    proxy.set(twice(fault, "HEAD"), twice("500" if fault == "odd date" else fault, "DELETE"))
    assert store.stat(uri) == direct.stat(uri)
    store.delete(uri)
    assert proxy.each_struck()
    assert there(direct, uri) is None


LASTING_READS: list[tuple[str, type[ColorizerError]]] = [
    ("reset", ReadTimeout),
    ("silent", ReadTimeout),
    ("500", Unavailable),
    ("503", Unavailable),
    ("403", AccessDenied),
    ("404", NotFound),
    ("no bucket", WorldError),
    ("expired", WorldError),
    ("short", ReadTimeout),
    ("short, reset", ReadTimeout),
    ("stall", ReadTimeout),
    ("damage", Unavailable),
    ("error body", Unavailable),
    ("error body, own headers", Unavailable),
    ("login page", Unavailable),
    ("empty body", Unavailable),
    ("wrong ETag", Unavailable),
    ("odd date", Unavailable),
]


@pytest.mark.parametrize(("fault", "kind"), LASTING_READS)
def test_a_read_says_which_fault_lasts(
    fault: str, kind: type[ColorizerError], hasty: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    direct.write(uri, DATA)
    for stated in (NOTHING_STATED, direct.stat(uri)):
        proxy.set(Rule(fault, ("GET",)))
        with pytest.raises(kind) as raised:
            hasty.read(uri, stated)
        assert type(raised.value) is kind
        asked = [method for method, _ in proxy.asked if method == "GET"]
        assert len(asked) == (1 if kind in {AccessDenied, NotFound, WorldError} else 2)
        if fault in {"silent", "stall"}:
            break


LASTING_WRITES: list[tuple[str, type[ColorizerError]]] = [
    ("reset", WriteTimeout),
    ("silent", WriteTimeout),
    ("500", Unavailable),
    ("503", Unavailable),
    ("403", AccessDenied),
    ("no bucket", WorldError),
    ("expired", WorldError),
    ("error body", Unavailable),
    ("login page", Unavailable),
    ("empty body", Unavailable),
    ("lost reply", WriteTimeout),
    ("upload breaks", WriteTimeout),
    ("upload damaged", Unavailable),
]


@pytest.mark.parametrize(("fault", "kind"), LASTING_WRITES)
@pytest.mark.parametrize("verb", ["write", "create"])
def test_a_write_says_which_fault_lasts_and_leaves_it_whole_or_absent(
    fault: str, kind: type[ColorizerError], verb: str, hasty: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    proxy.set(Rule(fault, ("PUT",)))
    with pytest.raises(kind) as raised:
        getattr(hasty, verb)(uri, DATA)
    assert type(raised.value) is kind
    assert there(direct, uri) in {None, DATA}


@pytest.mark.parametrize("verb", ["write", "create"])
def test_a_put_whose_etag_is_wrong_is_read_back(
    verb: str, store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    proxy.set(Rule("wrong ETag", ("PUT",)))
    getattr(store, verb)(uri, DATA)
    assert proxy.asked == [("PUT", uri.split("/", 3)[3]), ("GET", uri.split("/", 3)[3])]
    assert direct.read(uri).data == DATA


def test_bytes_that_were_kept_otherwise_are_taken_away(hasty: S3Store, direct: S3Store, proxy: Proxy, uri: str) -> None:
    proxy.set(Rule("wrong ETag", ("PUT",)), Rule("damage", ("GET",)))
    with pytest.raises(Unavailable, match="other bytes"):
        hasty.write(uri, DATA)
    assert there(direct, uri) is None
    proxy.set(Rule("wrong ETag", ("PUT",), times=1), Rule("damage", ("GET",), times=1))
    hasty.write(uri, DATA)
    assert direct.read(uri).data == DATA


def test_a_create_whose_reply_is_lost_meets_its_own_bytes_and_anothers_are_refused(
    store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    proxy.set(Rule("lost reply", ("PUT",), times=1))
    store.create(uri, DATA)
    assert [method for method, _ in proxy.asked] == ["PUT", "PUT", "GET"]
    proxy.set(Rule("500", ("PUT",), times=1), Rule("short", ("GET",), times=1))
    with pytest.raises(AlreadyThere):
        store.create(uri, OTHER)
    assert direct.read(uri).data == DATA


@pytest.mark.parametrize("fault", [name for name in LIST_FAULTS if name != "slow"])
def test_a_listing_that_fails_is_never_a_shorter_one(
    fault: str, hasty: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    direct.write(f"{uri}/1", DATA)
    proxy.set(Rule(fault, ("LIST",)))
    with pytest.raises((ReadTimeout, Unavailable)):
        list(hasty.list(f"{uri}/"))


def test_a_missing_object_is_its_rows_and_a_missing_bucket_the_worlds(
    rgw: Rgw, proxy: Proxy, uri: str, store: S3Store, direct: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct.write(uri, DATA)
    fresh = connect(proxy.endpoint, rgw, monkeypatch)
    proxy.set(Rule("404", ("GET", "HEAD")))
    for ask in (fresh.read, fresh.stat):
        with pytest.raises(NotFound):
            ask(uri)
    proxy.set(Rule("no bucket", ("GET", "HEAD", "LIST")))
    for ask in (fresh.read, connect(proxy.endpoint, rgw, monkeypatch).stat):
        with pytest.raises(WorldError, match="NoSuchBucket"):
            ask(uri)


@pytest.mark.parametrize("where", ["body", "stream"])
def test_a_trickle_ends_with_its_time(
    where: str, rgw: Rgw, proxy: Proxy, uri: str, direct: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte every 0.05 s never trips a timeout of 0.5 s between two bytes."""
    direct.write(uri, DATA)
    slow = connect(proxy.endpoint, rgw, monkeypatch, replace(HASTY, object_timeout=0.5))
    proxy.set(Rule("trickle", ("GET",)))
    ask: Callable[[], bytes] = (lambda: slow.read(uri).data) if where == "body" else (lambda: slow.open(uri).read())
    with pytest.raises(ReadTimeout, match=r"too slow|longer than it may"):
        ask()
    assert len(proxy.asked) == 1
    proxy.set()


def test_waiting_for_admission_is_not_the_objects_time(
    rgw: Rgw, proxy: Proxy, uri: str, direct: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct.write(uri, DATA)
    hurried = connect(proxy.endpoint, rgw, monkeypatch, replace(HASTY, object_timeout=0.6))
    proxy.set()
    waited = threading.Event()
    assert hurried.read(uri, NOTHING_STATED, lambda _: (waited.wait(0.9), None)[1]).data == DATA


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (replace(HASTY, object_timeout=0.5), "longer than it may"),
        (replace(HASTY, connect_timeout=0.1, read_timeout=0.1), "ConnectionClosedError"),
    ],
    ids=["too slow", "stalls"],
)
def test_an_upload_that_is_taken_too_slowly_is_a_write_timeout(
    settings: StoreSettings,
    reason: str,
    rgw: Rgw,
    proxy: Proxy,
    uri: str,
    direct: S3Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = connect(proxy.endpoint, rgw, monkeypatch, settings)
    proxy.set(Rule("upload stalls", ("PUT",)))
    with pytest.raises(WriteTimeout, match=reason):
        slow.write(uri, bytes(24_000_000))
    proxy.set()
    assert there(direct, uri) is None


def test_a_whole_body_gives_its_connection_back(store: S3Store, direct: S3Store, proxy: Proxy, uri: str) -> None:
    direct.write(uri, DATA)
    store.read(uri)
    before = proxy.connections
    for _ in range(5):
        store.read(uri)
        store.write(uri, DATA)
    assert proxy.connections == before


def test_an_etag_that_is_no_md5_is_not_compared(
    rgw: Rgw, store: S3Store, direct: S3Store, proxy: Proxy, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, (bucket, key) = admin(rgw), uri.removeprefix("s3://").split("/", 1)
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=DATA)
    parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=parts)
    facts = direct.stat(uri)
    proxy.set(Rule("other ETag", ("GET",), times=2))
    assert store.read(uri, facts).data == DATA
    proxy.set(Rule("short", ("GET",), times=1), Rule("other ETag", ("GET",), times=1))
    assert store.open(uri).read() == DATA
    assert proxy.each_struck()
    client.put_object(Bucket=bucket, Key=key, Body=DATA, ServerSideEncryption="aws:kms", SSEKMSKeyId="testkey-1")
    assert store.read(uri).data == DATA
    direct.write(uri, DATA)
    odd = connect(proxy.endpoint, rgw, monkeypatch, replace(HASTY, etag_is_md5=False))
    proxy.set(Rule("wrong ETag", ("GET", "PUT")))
    odd.write(uri, DATA)
    assert odd.read(uri).data == DATA


def test_a_stated_size_that_is_wrong_is_a_change_once_the_bytes_are_proven(
    store: S3Store, direct: S3Store, uri: str
) -> None:
    from jobs.errors import SourceChanged

    direct.write(uri, DATA)
    with pytest.raises(SourceChanged, match="size"):
        store.read(uri, Facts(etag=direct.stat(uri).etag, size=7))
