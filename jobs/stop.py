"""A stop that somebody asked for: a signal or the deadline."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Asked for once, with a reason; the run drains and ends with exit code 75.

    Args:
        deadline: seconds from now after which a stop is asked for; None for never.
        clock: seconds, monotonic.
    """

    def __init__(self, deadline: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = None if deadline is None else clock() + deadline
        self.reason: str | None = None
        self.is_interrupted = False

    def ask(self, reason: str) -> None:
        """Asks for a stop; the first reason stays."""
        self.reason = self.reason or reason

    def is_asked(self) -> bool:
        """Whether somebody has, or the deadline is past."""
        if self._until is not None and self._clock() >= self._until:
            self.ask("the deadline is past")
        return self.reason is not None


@contextmanager
def on_signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask for a stop while this lasts; a second Ctrl-C interrupts at once."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    listen(stop)
    try:
        yield
    finally:
        if _may_listen():
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(stop: Stop) -> None:
    """Installs the handlers, again where a library put its own in their place (Ray does, as it connects).

    Only a process's main thread can; in another this does nothing.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            if stop.is_interrupted:
                raise KeyboardInterrupt
            stop.is_interrupted = True
        stop.ask("interrupted by Ctrl-C" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}")

    if _may_listen():
        for number in _SIGNALS:
            signal.signal(number, handle)


def _may_listen() -> bool:
    return threading.current_thread() is threading.main_thread()
