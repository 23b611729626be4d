"""A stop: by signal or by deadline; the first reason stays."""

from __future__ import annotations

import os
import signal

import pytest

from jobs.stop import Stop, on_signals


def test_sigterm_asks_for_a_stop_and_the_old_handler_comes_back():
    before = signal.getsignal(signal.SIGTERM)
    stop = Stop()
    with on_signals(stop):
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_asked()
    assert stop.reason == "ended by SIGTERM"
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("first", [None, signal.SIGTERM, signal.SIGINT])
def test_the_second_ctrl_c_interrupts_whatever_asked_first(first: signal.Signals | None):
    stop = Stop(0.0)  # its deadline is past
    with on_signals(stop):
        assert stop.is_asked()
        if first is not None:
            os.kill(os.getpid(), first)
        if first is not signal.SIGINT:
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_deadline_asks_for_a_stop():
    now = [0.0]
    stop = Stop(10, lambda: now[0])
    assert not stop.is_asked()
    now[0] = 10.0
    assert stop.is_asked()
    stop.ask("something later")
    assert stop.reason == "the deadline is past"
