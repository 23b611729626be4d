"""The byte budget bounds what is held, and never waits for ever."""

import threading

from jobs.budget import ByteBudget


def test_what_does_not_fit_waits_until_something_is_given_back():
    budget = ByteBudget(100)
    budget.acquire(80)
    passed = threading.Event()
    waiting = threading.Thread(target=lambda: (budget.acquire(30), passed.set()))
    waiting.start()
    assert not passed.wait(0.05)
    budget.release(80)
    assert passed.wait(5)
    waiting.join()


def test_one_that_is_larger_than_the_limit_passes_alone():
    ByteBudget(10).acquire(1000)


def test_closing_lets_everyone_through():
    budget = ByteBudget(10)
    budget.acquire(10)
    waiting = threading.Thread(target=budget.acquire, args=(10,))
    waiting.start()
    budget.close()
    waiting.join(5)
    assert not waiting.is_alive()
