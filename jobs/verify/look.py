"""A look at one output: it is read, checked, and its source fetched where it is to be made again. Safe for threads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from jobs.errors import NotFound, SourceChanged, StorageError
from jobs.storage.store import Store
from jobs.verify.checks import CHECKS
from jobs.verify.claims import Claim
from jobs.verify.findings import Finding


@dataclass(frozen=True, slots=True)
class Look:
    """What a look came to.

    Attributes:
        claim: what the log says.
        finding: what is the matter; None where nothing is.
        output, source: the bytes of both, where the output is to be made again and nothing is the matter so far.
    """

    claim: Claim
    finding: Finding | None = None
    output: bytes | None = None
    source: bytes | None = None

    @property
    def is_proven(self) -> bool:
        """Whether the output is there and is what was written."""
        return self.finding is None or self.finding.name.startswith("SOURCE_")


def look(store: Store, claim: Claim, again: bool) -> Look:
    """Reads an output.

    Args:
        store: for everything.
        claim: what the log says of it.
        again: whether it is to be made again.

    Raises:
        WorldError: no output's fault.
    """
    try:
        output = store.read(claim.output_uri).data
    except NotFound:
        return Look(claim, Finding(claim.output_uri, "MISSING", claim.sha256))
    except StorageError as error:
        return Look(claim, Finding(claim.output_uri, "UNREADABLE", claim.sha256, str(error)))
    for check in CHECKS:
        if finding := check(claim, output):
            return Look(claim, finding)
    if not again:
        return Look(claim)
    source = _source(store, claim)
    return Look(claim, source) if isinstance(source, Finding) else Look(claim, None, output, source)


def _source(store: Store, claim: Claim) -> bytes | Finding:
    """The photograph's bytes. Its size and time are not asked for: the sha256 says more."""
    try:
        source = store.read(claim.source_uri, claim.source).data
    except NotFound:
        return Finding(claim.output_uri, "SOURCE_GONE", claim.source_sha256 or "", claim.source_uri)
    except SourceChanged as error:
        return Finding(claim.output_uri, "SOURCE_CHANGED", claim.source_sha256 or "", str(error))
    except StorageError as error:
        return Finding(claim.output_uri, "SOURCE_UNREADABLE", claim.source_sha256 or "", str(error))
    found = hashlib.sha256(source).hexdigest()
    if claim.source_sha256 is not None and found != claim.source_sha256:
        return Finding(claim.output_uri, "SOURCE_CHANGED", claim.source_sha256, found)
    return source
