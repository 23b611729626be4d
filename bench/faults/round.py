"""One archive, coloured through faults until the command says that it is complete, and the proof."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from bench.faults.driver import Driver
from bench.faults.kinds import KINDS, Outcome
from bench.faults.proof import Answered, NotHeldError, answered, compare
from bench.faults.scene import Scene
from jobs.summary import COMPLETE, FAILURES
from tests.processes import own_ray_workers

_PATIENCE = 3600.0  # seconds for one round
_TICK = 0.2
_SLOWER = 4


@dataclass
class Told:
    """What a round came to.

    Attributes:
        faults: how many of each kind struck.
        exits: how the commands ended: exit codes, negative for a signal.
        seconds: on the wall.
        rows: answered, once each.
    """

    faults: Counter[str] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    rows: int = 0

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return {
            "faults": dict(self.faults.most_common()),
            "exits": {str(code): count for code, count in sorted(self.exits.items())},
            "seconds": round(self.seconds),
            "rows": self.rows,
        }

    def add(self, other: Told) -> None:
        """Sums."""
        self.faults += other.faults
        self.exits.update(other.exits)
        self.seconds += other.seconds
        self.rows += other.rows


class Round:
    """Disturbs one scene.

    Args:
        scene: nothing of it is coloured yet.
        undisturbed: what it should come to.
        every: seconds between faults, in the mean; the instants are those of a Poisson process, whose clock runs slower while
            no worker works, so that commands get to work at all.
        at_most: faults.
    """

    def __init__(self, scene: Scene, undisturbed: Answered, every: float, at_most: int) -> None:
        self._scene, self._undisturbed = scene, undisturbed
        self._every, self._left = every, at_most
        self._struck: list[tuple[str, Outcome]] = []
        self._told = Told()
        self._options: tuple[str, ...] = ()
        self._began = time.monotonic()

    def run(self) -> Told:
        """Until it is complete and proven.

        Raises:
            NotHeldError: a promise was broken.
        """
        scene, until_fault, before = self._scene, self._in_a_while(), time.monotonic()
        try:
            while not self._is_complete():
                scene.do_what_is_due()
                if not scene.running:
                    scene.start(*self._options)
                now = time.monotonic()
                until_fault -= (now - before) / (1 if _is_any_at_work() else _SLOWER)
                before = now
                if until_fault <= 0 and self._left > 0:
                    self._inject()
                    until_fault = self._in_a_while()
                time.sleep(_TICK)
                self._lose_patience()
            self._calm()
            self._prove()
        finally:
            for driver in scene.drivers:
                driver.process.kill()
        self._told.seconds = time.monotonic() - self._began
        return self._told

    def _in_a_while(self) -> float:
        return self._scene.chance.expovariate(1 / self._every)

    def _inject(self) -> None:
        kind = self._scene.chance.choices(KINDS, [kind.weight for kind in KINDS])[0]
        outcome = kind.inject(self._scene)
        if outcome is not None:
            print(f"{time.monotonic() - self._began:7.1f} s  {kind.name}", flush=True)
            self._struck.append((kind.name, outcome))
            self._left -= 1

    def _is_complete(self) -> bool:
        """Looks at the commands that have ended. Complete: one says so, and no row failed but those that always do."""
        complete = False
        for driver in [one for one in self._scene.drivers if one.has_ended]:
            self._scene.drivers.remove(driver)
            complete = self._took_an_end(driver) or complete
        return complete

    def _took_an_end(self, driver: Driver) -> bool:
        code, summary = driver.process.returncode, driver.summary
        print(f"{time.monotonic() - self._began:7.1f} s      exit {code}{_told(summary)}", flush=True)
        self._told.exits[code] += 1
        if complaint := driver.complaint:
            raise NotHeldError(complaint)
        if code not in (COMPLETE, FAILURES) or summary is None:
            return False
        if summary["unanswered"]:
            raise NotHeldError(f"complete, and rows are unanswered: {summary}")
        wanted = Counter(code for _, code in self._undisturbed.rows.values() if code)
        # A row that met the same fault in two runs on end is answered for good; a person would ask for it again.
        self._options = () if summary["tried"] or summary["by_code"] == wanted else ("--redo", "failed")
        return summary["by_code"] == wanted

    def _calm(self) -> None:
        """Everything undone, every command ended."""
        scene = self._scene
        scene.do_what_is_due(everything=True)
        while scene.drivers:
            self._is_complete()
            self._lose_patience()
            time.sleep(_TICK)
        for trap in scene.traps.iterdir():
            trap.unlink()
        self._told.faults.update(name for name, struck in self._struck if struck())

    def _lose_patience(self) -> None:
        if time.monotonic() - self._began > _PATIENCE:
            raise NotHeldError(f"not complete after {_PATIENCE:.0f} s")

    def _prove(self) -> None:
        """The command once more has nothing to do; then log and output, as a stranger reads them."""
        again = self._scene.start()
        again.process.wait(timeout=120)
        self._scene.drivers.clear()
        if complaint := again.complaint:
            raise NotHeldError(complaint)
        if again.summary is None or again.summary["tried"]:
            raise NotHeldError(f"complete, and there was more to do: {again.summary}")
        found = answered(self._scene.place.out, self._scene.place.found())
        compare(found, self._undisturbed)
        self._told.rows = len(found.rows)


def _is_any_at_work() -> bool:
    """Whether a worker has loaded."""
    return len(own_ray_workers()) > len(own_ray_workers("load")) + len(own_ray_workers("__init__"))


def _told(summary: dict[str, object] | None) -> str:
    if summary is None:
        return ""
    stopped = f"; {str(summary['stopped'])[:90]}" if summary["stopped"] else ""
    return f": {summary['tried']} rows tried, {summary['unanswered']} left, {summary['by_code']}{stopped}"
