"""A worker on a store that fails as a table says: what is one row's becomes its code, what is the world's stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from jobs.coloring import Coloring
from jobs.configuration import configured
from jobs.errors import Archived, NotFound, ReadTimeout, Unavailable, WorldError, WriteTimeout
from jobs.log import list_log, read_part
from jobs.model_store import resolve
from jobs.outcome import Provenance
from jobs.reading import ReadAhead
from jobs.rows import NOTHING_STATED, Facts, Row, Shard
from jobs.storage.memory import MemoryStore
from jobs.storage.settings import StoreSettings
from jobs.storage.store import OCTETS, Beside, Blob
from jobs.storage.stores import open_stores
from jobs.worker import Worker, WorkerSettings
from tests import runs
from tests.engines import Tint

_DISK = open_stores(StoreSettings())
LOG, RUN = "mem://log", "r20260101T000000Z-0000"


@dataclass
class Faulty(MemoryStore):
    """Raises what stands in the table for a URI's last name, on reading or writing it."""

    reads: dict[str, Exception] = field(default_factory=dict)
    writes: dict[str, Exception] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        if uri.startswith("file://"):
            return _DISK.read(uri)  # the model
        if error := self.reads.get(uri.rpartition("/")[2]):
            raise error
        return super().read(uri, stated, admit)

    def write(self, uri: str, data: bytes, content_type: str = OCTETS, beside: Beside = None) -> None:
        if error := self.writes.get(uri.rpartition("/")[2]):
            raise error
        super().write(uri, data, content_type, beside)


def worker(store: MemoryStore, threads: int = 1, **flags: object) -> Worker:
    settings, _ = configured(
        {"manifest": "m.txt", "out": "mem://out", "engine": runs.QUICK, "ray": "none", **flags}, {}
    )
    model = resolve("mini", None, _DISK)
    whole = WorkerSettings(
        settings,
        Coloring(settings, model),
        LOG,
        "mem://out",
        StoreSettings(),
        Provenance(RUN, model.name, model.sha256, *["none"] * 3, "f"),
        threads=threads,
    )
    return Worker(whole, "w", store)


def shard(store: MemoryStore, count: int) -> Shard:
    for number in range(count):
        store.write(f"mem://in/source-{number}.jpg", runs.picture(number))
    return Shard(
        0,
        0,
        tuple(Row(n, f"mem://in/source-{n}.jpg", NOTHING_STATED, f"mem://out/{n}.jpg", None) for n in range(count)),
    )


def logged(store: MemoryStore) -> dict[int, str | None]:
    answers: dict[int, str | None] = {}
    for name in list_log(store, LOG).parts:
        part = read_part(store, LOG, name, ["row", "code"])
        answers |= dict(zip(part["row"].to_pylist(), part["code"].to_pylist(), strict=True))
    return answers


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("x"), "NOT_FOUND"),
        (Archived("x"), "ARCHIVED"),
        (ReadTimeout("x"), "READ_TIMEOUT"),
        (Unavailable("x"), "STORE_UNAVAILABLE"),
        (MemoryError(), "OUT_OF_MEMORY"),
    ],
)
def test_a_read_that_fails_is_that_rows_code(error: Exception, code: str):
    store = Faulty()
    rows = shard(store, 5)
    store.reads = {"source-3.jpg": error}
    result = worker(store).run(rows)
    assert result.world is None
    assert logged(store) == {0: None, 1: None, 2: None, 3: code, 4: None}


def test_a_write_that_fails_is_that_rows_code():
    store = Faulty(writes={"2.jpg": WriteTimeout("x")})
    result = worker(store).run(shard(store, 4))
    assert (result.world, result.tally.rows) == (None, 4)
    assert logged(store) == {0: None, 1: None, 2: "WRITE_TIMEOUT", 3: None}


def test_a_write_for_which_there_is_no_memory_is_that_rows_code():
    store = Faulty(writes={"2.jpg": MemoryError()})
    assert worker(store).run(shard(store, 4)).world is None
    assert logged(store) == {0: None, 1: None, 2: "OUT_OF_MEMORY", 3: None}


def test_rows_of_a_part_that_could_not_be_put_are_not_counted(monkeypatch: pytest.MonkeyPatch):
    def full(uri: str, *_: object) -> None:
        if "/part-" in uri:
            raise WorldError("STORE_FULL", "the disk is full")

    store = Faulty()
    monkeypatch.setattr(store, "create", full)
    result = worker(store).run(shard(store, 4))
    assert (result.tally.rows, result.world and result.world.code) == (0, "STORE_FULL")


