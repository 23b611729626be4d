"""What faults are done to: the commands that run, their workers, the nodes and the place; and what is to be undone later."""

from __future__ import annotations

import heapq
import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.faults.driver import Driver, start
from bench.faults.place import Place

_PATIENCE = 60.0


@dataclass
class Scene:
    """One archive while it is coloured.

    Attributes:
        place: where.
        work: a folder for what the commands say.
        cluster: Ray's, of this process, with nodes that may go.
        traps: the folder that its workers look into.
        chance: decides all that is decided.
        drivers: the commands that have not ended.
    """

    place: Place
    work: Path
    cluster: Any
    traps: Path
    chance: random.Random
    drivers: list[Driver] = field(default_factory=list)
    _later: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=itertools.count)
    _world_is_wrong: int = 0

    @property
    def running(self) -> list[Driver]:
        """Those that are not stopped."""
        return [driver for driver in self.drivers if not driver.is_stopped]

    def start(self, *options: str) -> Driver:
        """The command once more."""
        said = self.work / f"said-{next(self._number):03d}.txt"
        driver = start(self.place.manifest, self.place.out, said, "--ray", self.cluster.address, *options)
        self.drivers.append(driver)
        if len(self.drivers) > 1:
            for one in self.drivers:
                one.excuse_another()
        if self._world_is_wrong:
            driver.excuse_the_world()
        return driver

    def later(
        self,
        seconds: float,
        what: Callable[[], object],
        once: Callable[[], bool] | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        """Does it once so many seconds have passed, or at the end.

        With `once` they are counted from when that holds, looked at every second, or from when patience ends.
        """
        if once is None or patience <= 0 or once():
            heapq.heappush(self._later, (time.monotonic() + seconds, next(self._number), what))
        else:
            self.later(1, lambda: self.later(seconds, what, once, patience - 1))

    def do_what_is_due(self, everything: bool = False) -> None:
        """What `later` was told."""
        while self._later and (everything or self._later[0][0] <= time.monotonic()):
            heapq.heappop(self._later)[2]()

    def world_is_wrong(
        self, seconds: float, mend: Callable[[], object], once: Callable[[], bool] | None = None
    ) -> None:
        """Something common is: commands may stop for it until it is mended. `once` as in `later`."""
        self._world_is_wrong += 1
        for driver in self.drivers:
            driver.excuse_the_world()

        def undo() -> None:
            mend()
            self._world_is_wrong -= 1

        self.later(seconds, undo, once)
