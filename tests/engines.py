"""Engines for tests, by `--engine tests.engines:NAME`: quick ones, slow ones, and those that stall, die, starve or break."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np

from colorizer_core.errors import EngineError
from colorizer_core.model import Model

SIZE = 32
BROKEN = "TESTS_BROKEN_ENGINE"
"""The variable that names a file: once it is there, `breakable` can't be built."""
STALL = 6.0
WHITE = 40.0
"""L minus 50 that the picture which `deadly` dies of has at least."""


class Tint:
    """The same faint tint for every picture, after `seconds`; ends its process at one that is nearly white if `deadly`."""

    def __init__(self, seconds: float = 0.0, deadly: bool = False, ab: float = 8) -> None:
        self.input_size = SIZE
        self._seconds, self._deadly, self._ab = seconds, deadly, ab

    def forward(self, lightness: np.ndarray) -> np.ndarray:
        if self._deadly and lightness.min() > WHITE:
            os._exit(9)
        time.sleep(self._seconds)
        return np.full((2, SIZE // 4, SIZE // 4), self._ab, np.float32)


def quick(_model: Model, _threads: int) -> Tint:
    return Tint()


def tinted(_model: Model, _threads: int) -> Tint:
    """The tint that the variable TESTS_TINT says."""
    return Tint(ab=float(os.environ["TESTS_TINT"]))


def slow(_model: Model, _threads: int) -> Tint:
    return Tint(seconds=0.1)


class Stalling(Tint):
    """Slow; and while the file is there that the variable TESTS_STALL names, 6 s a picture, which it says in that file."""

    def forward(self, lightness: np.ndarray) -> np.ndarray:
        stall = Path(os.environ["TESTS_STALL"])
        if stall.exists():
            stall.write_text("begun")
            time.sleep(STALL)
        return super().forward(lightness)


def stalling(_model: Model, _threads: int) -> Tint:
    return Stalling(seconds=0.1)


class Paired(Tint):
    """Computes a picture only while another thread computes one too; a third at once is an error."""

    def __init__(self) -> None:
        super().__init__()
        self._both, self._room = threading.Barrier(2, timeout=30), threading.Semaphore(2)

    def forward(self, lightness: np.ndarray) -> np.ndarray:
        if not self._room.acquire(blocking=False):
            raise EngineError("more than two threads at once")
        try:
            self._both.wait()
            return super().forward(lightness)
        finally:
            self._room.release()


def paired(_model: Model, threads: int) -> Tint:
    """Of a worker with two threads."""
    assert threads == 2
    return Paired()


def deadly(_model: Model, _threads: int) -> Tint:
    return Tint(deadly=True)


def stillborn(_model: Model, _threads: int) -> Tint:
    """Its process ends as the model is loaded."""
    os._exit(9)


def asleep(_model: Model, _threads: int) -> Tint:
    """It never answers, not even to the test picture."""
    return Tint(seconds=3600)


def starving(_model: Model, _threads: int) -> Tint:
    """There is no memory for it."""
    np.empty(2**60, np.uint8)
    return Tint()


def breakable(_model: Model, _threads: int) -> Tint:
    """Slow, as long as it can be built."""
    if Path(os.environ[BROKEN]).exists():
        raise EngineError("the runtime is broken")
    return Tint(seconds=0.1)
