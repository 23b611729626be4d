"""A real S3 server behind a proxy that misbehaves: what passes is never seen, what lasts has the right name, no byte is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from colorizer_core.errors import ColorizerError
from jobs.errors import AccessDenied, AlreadyThere, NotFound, ReadTimeout, Unavailable, WorldError, WriteTimeout
from jobs.leased_store import LeasedStore
from jobs.rows import NOTHING_STATED
from jobs.storage.s3 import S3Store
from tests.fault_proxy import Proxy, Rule
from tests.faulty import DATA, OTHER, connect, there, twice
from tests.rgw import Rgw

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
def test_a_put_is_not_tried_again_once_its_run_has_lost_the_lease(
    verb: str, store: S3Store, direct: S3Store, proxy: Proxy, uri: str
) -> None:
    class Guarding:
        """Lets one try pass."""

        def check(self) -> None:
            if proxy.each_struck():
                raise WorldError("LEASE_UNCERTAIN", "it may be another's")

    proxy.set(Rule("503", ("PUT",), times=1))
    with pytest.raises(WorldError, match="LEASE_UNCERTAIN"):
        getattr(LeasedStore(store, Guarding()), verb)(uri, DATA)
    proxy.set()
    assert there(direct, uri) is None
    store.write(uri, DATA)  # what was asked for one call is not asked for the next
    assert there(direct, uri) == DATA


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
