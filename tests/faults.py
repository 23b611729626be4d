"""Engines that fail on purpose, by `--engine tests.faults:WHERE_WHAT`: the network, the codec or the disk of a worker that
sleeps, spins, crashes or eats memory over the one photograph that is poison. Others get a faint tint, at once.

WHERE: net, codec, read, write. WHAT: sleeps, spins (the GIL held), crashes, exits, starves (asks for more memory than there
can be), hoards (takes what there is).
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from colorizer_core import colorizer
from colorizer_core.model import Model
from jobs.storage.disk import DiskStore
from tests.engines import WHITE, Tint

POISON = "poison"
"""In the name of the photograph; its picture is white."""

STEP, STEPS = 2**28, 32
"""256 MiB at a time, 8 GiB in all: more than a test's memory monitor lets anybody have."""


def hoard() -> None:
    """Takes memory step by step, and holds it until somebody ends the process."""
    held = []
    for _ in range(STEPS):
        held.append(np.ones(STEP, np.uint8))
        time.sleep(0.05)
    time.sleep(3600)


WHATS: dict[str, Callable[[], object]] = {
    "sleeps": lambda: time.sleep(3600),
    "spins": lambda: sum(range(10**12)),  # one call in C: no other thread runs until it is done
    "crashes": lambda: ctypes.string_at(0),
    "exits": lambda: os._exit(9),
    "starves": lambda: np.empty(2**60, np.uint8),
    "hoards": hoard,
}


class Net(Tint):
    """Does it at the white picture."""

    def __init__(self, what: Callable[[], object]) -> None:
        super().__init__()
        self._what = what

    def forward(self, lightness: np.ndarray) -> np.ndarray:
        if lightness.min() > WHITE:
            self._what()
        return super().forward(lightness)


def __getattr__(name: str) -> Callable[[Model, int], Tint]:
    where, _, what = name.partition("_")
    if where not in ("net", "codec", "read", "write") or what not in WHATS:
        raise AttributeError(name)

    def build(_model: Model, _threads: int) -> Tint:
        """Runs in the worker's own process, so what it puts in place of codec or disk is gone with that."""
        if where == "net":
            return Net(WHATS[what])
        if where == "codec":
            colorizer.read = _before(colorizer.read, lambda data, _: data[:4] == b"\x89PNG", WHATS[what])
        else:
            verb = getattr(DiskStore, where)
            setattr(DiskStore, where, _before(verb, lambda _, uri, *__: POISON in uri, WHATS[what]))
        return Tint()

    return build


def _before(step: Any, is_poison: Callable[..., bool], what: Callable[[], object]) -> Any:
    def faulty(*given: Any) -> Any:
        if is_poison(*given):
            what()
        return step(*given)

    return faulty
