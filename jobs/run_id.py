"""Run ids: UTC time behind a letter, and something random; later runs sort after earlier ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

_FORMAT = "r%Y%m%dT%H%M%SZ"


def new_run_id(now: float, known: Iterable[str], random: str | None = None) -> str:
    """A run id that sorts after every known one, even where the clock went back.

    Args:
        now: seconds since the epoch.
        known: every run_id of the log.
        random: four hexadecimal digits; drawn if not given.
    """
    moment = datetime.fromtimestamp(now, timezone.utc).replace(microsecond=0)
    newest = max(known, default=None)
    if newest is not None:
        moment = max(moment, _time_of(newest) + timedelta(seconds=1))
    return f"{moment.strftime(_FORMAT)}-{random or secrets.token_hex(2)}"


def _time_of(run_id: str) -> datetime:
    return datetime.strptime(run_id.partition("-")[0], _FORMAT).replace(tzinfo=timezone.utc)
