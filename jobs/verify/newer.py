"""What the log has come to name since it was read: a run writes that, or has written it, so nothing is said of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jobs.digests import digests
from jobs.log import Contents, in_turn, list_log
from jobs.storage.store import Store
from jobs.verify.claims import names_in, upper
from jobs.verify.findings import Finding


class Newer:
    """The parts and open files that come to a log after one listing of it; each is read once.

    A run names its outputs in an open file before it puts the first of them. So whatever was found in an output because a run
    wrote it is named when the log is listed after that.

    Args:
        store: where the log is.
        log: its folder.
        contents: of it, as they were read.
        inside: folders whose photographs are named too, each with a slash at its end.
    """

    def __init__(self, store: Store, log: str, contents: Contents, inside: Sequence[str]) -> None:
        self._store, self._log, self._inside = store, log, inside
        self._read = set(contents.oldest_first())
        self._named = upper(digests([]))

    def untouched(self, findings: Sequence[Finding]) -> list[Finding]:
        """Those of outputs that nothing newer names; the log is listed for it.

        Raises:
            WorldError, StorageError: it can't be listed.
            PreflightError: a part can't be read.
        """
        if not findings:
            return []
        files = [file for file in list_log(self._store, self._log).oldest_first() if file not in self._read]
        for piece in in_turn(lambda file: names_in(self._store, self._log, file, self._inside), files):
            self._named = np.concatenate([self._named, upper(piece.outputs), upper(piece.sources)])
        self._read.update(files)
        named = np.isin(upper(digests([one.output_uri for one in findings])), self._named)
        return [one for one, is_newer in zip(findings, named.tolist(), strict=True) if not is_newer]
