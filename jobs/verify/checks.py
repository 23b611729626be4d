"""What is asked of an output's bytes. Another check is another function, and its name in `CHECKS`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from colorizer_core.image.label import read_label
from jobs.names import format_of
from jobs.verify.claims import Claim
from jobs.verify.findings import Finding

Check = Callable[[Claim, bytes], Finding | None]
"""Given what the log says of an output, and its bytes: what is the matter with it, or None."""


def hashes(claim: Claim, data: bytes) -> Finding | None:
    """They are the bytes that were written."""
    found = hashlib.sha256(data).hexdigest()
    return None if found == claim.sha256 else Finding(claim.output_uri, "HASH_DIFFERS", claim.sha256, found)


def carries_its_label(claim: Claim, data: bytes) -> Finding | None:
    """They say themselves what the log says that they say: that software coloured them."""
    if claim.label is None:
        return None
    label = read_label(data, format_of(claim.output_uri))
    found = label.term if label else "no label"
    return None if found == claim.label else Finding(claim.output_uri, "LABEL_MISSING", claim.label, found)


CHECKS: tuple[Check, ...] = (hashes, carries_its_label)
"""In the order in which they are made; what one finds is all that is said of an output."""
