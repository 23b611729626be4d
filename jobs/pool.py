"""What the dispatch loop needs of a pool of workers; the loop knows no Ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from jobs.errors import WorldError
from jobs.meter import Meter
from jobs.outcome import Outcome
from jobs.rows import Shard
from jobs.tally import Tally
from jobs.worker import Ready, ShardResult

Cause = Literal["process", "memory", "compute", "read", "write", "node"]
"""What ended a worker: its process died, for want of memory perhaps; it hung, computing, reading or writing, and was ended;
or its node went away, which is nobody's fault."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A call whose worker ended before it answered."""

    shard: Shard
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Alone:
    """What became of a row that was run alone.

    Attributes:
        shard: of that one row.
        outcome: for the driver to log; None where the world failed under it or the worker was told to stop.
        world: what went wrong with the world, or None.
    """

    shard: Shard
    outcome: Outcome | None
    world: WorldError | None = None


Event = ShardResult | Alone | Lost


class Pool(Protocol):
    """Workers behind a plug: in this process, or Ray actors."""

    @property
    def workers(self) -> int:
        """How many workers share the rows."""
        ...

    @property
    def alive(self) -> int:
        """How many are there and loaded at this moment."""
        ...

    @property
    def nodes(self) -> int:
        """How many machines there were when last a worker had loaded on one that had none before."""
        ...

    @property
    def lost(self) -> int:
        """How many have ended before their time, those that others have taken the place of included."""
        ...

    @property
    def is_draining(self) -> bool:
        """Whether they have been told to begin no other row."""
        ...

    @property
    def meter(self) -> Meter:
        """Where the run's figures go."""
        ...

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        """Waits for a worker that has coloured the test picture; None if `is_stopped` says so before there is one.

        Raises:
            PreflightError: none can start, with what to do.
        """
        ...

    def has_room(self) -> bool:
        """Whether a worker could take a shard now."""
        ...

    def submit(self, shard: Shard) -> None:
        """Hands a shard to the worker with the fewest."""
        ...

    def quiet(self) -> bool:
        """Whether there is an idle worker with no busy neighbour on its node. From the first call on a node is kept free."""
        ...

    def submit_alone(self, shard: Shard) -> None:
        """Hands a shard of one row to the quiet node, to be answered by an `Alone`; nothing else runs there meanwhile."""
        ...

    def resume(self) -> None:
        """The node that was kept free takes shards again."""
        ...

    def wait(self, seconds: float) -> list[Event]:
        """What came back, after at most `seconds`; possibly nothing.

        Raises:
            WorldError: no worker is left and none can be started.
        """
        ...

    def drain(self) -> None:
        """Tells every worker to finish the rows in hand and begin no other."""
        ...

    def tally(self) -> Tally:
        """Live counts for the display; may lag, and forgets workers that died. Ends workers that hang."""
        ...

    def close(self) -> None:
        """Ends the workers."""
        ...
