"""What a dead worker left in the log, made safe before its rows are run again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs.layout import ShardName
from jobs.log import PartAnswers, open_shard, part_answers, seal_shard, write_part
from jobs.outcome import Outcome, Provenance
from jobs.rows import Row, Shard
from jobs.storage.store import Store
from jobs.tally import Tally


@dataclass(frozen=True, slots=True)
class Place:
    """Where parts go, and what the driver signs those with that it writes itself."""

    store: Store
    log: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What became of a lost shard.

    Attributes:
        left: the rows that no part answers, as a shard of their own; None where there are none.
        tally: of those that its worker had answered before it was lost.
    """

    left: Shard | None
    tally: Tally


class Salvage:
    """Takes over the shards of workers that are dead, or taken for dead.

    Args:
        place: of the log.
        new_number: gives a shard number that none has yet.
    """

    def __init__(self, place: Place, new_number: Callable[[], int]) -> None:
        self._place = place
        self._new_number = new_number
        self._attempt = 0

    def reopen(self, shard: Shard) -> Salvaged:
        """What the log answers of `shard`, and the rest to be run again.

        The rest is open before the old shard is sealed with a part of no rows, so the rows are in doubt all the while; and a
        worker that lives on, though it was taken for dead, then finds that part in its place and answers nothing.
        """
        while (answers := self._answers(shard)) is None:
            successor = self._open(shard, shard.rows)
            if self._seal(shard):
                return Salvaged(successor, Tally())
            self._seal(successor)  # the worker lived to put its part after all
        left = [row for row in shard.rows if row.number not in answers.rows]
        return Salvaged(self._open(shard, left) if left else None, answers.tally)

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """Puts a part of the driver's own, newer than every attempt that was taken over."""
        alone = Shard(self._new_number(), self._attempt + 1, tuple(outcome.row for outcome in outcomes))
        write_part(self._place.store, self._place.log, self._place.provenance, alone, outcomes)

    def _open(self, shard: Shard, rows: Sequence[Row]) -> Shard:
        successor = Shard(self._new_number(), shard.attempt + 1, tuple(rows))
        self._attempt = max(self._attempt, successor.attempt)
        open_shard(self._place.store, self._place.log, self._place.provenance.run_id, successor)
        return successor

    def _seal(self, shard: Shard) -> bool:
        return seal_shard(self._place.store, self._place.log, self._place.provenance, shard)

    def _answers(self, shard: Shard) -> PartAnswers | None:
        name = ShardName(self._place.provenance.run_id, shard.number, shard.attempt)
        return part_answers(self._place.store, self._place.log, name)
