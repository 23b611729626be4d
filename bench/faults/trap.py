"""The engine of the campaign, `--engine bench.faults.trap:build`: a faint tint after 20 ms, and traps on the way of a row.

A trap is a file in the folder that `CAMPAIGN_TRAPS` names, called after `tests.faults`: WHERE_WHAT. The first row that comes
past takes it away and has it happen. So it strikes one row of one worker, once, whichever comes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_core import colorizer
from colorizer_core.model import Model
from jobs.storage.disk import DiskStore
from jobs.storage.s3 import S3Store
from tests.engines import Tint
from tests.faults import WHATS

FOLDER = "CAMPAIGN_TRAPS"
PLATE = "plate-"
"""In the name of every photograph of the archive; what else is read or put steps into no trap."""
SECONDS = 0.02
TRAPS = (
    *(f"net_{what}" for what in WHATS),
    *(f"codec_{what}" for what in WHATS),
    *(f"{verb}_{what}" for verb in ("read", "write") for what in ("sleeps", "spins", "crashes", "exits")),
)


class Trapped(Tint):
    """Steps into the traps of the network, and of the codec, but for the test picture."""

    def __init__(self) -> None:
        super().__init__(SECONDS)
        self._has_begun = False

    def forward(self, lightness: np.ndarray) -> np.ndarray:
        if self._has_begun:
            _step("net")
        self._has_begun = True
        return super().forward(lightness)

    def decode(self, *_: object) -> None:
        if self._has_begun:
            _step("codec")


def build(_model: Model, _threads: int) -> Tint:
    """Runs in the worker's own process; what it puts in place of codec and stores is gone with that."""
    engine = Trapped()
    if FOLDER in os.environ:
        colorizer.read = _before(colorizer.read, engine.decode)
        for store in (DiskStore, S3Store):
            for verb in ("read", "write"):
                setattr(store, verb, _before(getattr(store, verb), _at_plates(verb)))
    return engine


def _step(where: str) -> None:
    for trap in Path(os.environ.get(FOLDER, os.devnull)).glob(f"{where}_*"):
        try:
            trap.unlink()
        except FileNotFoundError:
            continue  # another row was here before
        WHATS[trap.name.partition("_")[2]]()


def _at_plates(verb: str) -> Callable[..., None]:
    def step(_store: object, uri: str, *_: Any) -> None:
        if PLATE in uri:
            _step(verb)

    return step


def _before(verb: Callable[..., Any], step: Callable[..., None]) -> Callable[..., Any]:
    def trapped(*given: Any, **named: Any) -> Any:
        step(*given)
        return verb(*given, **named)

    return trapped
