"""Rounds in turn on a disk and in a bucket, until so many faults have struck."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.faults.archive import photographs
from bench.faults.driver import start
from bench.faults.kinds import add_node
from bench.faults.place import Place, in_bucket, on_disk
from bench.faults.proof import Answered, answered
from bench.faults.round import Round, Told
from bench.faults.scene import Scene
from bench.faults.trap import FOLDER
from jobs.summary import FAILURES
from tests.fault_proxy import running_proxy
from tests.ray_cluster import several_nodes
from tests.rgw import missing, running_rgw
from tests.small_disk import small_disk

PLACES = ("disk", "bucket")
_DISK = "size=256m"
_A_ROUND = 125
"""Faults of one round at most, so that there are many archives."""


class Campaign:
    """Of one seed.

    Args:
        work: an empty folder.
        seed: of all choices.
        rows: photographs of each archive.
        every: seconds between faults, in the mean.
        places: which, in turn; a bucket only where Ceph's RGW is installed.
    """

    def __init__(self, work: Path, seed: int, rows: int, every: float, places: Sequence[str] = PLACES) -> None:
        self._work, self._every = work, every
        self._chance = random.Random(seed)  # noqa: S311 - to be the same each time
        self._files = photographs(rows)
        self._places = tuple(name for name in places if name == "disk" or missing() is None)
        self.rounds = 0

    def run(self, faults: int, archives: int | None = None) -> Told:
        """Until so many have struck, or so many archives are done.

        Raises:
            NotHeldError: a promise was broken.
        """
        total = Told()
        undisturbed = self._undisturbed()
        while total.faults.total() < faults and self.rounds != archives:
            work = self._work / f"round-{self.rounds}"
            work.mkdir()
            with self._scene(work, self._places[self.rounds % len(self._places)]) as scene:
                self.rounds += 1
                total.add(Round(scene, undisturbed, self._every, min(_A_ROUND, faults - total.faults.total())).run())
            print(f"proven: {self.rounds} archives, {total.faults.total()} faults, {total.as_dict()}", flush=True)
        return total

    def _undisturbed(self) -> Answered:
        """The same archive in a plain loop, with nothing in its way."""
        work = self._work / "undisturbed"
        work.mkdir()
        place = on_disk(work, self._files, None)
        driver = start(place.manifest, place.out, work / "said.txt", "--ray", "none")
        if driver.process.wait() != FAILURES:
            raise RuntimeError(driver.said.read_text(encoding="utf-8"))
        return answered(place.out, place.found())

    @contextmanager
    def _scene(self, work: Path, name: str) -> Iterator[Scene]:
        """Ray's processes take what they know of the store from this one's environment, so they start last."""
        with ExitStack() as stack:
            place, environment = self._place(stack, work, name)
            (traps := work / "traps").mkdir()
            stack.enter_context(patch.dict(os.environ, {**environment, FOLDER: str(traps)}))
            cluster: Any = stack.enter_context(several_nodes())
            for _ in range(2):
                add_node(cluster)
            yield Scene(place, work, cluster, traps, self._chance)

    def _place(self, stack: ExitStack, work: Path, name: str) -> tuple[Place, Mapping[str, str]]:
        if name == "disk":
            return on_disk(work, self._files, stack.enter_context(small_disk(work / "small", _DISK, "--lazy"))), {}
        rgw = stack.enter_context(running_rgw())
        proxy = stack.enter_context(running_proxy(rgw.endpoint))
        return in_bucket(work, self._files, rgw, proxy), {**rgw.env(), "AWS_ENDPOINT_URL": proxy.endpoint}
