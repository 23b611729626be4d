"""A pool of fakes for the dispatch loop, whose workers die as they are told to, and what its log answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from jobs.errors import AlreadyThere, WorldError
from jobs.log import list_log, read_part, write_part
from jobs.meter import Unmetered
from jobs.outcome import Outcome, Provenance, Times
from jobs.pool import Alone, Cause, Event, Lost
from jobs.rows import NOTHING_STATED, Row, Shard
from jobs.storage.memory import MemoryStore
from jobs.tally import Tally, tally_of
from jobs.worker import Ready, ShardResult

LOG = "mem://log"
SIGNED = Provenance("r20260101T000000Z-0000", "mini", "0", "opencv", "fp32", "cpu", "f", "w0", "node", "cpu")


def rows(count: int) -> list[Row]:
    return [Row(n, f"mem://in/{n}", NOTHING_STATED, f"mem://out/{n}", None) for n in range(count)]


def outcome(row: Row) -> Outcome:
    return Outcome(row, "skipped", "BLANK", "", row.stated, None, None, time.time(), 0.0, Times())


class Counting(Unmetered):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.counted = Tally()

    def count(self, tally: Tally) -> None:
        self.counted.add(tally)


@dataclass
class FakePool:
    """Answers one call a wait; a worker ends at the rows in `poison`, and after the part of those in `late`.

    Taken for dead, it lives on and puts its part for the shards of the rows in `zombies`, once they are run again.
    """

    store: MemoryStore
    poison: frozenset[int] = frozenset()
    late: frozenset[int] = frozenset()
    zombies: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    cause: Cause = "process"
    world: WorldError | None = None
    workers: int = 2
    alive: int = 2
    nodes: int = 1
    calls: list[tuple[Shard, bool]] = field(default_factory=list)
    handed: list[Shard] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    undead: list[Shard] = field(default_factory=list)
    kept: bool = False
    drained: bool = False
    meter: Counting = field(default_factory=Counting)

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        return Ready("node", 0)

    def has_room(self) -> bool:
        return bool(self.alive) and not self.kept and len(self.calls) < 2 * self.workers

    def submit(self, shard: Shard) -> None:
        self.calls.append((shard, False))
        self.handed.append(shard)

    def quiet(self) -> bool:
        self.kept = True
        return not self.calls

    def submit_alone(self, shard: Shard) -> None:
        assert not self.calls, "it has neighbours"
        self.alone.append(shard.rows[0].number)
        self.calls.append((shard, True))

    def resume(self) -> None:
        self.kept = False

    def wait(self, seconds: float) -> list[Event]:
        if not self.calls:
            return []
        shard, is_alone = self.calls.pop(0)
        numbers = {row.number for row in shard.rows}
        if numbers & self.poison:
            self.gone -= numbers
            both, self.calls = [shard, *(one for one, _ in self.calls[:1])], self.calls[1:]
            return [Lost(one, self.cause, "killed") for one in both]  # the worker's other shard is lost with it
        if numbers & self.gone and not is_alone:
            self.gone -= numbers
            return [Lost(shard, "node", "its node has died")]
        if numbers & self.zombies and not is_alone and shard.attempt == 0:
            self.undead.append(shard)
            return [Lost(shard, "process", "lost sight of")]
        return self.answer_alone(shard) if is_alone else self.answer(shard, numbers)

    def answer(self, shard: Shard, numbers: set[int]) -> list[Event]:
        outcomes = [] if self.drained else [outcome(row) for row in shard.rows]
        if outcomes:
            write_part(self.store, LOG, SIGNED, shard, outcomes)
        if numbers & self.late and shard.attempt == 0:
            return [Lost(shard, "process", "killed after its part")]
        return [ShardResult(shard, tally_of(outcomes), 0.1, 1, self.world)]

    def answer_alone(self, shard: Shard) -> list[Event]:
        for zombie in self.undead:
            with pytest.raises(AlreadyThere):
                write_part(self.store, LOG, SIGNED, zombie, [outcome(row) for row in zombie.rows])
        return [Alone(shard, outcome(shard.rows[0]))]

    def drain(self) -> None:
        self.drained = True

    def tally(self) -> Tally:
        return Tally()

    def close(self) -> None: ...


def answered(store: MemoryStore) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for name in list_log(store, LOG).parts:
        part = read_part(store, LOG, name, ["row", "code"])
        found += zip(part["row"].to_pylist(), part["code"].to_pylist(), strict=True)
    return sorted(found)
