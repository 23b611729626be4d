"""128-bit digests of strings in arrays: how ten million URIs are compared without holding them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

DIGEST = np.dtype([("high", ">u8"), ("low", ">u8")])

Digests = npt.NDArray[np.void]
"""(n,) of `DIGEST`: sortable, comparable, 16 bytes each."""


def digest(text: str) -> bytes:
    """16 bytes of BLAKE2b over the UTF-8 of `text` (lone surrogates, as in undecodable file names, included)."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def digests(texts: Iterable[str]) -> Digests:
    """The digests of many strings, in their order."""
    return np.frombuffer(b"".join(map(digest, texts)), dtype=DIGEST)


def short_digest(text: str) -> int:
    """63 bits of BLAKE2b, never 0: for comparing one fact of one object, where 0 stands for "not stated"."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1 or 1
