"""A stop: by signal or by deadline; the first reason stays."""

import os
import signal

from jobs.stop import Stop, on_signals


def test_sigterm_asks_for_a_stop_and_the_old_handler_comes_back():
    before = signal.getsignal(signal.SIGTERM)
    stop = Stop()
    with on_signals(stop):
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_asked()
    assert stop.reason == "ended by SIGTERM"
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_deadline_asks_for_a_stop():
    now = [0.0]
    stop = Stop(10, lambda: now[0])
    assert not stop.is_asked()
    now[0] = 10.0
    assert stop.is_asked()
    stop.ask("something later")
    assert stop.reason == "the deadline is past"
