"""Orphans: files in the output that the log does not name as outputs. They are listed, and nothing is done to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from jobs.digests import digests
from jobs.errors import NotFound
from jobs.names import LOG_FOLDER
from jobs.place_probe import PROBE as NEW_PROBE
from jobs.preflight import PROBE
from jobs.storage.store import Store
from jobs.storage.uri import join
from jobs.verify.claims import Claims, Mask, Words
from jobs.verify.findings import Finding

_STEP = 8192
_PROBES = (f"/{PROBE}", f"/{NEW_PROBE}")
_UNNAMED = "no row of the log names it"
_WITHOUT = "the newest row of the log has no output_sha256"


class Orphans:
    """What a log names, as sorted 64 bits of its digest: a file that it claims, that is in doubt or a photograph is no orphan.

    Two names that share 64 bits (a chance of one in 100,000 among ten million rows and as many files) hide one orphan.

    Args:
        claims: the log.
        folders: of the log, and of others below the outputs that are Colorizer's own; each with a slash at its end.
    """

    def __init__(self, claims: Claims, folders: Sequence[str]) -> None:
        self._folders = tuple(folders)
        doubtful = claims.is_newest.copy()
        for at, (_, is_open) in enumerate(claims.files):
            if not is_open:
                doubtful[claims.starts[at] : claims.starts[at + 1]] = False
        self._kept = np.sort(np.concatenate([claims.high[claims.is_claim | doubtful], claims.sources]))
        self._without = np.sort(claims.high[claims.is_newest & ~claims.is_claim & ~doubtful])

    def below(self, store: Store, out: str) -> Iterator[Sequence[Finding]]:
        """The orphans of one output folder, some thousand files of it at a time; none where there is no such folder.

        Raises:
            StorageError, WorldError: it can't be listed.
        """
        try:
            listed = (one.uri for one in store.list(join(out, "")))
            uris = (uri for uri in listed if not uri.startswith(self._folders) and not uri.endswith(_PROBES))
            while some := list(islice(uris, _STEP)):
                yield self._of(some)
        except NotFound:
            return

    def _of(self, uris: Sequence[str]) -> list[Finding]:
        found = digests(uris)["high"].astype(np.uint64)
        strange, without = ~_among(found, self._kept), _among(found, self._without)
        return [
            Finding(uris[at], "ORPHAN", "", _WITHOUT if without[at] else _UNNAMED)
            for at in np.flatnonzero(strange).tolist()
        ]


def own_folders(log: str, outs: Sequence[str]) -> tuple[str, ...]:
    """The folders in which nothing is an orphan: the log, and every output's lease."""
    return tuple(dict.fromkeys([join(log, ""), *(join(join(out, LOG_FOLDER), "") for out in outs)]))


def _among(words: Words, known: Words) -> Mask:
    """Which words are among some sorted ones."""
    if not len(known):
        return np.zeros(len(words), bool)
    among: Mask = known[np.minimum(np.searchsorted(known, words), len(known) - 1)] == words
    return among
