"""What is asked of an output's bytes. Another check is another function, and its name in `CHECKS`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from jobs.verify.claims import Claim
from jobs.verify.findings import Finding

Check = Callable[[Claim, bytes], Finding | None]
"""Given what the log says of an output, and its bytes: what is the matter with it, or None."""


def hashes(claim: Claim, data: bytes) -> Finding | None:
    """They are the bytes that were written."""
    found = hashlib.sha256(data).hexdigest()
    return None if found == claim.sha256 else Finding(claim.output_uri, "HASH_DIFFERS", claim.sha256, found)


CHECKS: tuple[Check, ...] = (hashes,)
"""In the order in which they are made; what one finds is all that is said of an output."""
