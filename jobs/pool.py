"""What the dispatch loop needs of a pool of workers; the loop knows no Ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jobs.rows import Shard
from jobs.tally import Tally
from jobs.worker import Ready, ShardResult


@dataclass(frozen=True, slots=True)
class Lost:
    """A shard whose worker died before it answered."""

    shard: Shard
    reason: str


class Pool(Protocol):
    """Workers behind a plug: in this process, or Ray actors."""

    @property
    def workers(self) -> int:
        """How many workers share the rows."""
        ...

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """Waits for a worker that has coloured the test picture; None if `is_stopped` says so before there is one.

        Raises:
            PreflightError: none can start, with what to do.
        """
        ...

    def has_room(self, alone: bool = False) -> bool:
        """Whether a worker could take a shard now; `alone`: whether one has none."""
        ...

    def submit(self, shard: Shard, alone: bool = False) -> None:
        """Hands a shard to the worker with the fewest; `alone`: to one that has none, and gets no other until it is done."""
        ...

    def wait(self, seconds: float) -> list[ShardResult | Lost]:
        """What came back, after at most `seconds`; possibly nothing."""
        ...

    def drain(self) -> None:
        """Tells every worker to finish the rows in hand and begin no other."""
        ...

    def tally(self) -> Tally:
        """Live counts for the display; may lag, and forgets workers that died."""
        ...

    def close(self) -> None:
        """Ends the workers."""
        ...
