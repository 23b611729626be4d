"""The plan: which rows the log does not answer yet, and why. Pure: no clock, no storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jobs.codes import Status, is_transient
from jobs.digests import short_digest
from jobs.errors import ChecksumMismatch
from jobs.rows import Facts

Reason = Literal[
    "new",
    "in doubt",
    "other source",
    "other fingerprint",
    "source changed",
    "other checksum",
    "fact unknown",
    "transient",
    "redo",
]


@dataclass(frozen=True, slots=True)
class Version:
    """Facts by digest, so that ten million of them fit in arrays; 0 is "not stated", −1 for numbers."""

    version_id: int = 0
    etag: int = 0
    size: int = -1
    mtime: int = -1
    sha256: int = 0
    md5: int = 0

    @classmethod
    def of(cls, facts: Facts) -> Version:
        """The digests of `facts`."""
        return cls(
            _digested(facts.version_id),
            _digested(facts.etag),
            facts.size if facts.size is not None else -1,
            facts.mtime if facts.mtime is not None else -1,
            _digested(facts.sha256),
            _digested(facts.md5),
        )

    def contradicts(self, other: Version) -> bool:
        """Whether both state a fact and differ in it. Times count only where no version id, ETag or sum was compared."""
        compared = False
        for mine, its in zip(self._digests(), other._digests(), strict=True):
            if mine and its:
                if mine != its:
                    return True
                compared = True
        if _differ(self.size, other.size):
            return True
        return not compared and _differ(self.mtime, other.mtime)

    def lacks(self, other: Version) -> bool:
        """Whether `other` states a fact that this one does not."""
        return any(stated and not known for known, stated in zip(self._known(), other._known(), strict=True))

    def sums(self) -> tuple[int, int]:
        """Of the bytes: sha256 and MD5."""
        return self.sha256, self.md5

    def _digests(self) -> tuple[int, ...]:
        return self.version_id, self.etag, self.sha256, self.md5

    def _known(self) -> tuple[bool, ...]:
        return *(one > 0 for one in self._digests()), self.size >= 0, self.mtime >= 0


def _digested(text: str | None) -> int:
    return 0 if text is None else short_digest(text)


def _differ(mine: int, its: int) -> bool:
    return mine >= 0 and its >= 0 and mine != its


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest log row of one output; `in_doubt` where a later attempt opened it and left no part.

    Attributes:
        source: digest of the source URI.
        version: of what was read, else stated. The sums of a `CHECKSUM_MISMATCH` are those that were stated.
        fingerprint: of the run that answered.
        run_id: that run.
        is_repeated: whether the answer before it, of another run, had the same code.
    """

    source: bytes
    version: Version
    fingerprint: str
    status: Status
    code: str | None
    run_id: str
    in_doubt: bool = False
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Redo:
    """Which answers the user asks for again (`--redo`): a status, a code or "all", given before the run `before`."""

    what: str
    before: str

    def takes(self, answer: Answer) -> bool:
        """Whether `answer` is one of them."""
        if answer.run_id >= self.before:
            return False
        return self.what in ("all", answer.status, answer.code)


def stale(source: bytes, stated: Version, fingerprint: str, answer: Answer | None, redo: Redo | None) -> Reason | None:
    """Why a row must be run, or None where the log answers it.

    Args:
        source: digest of the row's source URI.
        stated: what the manifest now states of its version.
        fingerprint: of this run.
        answer: the newest log row of its output; None if there is none.
        redo: what the user asks for again.
    """
    if answer is None:
        return "new"
    if answer.in_doubt:
        return "in doubt"
    if answer.source != source:
        return "other source"
    if answer.fingerprint != fingerprint:
        return "other fingerprint"
    return _stale_answer(stated, answer, redo)


def _stale_answer(stated: Version, answer: Answer, redo: Redo | None) -> Reason | None:
    if answer.code == ChecksumMismatch.code and answer.version.sums() != stated.sums():
        return "other checksum"
    if answer.version.contradicts(stated):
        return "source changed"
    if answer.status == "failed":
        if is_transient(answer.code, answer.is_repeated):
            return "transient"
        if answer.version.lacks(stated):
            return "fact unknown"
    if redo is not None and redo.takes(answer):
        return "redo"
    return None
