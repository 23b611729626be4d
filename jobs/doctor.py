"""`colorizer doctor`: what a run needs, looked at in the order in which it is to be mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from jobs.check import Check, Verdict
from jobs.computer import computer_checks
from jobs.configuration import default_model_cache, ray_address
from jobs.model_check import model_checks
from jobs.place_probe import probe_checks
from jobs.software import engine_checks, opencv_check, package_checks, python_check, ray_check
from jobs.storage.s3_credentials import credential_source
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from jobs.surroundings import address_check, credential_checks

HEALTHY, ILL = 0, 5
_WIDTH, _INDENT = 80, 6
_SIGNS: dict[Verdict, str] = {"ok": "ok", "warn": "WARN", "fail": "FAIL"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was looked at, in order."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """5, as a run's preflight has it, where something fails."""
        return ILL if any(one.verdict == "fail" for one in self.checks) else HEALTHY

    def to_do(self) -> list[Check]:
        """What asks for something, what fails before what is only doubtful, each in the order of the checks."""
        return [one for verdict in ("fail", "warn") for one in self.checks if one.verdict == verdict]

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        advice = [one.remedy for one in self.to_do()]
        return {"exit_code": self.exit_code, "to_do": advice, "checks": [one.as_dict() for one in self.checks]}

    def lines(self) -> Iterator[str]:
        """What to do, for people: 80 columns but for names that can't be broken. The findings were told as they came."""
        todo = self.to_do()
        yield ""
        yield "To do, in this order:" if todo else "Nothing to mend."
        for number, one in enumerate(todo, 1):
            yield from _wrapped(f"{f'{number}.':{_INDENT}}", f"{one.name}: {one.remedy}")


def finding(one: Check) -> list[str]:
    """One finding, for people."""
    return _wrapped(f"{_SIGNS[one.verdict]:{_INDENT}}", f"{one.name}: {one.found}")


def diagnose(places: Sequence[str], cache: str | None, tell: Callable[[Check], None] | None = None) -> Diagnosis:
    """Looks at everything. Without a place nobody on the network is asked but RAY_ADDRESS, where that is set.

    Args:
        places: paths and URIs that are probed: listed, read from, written to.
        cache: folder of the model cache; None for the user's.
        tell: told each finding as it is made.
    """
    found = []
    for one in _checks(places, cache or str(default_model_cache())):
        found.append(one)
        if tell is not None:
            tell(one)
    return Diagnosis(tuple(found))


def _checks(places: Sequence[str], cache: str) -> Iterator[Check]:
    store = open_stores(StoreSettings())
    in_s3 = any(place.startswith("s3://") for place in places)
    yield python_check()
    yield from package_checks()
    yield opencv_check()
    yield from computer_checks()
    yield from model_checks(cache, store)
    yield from engine_checks(store)
    yield ray_check()
    yield address_check(ray_address())
    yield from credential_checks(credential_source(ask=in_s3), in_s3)
    for place in places:
        yield from probe_checks(place, store)


def _wrapped(begin: str, text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent=begin, subsequent_indent=" " * _INDENT, break_on_hyphens=False)
