"""A look at one output, and at the photograph that it was made of: read, and checked. Safe for threads."""

from __future__ import annotations

import hashlib

from jobs.errors import NotFound, SourceChanged, StorageError
from jobs.storage.store import Store
from jobs.verify.checks import CHECKS
from jobs.verify.claims import Claim
from jobs.verify.findings import Finding


def look(store: Store, claim: Claim) -> Finding | None:
    """What is the matter with an output; None where it is there and is what was written.

    Raises:
        WorldError: no output's fault.
    """
    output = output_of(store, claim)
    if isinstance(output, Finding):
        return output
    return next((finding for check in CHECKS if (finding := check(claim, output))), None)


def output_of(store: Store, claim: Claim) -> bytes | Finding:
    """An output's bytes. Raises as `look` does."""
    try:
        return store.read(claim.output_uri).data
    except NotFound:
        return Finding(claim.output_uri, "MISSING", claim.sha256)
    except StorageError as error:
        return Finding(claim.output_uri, "UNREADABLE", claim.sha256, str(error))


def source_of(store: Store, claim: Claim) -> bytes | Finding:
    """The photograph's bytes. Its size and time are not asked for: the sha256 says more. Raises as `look` does."""
    expected = claim.source_sha256 or ""
    try:
        source = store.read(claim.source_uri, claim.source).data
    except NotFound:
        return Finding(claim.output_uri, "SOURCE_GONE", expected, claim.source_uri)
    except SourceChanged as error:
        return Finding(claim.output_uri, "SOURCE_CHANGED", expected, str(error))
    except StorageError as error:
        return Finding(claim.output_uri, "SOURCE_UNREADABLE", expected, str(error))
    found = hashlib.sha256(source).hexdigest()
    return source if found == expected or not expected else Finding(claim.output_uri, "SOURCE_CHANGED", expected, found)
