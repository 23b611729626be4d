"""The plan: which rows the log does not answer yet, and why. Pure: no clock, no storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jobs.codes import Status, is_transient
from jobs.digests import short_digest
from jobs.rows import Facts

Reason = Literal[
    "new", "in doubt", "other source", "other fingerprint", "source changed", "fact unknown", "transient", "redo"
]


@dataclass(frozen=True, slots=True)
class Version:
    """Version facts by digest, so that ten million of them fit in arrays; 0 is "not stated", −1 for numbers."""

    version_id: int = 0
    etag: int = 0
    size: int = -1
    mtime: int = -1

    @classmethod
    def of(cls, facts: Facts) -> Version:
        """The digests of `facts`."""
        return cls(
            short_digest(facts.version_id) if facts.version_id is not None else 0,
            short_digest(facts.etag) if facts.etag is not None else 0,
            facts.size if facts.size is not None else -1,
            facts.mtime if facts.mtime is not None else -1,
        )

    def contradicts(self, other: Version) -> bool:
        """Whether both state a fact and differ in it. Times count only where neither version id nor ETag was compared."""
        compared = False
        for mine, its in ((self.version_id, other.version_id), (self.etag, other.etag)):
            if mine and its:
                if mine != its:
                    return True
                compared = True
        if _differ(self.size, other.size):
            return True
        return not compared and _differ(self.mtime, other.mtime)

    def lacks(self, other: Version) -> bool:
        """Whether `other` states a fact that this one does not."""
        mine = (self.version_id > 0, self.etag > 0, self.size >= 0, self.mtime >= 0)
        its = (other.version_id > 0, other.etag > 0, other.size >= 0, other.mtime >= 0)
        return any(stated and not known for known, stated in zip(mine, its, strict=True))


def _differ(mine: int, its: int) -> bool:
    return mine >= 0 and its >= 0 and mine != its


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest log row of one output; `in_doubt` where a later attempt opened it and left no part.

    Attributes:
        source: digest of the source URI.
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
