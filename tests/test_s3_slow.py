"""Time that one object may take, connections that are kept, ETags that say nothing of the bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jobs.errors import ReadTimeout, SourceChanged, WriteTimeout
from jobs.rows import NOTHING_STATED, Facts
from jobs.storage.s3 import S3Store
from jobs.storage.settings import StoreSettings
from tests.fault_proxy import Proxy, Rule
from tests.faulty import DATA, HASTY, connect, there
from tests.rgw import Rgw, admin


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
    direct.write(uri, DATA)
    with pytest.raises(SourceChanged, match="size"):
        store.read(uri, Facts(etag=direct.stat(uri).etag, size=7))