def test_rows_that_take_longer_than_a_shard_may_are_given_back():
    class Slow(Faulty):
        def read(self, uri: str, *asked: object) -> Blob:
            if uri.startswith("mem://in/"):
                time.sleep(0.1)
            return super().read(uri)

    store = Slow()
    whole = shard(store, 40)
    result = worker(store, shard_seconds="0.2", readers=1).run(whole)
    left = [row.number for row in result.left]
    assert 0 < len(left) < 40
    assert set(logged(store)) == set(range(40)).difference(left)
    assert (result.tally.rows, result.world) == (40 - len(left), None)


@pytest.mark.parametrize("read_ahead", ["1", "300000"])
def test_small_files_on_disk_do_not_wait_for_bytes_that_only_they_could_give_back(tmp_path: Path, read_ahead: str):
    rows = []
    for number, size in enumerate([200_000] * 3 + [2_000] * 5):
        file = tmp_path / f"{number}.jpg"
        file.write_bytes(runs.picture(number).ljust(size, b"\0"))
        rows.append(Row(number, f"file://{file}", Facts(size=size), f"mem://out/{number}.jpg", None))
    store = Faulty()
    result = []
    one = worker(store, read_ahead=read_ahead)
    running = threading.Thread(target=lambda: result.append(one.run(Shard(0, 0, tuple(rows)))), daemon=True)
    running.start()
    running.join(30)
    assert [found.tally.rows for found in result] == [8]


def test_a_worker_that_is_closed_leaves_no_shard_waiting_for_its_turn():
    store, waiting = Faulty(), threading.Event()

    def slow(uri: str, *_: object) -> Blob:
        waiting.wait(0.5)
        return MemoryStore.read(store, uri)

    store.read = slow  # type: ignore[method-assign]
    stop = threading.Event()
    reading = ReadAhead(store, 1, 1000, stop)
    reading.start(shard(store, 20).rows)
    second = threading.Thread(target=lambda: reading.start(shard(store, 20).rows), daemon=True)
    second.start()
    stop.set()
    reading.close()
    second.join(10)
    assert not second.is_alive()


def test_the_world_failing_on_a_read_ends_the_shard_and_only_rows_that_were_done_are_answered():
    store = Faulty()
    rows = shard(store, 40)
    store.reads = {"source-5.jpg": WorldError("CREDENTIALS_REFUSED", "the token has expired")}
    one = worker(store, readers=1)
    result = one.run(rows)
    assert result.world is store.reads["source-5.jpg"]
    answered = logged(store)
    assert set(answered) <= set(range(40)) - {5}
    assert all(f"mem://out/{number}.jpg" in {found.uri for found in store.list("mem://out/")} for number in answered)


def test_the_world_failing_on_a_write_leaves_the_shard_in_doubt():
    store = Faulty(writes={"2.jpg": WorldError("STORE_FULL", "the disk is full")})
    result = worker(store).run(shard(store, 4))
    assert (result.world, result.tally.rows) == (store.writes["2.jpg"], 0)
    assert logged(store) == {}
    assert len(list_log(store, LOG).in_doubt) == 1


def test_a_row_run_alone_whose_output_may_be_lost_is_not_answered(monkeypatch: pytest.MonkeyPatch):
    def full(_uri: str) -> None:
        raise WorldError("DISK_FAILED", "the disk is full")

    store = Faulty()
    (row, *_) = shard(store, 1).rows
    outcome, world = worker(store).answer(row)
    assert (outcome and outcome.status, world) == ("colorized", None)
    monkeypatch.setattr(store, "flush", full)
    outcome, world = worker(store).answer(row)
    assert (outcome, world and world.code) == (None, "DISK_FAILED")


def test_a_drained_worker_answers_nothing_more():
    store = Faulty()
    rows = shard(store, 4)
    one = worker(store)
    one.drain()
    assert one.run(rows).tally.rows == 0
    assert logged(store) == {}


def test_sources_larger_than_the_budget_pass_one_at_a_time():
    store = Faulty()
    result = worker(store, read_ahead="1").run(shard(store, 9))
    assert (result.world, result.tally.by_status["colorized"]) == (None, 9)


class Batching(Tint):
    """Computes batches; remembers their sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def forward_batch(self, lightness: np.ndarray) -> np.ndarray:
        self.batches.append(len(lightness))
        return np.stack([self.forward(one) for one in lightness])


@pytest.mark.parametrize(("batch", "largest"), [(None, 4), (2, 2), (1, 0)])
def test_for_a_gpu_the_threads_of_a_worker_fill_batches(
    monkeypatch: pytest.MonkeyPatch, batch: int | None, largest: int
):
    engine, store = Batching(), Faulty()
    monkeypatch.setattr("jobs.coloring.build_engine", lambda *_: engine)
    asked = {"engine": "onnxruntime", "device": "cuda", "batch": batch}
    result = worker(store, threads=4, **asked).run(shard(store, 80))
    assert (result.world, result.tally.by_status["colorized"]) == (None, 80)
    assert max(engine.batches, default=0) == largest
    assert sum(engine.batches) == (80 if largest else 0)
