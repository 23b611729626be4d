"""What a worker does to each photograph: the plug between the worker, which knows rows and parts, and the pictures."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from jobs.outcome import Outcome
from jobs.pulse import Progress
from jobs.reading import Arrived
from jobs.stages import Stages
from jobs.storage.store import Store


class OpenCraft(Protocol):
    """A craft with what it needs at hand. All of a worker's compute threads share it."""

    def rehearse(self) -> None:
        """Does it once to the test picture, on the calling thread.

        Raises:
            EngineError: the network does not run.
        """
        ...

    def answer(self, arrived: Arrived, data: bytes, stages: Stages) -> Future[Outcome] | Outcome:
        """What becomes of one photograph; a `Future` where that is still being written, and counted when it is.

        Raises:
            ImageError: the photograph is at fault.
            EngineError: the runtime is.
        """
        ...

    def close(self) -> None:
        """Ends its threads, once what was begun is done."""
        ...


class Craft(Protocol):
    """A craft as settings: it travels to the workers, and is opened there."""

    def open(self, store: Store, progress: Progress, threads: int) -> OpenCraft:
        """Loads what so many compute threads need.

        Raises:
            ModelError: the model's files are not what they should be.
            EngineError: the runtime refuses them.
            WorldError: they can't be reached.
        """
        ...
