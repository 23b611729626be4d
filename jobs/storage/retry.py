"""When a call is tried again, how long after, and how much of that all calls of a process may do together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Literal, TypeVar

Pace = Literal["never", "soon", "later"]
"""Whether what failed may pass: not by itself, in a moment, or only where everybody asks less."""

_LATER = 5  # times as long
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and after which waits.

    Attributes:
        tries: of one call, the first among them.
        first_wait: the longest wait before the second try, in seconds; twice as long before each further one.
        longest_wait: seconds that none is longer than.
        budget: retries that all calls together have in hand at the beginning, and at most.
        per_success: how much of one retry a call that succeeds earns: no more than a tenth of all calls are retries.
        per_second: how much of one a second earns, so that a silent hour is not followed by a first failure.
    """

    tries: int = 6
    first_wait: float = 0.2
    longest_wait: float = 20.0
    budget: float = 100.0
    per_success: float = 0.1
    per_second: float = 0.5

    def wait(self, tries: int, pace: Pace, chance: float) -> float:
        """Seconds to wait after so many tries: exponential, with full jitter. `chance` is from [0, 1)."""
        longest = self.first_wait * (_LATER if pace == "later" else 1) * 2.0 ** (tries - 1)
        return chance * min(longest, self.longest_wait)


_asked: ContextVar[Callable[[], None] | None] = ContextVar("asked", default=None)


@contextmanager
def asking(ask: Callable[[], None] | None) -> Iterator[None]:
    """Around a call that changes something: `ask` is called before each of its tries, and raises where it may no more."""
    token = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(token)


class Budget:
    """The retries that all threads share: where nothing succeeds they are used up, and then a failure is told at once."""

    def __init__(self, retries: Retries, clock: Callable[[], float]) -> None:
        self._retries, self._clock = retries, clock
        self._left, self._at = retries.budget, clock()
        self._lock = Lock()

    def take(self) -> bool:
        """Takes one retry, if there is one."""
        with self._lock:
            now = self._clock()
            self._add((now - self._at) * self._retries.per_second)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def earn(self) -> None:
        """Counts a success."""
        with self._lock:
            self._add(self._retries.per_success)

    def _add(self, more: float) -> None:
        self._left = min(self._left + more, self._retries.budget)


class Deadline:
    """The seconds that one object may take, over all its tries."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds; none where it is over."""
        return max(0.0, self._end - self._clock())

    def is_over(self) -> bool:
        """Whether it is."""
        return self.left() == 0

    def extend(self, seconds: float) -> None:
        """Gives it more."""
        self._end += seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is waited for inside is not the object's time."""
        begun = self._clock()
        try:
            yield
        finally:
            self.extend(self._clock() - begun)


@dataclass(frozen=True, slots=True)
class Trying:
    """Tries calls again.

    Attributes:
        retries: the numbers.
        budget: shared with all other calls.
        failures: the errors that `pace` knows.
        pace: whether one of them may pass.
        sleep: waits for seconds.
        chance: a random number from [0, 1).
    """

    retries: Retries
    budget: Budget
    failures: tuple[type[Exception], ...]
    pace: Callable[[Exception], Pace]
    sleep: Callable[[float], None]
    chance: Callable[[], float]

    def call(self, step: Callable[[], Result], deadline: Deadline) -> Result:
        """What `step` gives, or the last of its errors. An error that is none of `failures` is raised at once.

        What `asking` was given is called before every try.
        """
        tries, ask = 1, _asked.get()
        while True:
            if ask is not None:
                with asking(None):  # it may read a store itself
                    ask()
            try:
                result = step()
            except self.failures as error:
                if not self.waits(tries, self.pace(error), deadline):
                    raise
                tries += 1
            else:
                self.budget.earn()
                return result

    def waits(self, tries: int, pace: Pace, deadline: Deadline) -> bool:
        """Waits before another try; False, and at once, where there is to be none."""
        if pace == "never" or tries >= self.retries.tries:
            return False
        seconds = self.retries.wait(tries, pace, self.chance())
        if seconds >= deadline.left() or not self.budget.take():
            return False
        self.sleep(seconds)
        return True
