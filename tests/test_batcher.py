"""The batcher: pictures of several threads in one pass of the network, each with its own answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import numpy as np
import pytest

from colorizer_core.engines.choice import EngineChoice
from colorizer_core.errors import EngineError
from jobs.batcher import BatchEngine, Batcher
from jobs.engine_choice import build_engine
from jobs.forms import Network
from jobs.model_store import resolve
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores

SIZE = 8
LONG = 60.0
"""Seconds of patience that no test is to wait for."""


class Negative:
    """The ab of a picture is minus its first value. Waits before each batch until it is let; remembers their sizes."""

    def __init__(self, let: Callable[[], object] = lambda: None) -> None:
        self.input_size = SIZE
        self.batches: list[int] = []
        self.threads: set[int] = set()
        self._let = let

    def forward(self, lightness: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.forward_batch(lightness[None])[0]
        return found

    def forward_batch(self, lightness: np.ndarray) -> np.ndarray:
        self._let()
        self.batches.append(len(lightness))
        self.threads.add(threading.get_ident())
        if (lightness == 13).any():
            raise EngineError("thirteen")
        return np.stack([np.full((2, SIZE // 4, SIZE // 4), -one[0, 0], np.float32) for one in lightness])


class Short(Negative):
    """Gives an answer less than it should."""

    def forward_batch(self, lightness: np.ndarray) -> np.ndarray:
        return super().forward_batch(lightness)[1:]


def picture(value: float) -> np.ndarray:
    return np.full((SIZE, SIZE), value, np.float32)


def test_each_thread_gets_the_answer_to_its_own_picture():
    engine = Negative()
    batcher = Batcher(engine, 4)
    assert batcher.input_size == SIZE
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda value: batcher.forward(picture(value)), range(200, 400)))
    assert [ab[0, 0, 0] for ab in answers] == [-value for value in range(200, 400)]
    assert {ab.shape for ab in answers} == {(2, 2, 2)}
    assert sum(engine.batches) == 200
    assert max(engine.batches) <= 4
    assert len(engine.threads) == 1, "the engine is one thread's"


def test_a_full_batch_waits_for_nobody():
    engine = Negative()
    batcher = Batcher(engine, 3, LONG)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda value: batcher.forward(picture(value)), range(3)))
    assert engine.batches == [3]


def test_a_picture_alone_waits_no_longer_than_it_may():
    engine = Negative()
    assert Batcher(engine, 8, 0.01).forward(picture(5))[0, 0, 0] == -5
    assert engine.batches == [1]


def test_while_one_batch_is_computed_the_next_gathers():
    let = threading.Semaphore(0)
    engine = Negative(let.acquire)
    batcher = Batcher(engine, 4, 0.0)
    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(batcher.forward, picture(0))
        while batcher._asked.qsize():
            pass
        others = [threads.submit(batcher.forward, picture(value)) for value in range(1, 5)]
        while batcher._asked.qsize() < 4:
            pass
        let.release(2)
        assert [future.result()[0, 0, 0] for future in (first, *others)] == [0, -1, -2, -3, -4]
    assert engine.batches == [1, 4]


def test_an_error_is_the_whole_batchs_and_the_next_one_is_computed():
    batcher = Batcher(Negative(), 2, LONG)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(batcher.forward, picture(value)) for value in (13, 7)]
        for future in both:
            with pytest.raises(EngineError, match="thirteen"):
                future.result()
        answers = threads.map(lambda value: batcher.forward(picture(value)), (8, 9))
        assert [ab[0, 0, 0] for ab in answers] == [-8, -9]


def test_an_engine_that_gives_too_few_answers_is_an_error_and_nobody_waits_for_ever():
    with pytest.raises(EngineError, match="0 answers to 1 pictures"):
        Batcher(Short(), 4, 0.0).forward(picture(1))


def test_with_a_real_network_it_changes_nothing_that_can_be_seen():
    pytest.importorskip("onnxruntime")
    store = open_stores(StoreSettings())
    engine = build_engine(EngineChoice("onnxruntime"), Network(resolve("mini", None, store), None, store))
    batcher = Batcher(cast("BatchEngine", engine), 4, LONG)
    pictures = [
        np.random.default_rng(seed).normal(0, 20, (engine.input_size,) * 2).astype(np.float32) for seed in range(4)
    ]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(batcher.forward, pictures))
    apart = [np.abs(ab - engine.forward(one)).max() for one, ab in zip(pictures, together, strict=True)]
    assert max(apart) < 0.001
