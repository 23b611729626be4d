"""Ray's token authentication for a cluster of this process's own. The environment alone: Ray itself is not imported here."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def token_authentication() -> Iterator[None]:
    """While a local cluster starts: its processes ask for a token, the user's own or else one that nobody else knows.

    It stands in their environment, which only this user may read, and in no file. Ray turns authentication on where no mode
    is set; it would not hear of one that is set now, for it has read the environment as it was imported.
    """
    before = {name: os.environ.pop(name, None) for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN")}
    own = before["RAY_AUTH_TOKEN"] or (None if "RAY_AUTH_TOKEN_PATH" in os.environ else _own_token())
    if own:
        os.environ["RAY_AUTH_TOKEN"] = own
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@cache
def _own_token() -> str:
    """One for every cluster that this process starts: Ray keeps the first that it reads."""
    return secrets.token_hex(32)
