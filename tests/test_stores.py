"""What every store guarantees, over every store: memory, disk, moto and Ceph's RGW."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from jobs.errors import AlreadyThere, NotFound, SourceChanged, UsageError
from jobs.rows import NOTHING_STATED, Facts
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.storage.uri import join
from tests.rgw import Rgw, admin

ODD_NAMES = [
    "plain.tif",
    "with space.tif",
    "a%2Fb.tif",
    "a+b.tif",
    "a#b.tif",
    "a?b=c&d.tif",
    "Ä ö 日本 🙂.tif",
    "e\u0301 not \u00e9.tif",
    "a'b\"c<d>.tif",
    "back\\slash.tif",
    "tab\tand\nline.tif",
    "100%.tif",
    "~home/$X/*.tif",
    "deep/er/and/deeper/x.tif",
]


@dataclass(frozen=True)
class Place:
    store: Store
    root: str
    kind: str

    def __call__(self, name: str) -> str:
        return join(self.root, name)


@pytest.fixture(params=["memory", "disk", "moto", "rgw"])
def place(
    request: pytest.FixtureRequest,
    stores: dict[str, Store],
    tmp_path: Path,
    bucket_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    """A root that is empty. One bucket a server: making one takes RGW longer than all that a test does in it."""
    kind = request.param
    if kind in {"memory", "disk"}:
        root = {"memory": f"mem://{bucket_name}", "disk": f"file://{tmp_path}/root"}[kind]
        return Place(open_stores(StoreSettings()), root, kind)
    server: Rgw = request.getfixturevalue(kind)
    if kind not in stores:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        admin(server).create_bucket(Bucket="stores")
        stores[kind] = open_stores(StoreSettings())
    return Place(stores[kind], f"s3://stores/{bucket_name}", kind)


def test_what_is_written_is_read(place: Place) -> None:
    place.store.write(place("a/b.tif"), b"colour", "image/tiff")
    blob = place.store.read(place("a/b.tif"))
    assert blob.data == b"colour"
    assert blob.facts.size == 6
    assert blob.facts.mtime is not None
    assert abs(blob.facts.mtime - time.time()) < 60


def test_an_empty_object_is_an_object(place: Place) -> None:
    place.store.write(place("empty"), b"")
    assert place.store.read(place("empty")).data == b""
    assert place.store.stat(place("empty")).size == 0
    assert place.store.open(place("empty")).read() == b""


def test_a_write_goes_over_what_was_there(place: Place) -> None:
    place.store.write(place("x"), b"one and long")
    place.store.write(place("x"), b"two")
    assert place.store.read(place("x")).data == b"two"


def test_a_create_makes_what_is_not_there(place: Place) -> None:
    place.store.create(place("new/x"), b"one")
    assert place.store.read(place("new/x")).data == b"one"


def test_a_create_that_meets_its_own_bytes_has_succeeded(place: Place) -> None:
    place.store.create(place("x"), b"one")
    place.store.create(place("x"), b"one")
    assert place.store.read(place("x")).data == b"one"


@pytest.mark.parametrize("other", [b"two", b"longer than it", b""])
def test_a_create_that_meets_other_bytes_is_refused_and_leaves_them(place: Place, other: bytes) -> None:
    place.store.create(place("x"), b"one")
    with pytest.raises(AlreadyThere, match="x"):
        place.store.create(place("x"), other)
    assert place.store.read(place("x")).data == b"one"


def test_of_creates_at_once_exactly_one_wins(place: Place) -> None:
    start = threading.Barrier(8)

    def create(n: int) -> bool:
        start.wait(30)
        try:
            place.store.create(place("lease"), b"%d" % n * 1000)
        except AlreadyThere:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(create, range(8)))
    assert won.count(True) == 1
    assert place.store.read(place("lease")).data == b"%d" % won.index(True) * 1000


def test_stat_and_read_and_list_agree(place: Place) -> None:
    place.store.write(place("x"), b"colour")
    (listed,) = place.store.list(place(""))
    facts = place.store.stat(place("x"))
    assert facts == place.store.read(place("x")).facts
    assert listed.facts == facts
    assert facts.version_id is None
    assert '"' not in (facts.etag or "")


def test_what_is_not_there_is_not_found(place: Place) -> None:
    place.store.write(place("y/z"), b"")
    for gone in ("x", "y", "y/", "y/z/q"):
        for ask in (place.store.read, place.store.stat, place.store.open):
            if place.kind == "disk" and gone in {"y", "y/"}:
                continue  # a folder is there, and is no file
            with pytest.raises(NotFound) as raised:
                ask(place(gone))
            assert place(gone) in str(raised.value)


def test_a_prefix_that_nothing_has_is_never_an_error_of_another_kind(place: Place) -> None:
    place.store.write(place("x"), b"")
    try:
        assert list(place.store.list(place("none/"))) == []
    except NotFound:
        assert place.kind == "disk"


def test_what_is_deleted_is_gone_and_none_there_is_success(place: Place) -> None:
    place.store.write(place("x"), b"colour")
    for _ in range(2):
        place.store.delete(place("x"))
    place.store.delete(place("never/was"))
    with pytest.raises(NotFound):
        place.store.read(place("x"))


@pytest.mark.parametrize("fact", ["etag", "size", "mtime"])
def test_a_stated_fact_that_holds_is_read_and_one_that_does_not_is_a_change(place: Place, fact: str) -> None:
    place.store.write(place("x"), b"colour")
    found = getattr(place.store.stat(place("x")), fact)
    if found is None:
        pytest.skip(f"{place.kind} has no {fact}")
    other: Any = "0" * 32 if fact == "etag" else found - 100
    assert place.store.read(place("x"), replace(NOTHING_STATED, **{fact: found})).data == b"colour"
    with pytest.raises(SourceChanged, match="SOURCE_CHANGED"):
        place.store.read(place("x"), replace(NOTHING_STATED, **{fact: other}))


def test_a_time_says_nothing_where_the_etag_agrees(place: Place) -> None:
    place.store.write(place("x"), b"colour")
    etag = place.store.stat(place("x")).etag
    if etag is None:
        pytest.skip(f"{place.kind} has no ETag")
    assert place.store.read(place("x"), Facts(etag=etag, mtime=1)).data == b"colour"


def test_admit_is_asked_once_with_the_size_and_may_refuse(place: Place) -> None:
    place.store.write(place("x"), b"colour")
    sizes: list[int] = []
    assert place.store.read(place("x"), NOTHING_STATED, sizes.append).data == b"colour"
    assert sizes == [6]

    class Refused(Exception):
        pass

    def refuse(size: int) -> None:
        raise Refused

    with pytest.raises(Refused):
        place.store.read(place("x"), NOTHING_STATED, refuse)


def test_admit_is_not_asked_for_what_has_changed(place: Place) -> None:
    place.store.write(place("x"), b"colour")
    sizes: list[int] = []
    with pytest.raises(SourceChanged):
        place.store.read(place("x"), Facts(size=7), sizes.append)
    assert sizes == []


def test_a_stream_gives_the_same_bytes_and_can_seek(place: Place) -> None:
    data = bytes(range(256)) * 12_000
    place.store.write(place("x"), data)
    with place.store.open(place("x")) as stream:
        assert stream.read(10) == data[:10]
        assert stream.read() == data[10:]
        stream.seek(-5, 2)
        assert stream.read() == data[-5:]
        stream.seek(256_000)
        assert stream.read(2) == data[:2]
    with place.store.open(place("x")) as stream:
        assert sum(1 for _ in stream) == data.count(b"\n") + 1


@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_are_literal(place: Place, name: str) -> None:
    if place.kind == "moto" and "\n" in name:
        pytest.skip("moto's server has no route for a line feed")
    place.store.create(place(name), name.encode())
    assert place.store.read(place(name)).data == name.encode()
    assert [listed.uri for listed in place.store.list(place(""))] == [place(name)]
    place.store.delete(place(name))
    with pytest.raises(NotFound):
        place.store.stat(place(name))


def test_a_listing_is_in_the_order_of_the_bytes_of_names(place: Place) -> None:
    names = ["a/b/c", "a/b.c", "a/b!", "a/ba", "a.b", "a!", "B", "a/z", "ä", "z", "\U0001f642", "\uffee", "0"]
    for name in names:
        place.store.write(place(name), name.encode())
    listed = list(place.store.list(place("")))
    expected = sorted(names, key=lambda name: name.encode())
    assert [one.uri for one in listed] == [place(name) for name in expected]
    assert [one.facts.size for one in listed] == [len(name.encode()) for name in expected]
    assert [one.uri for one in place.store.list(place("a/"))] == [
        place(n) for n in ("a/b!", "a/b.c", "a/b/c", "a/ba", "a/z")
    ]


def test_a_listing_goes_on_after_its_first_page(place: Place) -> None:
    names = [f"{n:04}" for n in range(205 if place.kind == "moto" else 1005)]  # a page has 100, elsewhere 1,000
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: place.store.write(place(name), b""), names))
    assert [listed.uri for listed in place.store.list(place(""))] == [place(name) for name in names]


def test_flush_returns(place: Place) -> None:
    place.store.write(place("a/x"), b"colour")
    place.store.flush(place("a"))
    place.store.flush(place("never/was"))


@pytest.mark.parametrize("uri", ["http://host/x", "gs://bucket/x", "/a/path", "x"])
def test_an_unknown_scheme_is_refused_with_the_known_ones(uri: str) -> None:
    with pytest.raises(UsageError, match=r"file://, s3://, mem://"):
        open_stores(StoreSettings()).stat(uri)
