"""Bytes from a store or a web server, up to a limit; for model files only."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException

from jobs.errors import NotFound, Unavailable
from jobs.storage.store import Store

_TIMEOUT = 30.0  # seconds without a byte


def download(uri: str, limit: int, store: Store) -> bytes:
    """What lies at `uri` (http, https, or any store's), cut off one byte above `limit`, so that a page without end ends.

    Raises:
        StorageError: it can't be had.
        WorldError: its store can't be reached.
    """
    if not uri.startswith(("http://", "https://")):
        return store.read(uri).data
    request = urllib.request.Request(uri, headers={"User-Agent": "colorizer"})  # noqa: S310 (the scheme is checked above)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            data: bytes = answer.read(limit + 1)
    except urllib.error.HTTPError as error:
        raise NotFound(f"HTTP {error.code} from {uri}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"{uri}: {error}") from error
    return data
