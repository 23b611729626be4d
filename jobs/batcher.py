"""Batches for a GPU: the pictures of several compute threads, computed together."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Protocol

import numpy as np
import numpy.typing as npt

from colorizer_core.engines import Engine
from colorizer_core.errors import EngineError

Map = npt.NDArray[np.float32]

_PATIENCE = 0.01
"""Seconds that a picture waits for others: a few passes of a GPU, a tenth of what a thread does to a picture besides."""


class BatchEngine(Engine, Protocol):
    """An engine that computes several pictures in one pass."""

    def forward_batch(self, lightness: Map) -> Map:
        """(n, s, s) → (n, 2, s/4, s/4): `forward` on each."""
        ...


class Batcher:
    """An engine for many threads before one that computes batches. While one batch is computed the next one gathers.

    Args:
        engine: that computes; called by one thread only, which is not of those that ask.
        most: pictures of a batch.
        patience: seconds that the first picture of a batch waits for others at most.
    """

    def __init__(self, engine: BatchEngine, most: int, patience: float = _PATIENCE) -> None:
        self.input_size = engine.input_size
        self._engine, self._most, self._patience = engine, most, patience
        self._asked: SimpleQueue[tuple[Map, Future[Map]]] = SimpleQueue()
        threading.Thread(target=self._serve, name="batch", daemon=True).start()

    def forward(self, lightness: Map) -> Map:
        """(s, s) float32, L minus 50 → (2, s/4, s/4) float32, ab. See `Engine`. Waits for the batch that it is in."""
        answer: Future[Map] = Future()
        self._asked.put((lightness, answer))
        return answer.result()

    def _serve(self) -> None:
        while True:
            batch = self._gather()
            try:
                maps = self._computed([lightness for lightness, _ in batch])
            except BaseException as error:  # noqa: BLE001 - theirs who wait, whatever it is
                for _, answer in batch:
                    answer.set_exception(error)
            else:
                for (_, answer), ab in zip(batch, maps, strict=True):
                    answer.set_result(ab.copy())  # else one that is kept would keep the whole batch

    def _computed(self, pictures: list[Map]) -> Map:
        maps = self._engine.forward_batch(np.stack(pictures))
        if len(maps) != len(pictures):
            raise EngineError(f"the engine gave {len(maps)} answers to {len(pictures)} pictures")
        return maps

    def _gather(self) -> list[tuple[Map, Future[Map]]]:
        """The next batch: full, or as many as came while the first one waited."""
        batch = [self._asked.get()]
        until = time.monotonic() + self._patience
        while len(batch) < self._most:
            try:
                batch.append(self._asked.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                break
        return batch
