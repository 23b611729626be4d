"""Bytes from a store or a web server, up to a limit; for model files only."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException

from jobs.errors import NotFound, StorageError, Unavailable
from jobs.rows import NOTHING_STATED
from jobs.storage.store import Store

_TIMEOUT = 30.0  # seconds without a byte


def download(uri: str, limit: int, store: Store) -> bytes:
    """What lies at `uri` (http, https, or any store's).

    What is larger than `limit` bytes is refused by a store, and cut off one byte above it from the web, where a page may
    have no end.

    Raises:
        StorageError: it can't be had.
        WorldError: its store can't be reached.
    """

    def admit(size: int) -> None:
        if size > limit:
            raise StorageError(f"{uri} gave {size:,} bytes")

    if not uri.startswith(("http://", "https://")):
        return store.read(uri, NOTHING_STATED, admit).data
    request = urllib.request.Request(uri, headers={"User-Agent": "colorizer"})  # noqa: S310 (the scheme is checked above)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            data: bytes = answer.read(limit + 1)
    except urllib.error.HTTPError as error:
        raise NotFound(f"HTTP {error.code} from {uri}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"{uri}: {error}") from error
    return data
