"""Run ids: UTC time behind a letter, and something random; later runs sort after earlier ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from jobs.errors import PreflightError

_FORMAT = "r%Y%m%dT%H%M%SZ"
_LAST_YEAR = 9999


def new_run_id(now: float, known: Iterable[str], random: str | None = None) -> str:
    """A run id that sorts after every known one, even where the clock went back.

    Args:
        now: seconds since the epoch.
        known: every run_id of the log.
        random: four hexadecimal digits; drawn if not given.

    Raises:
        PreflightError: a known one is of the last second that a run id can say.
    """
    moment = datetime.fromtimestamp(now, timezone.utc).replace(microsecond=0)
    newest = max(known, default=None)
    if newest is not None:
        moment = max(moment, _after(newest))
    return f"{moment.strftime(_FORMAT)}-{random or secrets.token_hex(2)}"


def _after(run_id: str) -> datetime:
    """The first second whose run ids sort after `run_id`; the next year's, where its digits are no time (month 13)."""
    try:
        try:
            return _time_of(run_id) + timedelta(seconds=1)
        except ValueError:
            return datetime(int(run_id[1:5]) + 1, 1, 1, tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        raise PreflightError(
            f"the log has a run {run_id}, and no run id sorts after the year {_LAST_YEAR}: take its folder out of the log"
        ) from None


def _time_of(run_id: str) -> datetime:
    return datetime.strptime(run_id.partition("-")[0], _FORMAT).replace(tzinfo=timezone.utc)
