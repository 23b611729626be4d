"""A bound in bytes on what is in memory at once."""

from __future__ import annotations

import threading


class ByteBudget:
    """Hands out bytes up to a limit and waits beyond it. One larger than the limit passes when nothing else is held."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._closed = False
        self._changed = threading.Condition()

    def acquire(self, size: int) -> None:
        """Returns when `size` bytes may be held."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._held == 0 or self._held + size <= self._limit)
            self._held += size

    def release(self, size: int) -> None:
        """Gives `size` bytes back."""
        with self._changed:
            self._held -= size
            self._changed.notify_all()

    def close(self) -> None:
        """Lets everyone who waits, and who comes later, through: nothing is bounded any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
