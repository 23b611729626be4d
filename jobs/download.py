"""Bytes from a store or a web server, up to a limit; for model files only."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from http.client import HTTPException
from urllib.parse import unquote, urlsplit, urlunsplit

from jobs.errors import NotFound, StorageError, Unavailable
from jobs.rows import NOTHING_STATED
from jobs.shown import shown
from jobs.storage.store import Store

_TIMEOUT = 30.0  # seconds without a byte
_WEB = ("http://", "https://")


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
            raise StorageError(f"{shown(uri)} gave {size:,} bytes")

    if not uri.startswith(_WEB):
        return store.read(uri, NOTHING_STATED, admit).data
    try:
        with urllib.request.urlopen(_request(uri), timeout=_TIMEOUT) as answer:  # noqa: S310 (the scheme is checked above)
            data: bytes = answer.read(limit + 1)
    except urllib.error.HTTPError as error:
        raise NotFound(f"HTTP {error.code} from {shown(uri)}") from error
    except OSError as error:
        raise Unavailable(f"{shown(uri)}: {error}") from error
    except (HTTPException, ValueError) as error:  # these quote the address
        raise Unavailable(f"{shown(uri)}: {type(error).__name__}") from None
    return data


def below_web(folder: str, name: str) -> str:
    """The address of a file of a folder: a query (a container's signature) stays at the end."""
    path, mark, query = folder.partition("?")
    return f"{path.rstrip('/')}/{name}{mark}{query}"


def _request(uri: str) -> urllib.request.Request:
    """Credentials go into a header, which a redirect does not take elsewhere: urllib knows none in an address."""
    parts = urlsplit(uri)
    who, at, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=host)), headers={"User-Agent": "colorizer"})  # noqa: S310
    if at:
        word = base64.b64encode(unquote(who).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {word}")
    return request
