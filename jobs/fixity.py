"""Fixity: whether the bytes of a photograph are those that the manifest states the sum of."""

from __future__ import annotations

import hashlib

from jobs.errors import ChecksumMismatch
from jobs.rows import Facts
from jobs.shown import shown


def mismatch(uri: str, stated: Facts, data: bytes, sha256: str) -> ChecksumMismatch | None:
    """What is wrong with the sums of some bytes, with both sums of each kind that differs; None where nothing is.

    Args:
        uri: of the object, for the message.
        stated: what the manifest states. Another pass over the bytes is made only where that is an MD5.
        data: its bytes.
        sha256: of them, hexadecimal in lower case.
    """
    found = {"sha256": sha256} if stated.sha256 is not None else {}
    if stated.md5 is not None:
        found["md5"] = hashlib.md5(data, usedforsecurity=False).hexdigest()
    expected = {"sha256": stated.sha256, "md5": stated.md5}
    wrong = [f"{kind} {its} where {expected[kind]} is stated" for kind, its in found.items() if its != expected[kind]]
    return ChecksumMismatch(f"CHECKSUM_MISMATCH: {', '.join(wrong)}: {shown(uri)}") if wrong else None
