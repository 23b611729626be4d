"""128-bit digests of strings in arrays: how ten million URIs are compared without holding them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

DIGEST = np.dtype([("high", ">u8"), ("low", ">u8")])

Digests = npt.NDArray[np.void]
"""(n,) of `DIGEST`: sortable, comparable, 16 bytes each."""

_WHOLE, _SHORT = blake2b(digest_size=16), blake2b(digest_size=8)


def digest(text: str) -> bytes:
    """16 bytes of BLAKE2b over the UTF-8 of `text` (lone surrogates, as in undecodable file names, included)."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def digests(texts: Iterable[str]) -> Digests:
    """The digests of many strings, in their order."""
    return np.frombuffer(b"".join(_all(texts, _WHOLE)), dtype=DIGEST)


def short_digest(text: str) -> int:
    """63 bits of BLAKE2b, never 0: for comparing one fact of one object, where 0 stands for "not stated"."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1 or 1


def short_digests(texts: Sequence[str | None]) -> npt.NDArray[np.int64]:
    """(n,) the short digests of many strings, in their order; 0 for None."""
    stated = [text for text in texts if text is not None]
    found = (np.frombuffer(b"".join(_all(stated, _SHORT)), ">u8") >> 1).astype(np.int64)
    found[found == 0] = 1
    if len(stated) == len(texts):
        return found
    short = np.zeros(len(texts), np.int64)
    short[[text is not None for text in texts]] = found
    return short


def _all(texts: Iterable[str], empty: blake2b) -> list[bytes]:
    # A third faster than making every hash anew: a copy has its parameters set.
    copy, all_of_them = empty.copy, []
    for text in texts:
        one = copy()
        one.update(text.encode("utf-8", "surrogatepass"))
        all_of_them.append(one.digest())
    return all_of_them
