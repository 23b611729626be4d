"""A stop that somebody asked for: a signal or the deadline."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Set once, with a reason; the run drains and ends with exit code 75."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.reason: str | None = None

    def ask(self, reason: str) -> None:
        """Asks for a stop; the first reason stays."""
        self.reason = self.reason or reason
        self._asked.set()

    def is_asked(self) -> bool:
        """Whether somebody has."""
        return self._asked.is_set()


@contextmanager
def on_signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask for a stop while this lasts; a second Ctrl-C interrupts at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and stop.is_asked():
            raise KeyboardInterrupt
        stop.ask("interrupted" if number == signal.SIGINT else signal.Signals(number).name)

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
