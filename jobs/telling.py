"""What an output in S3 says of itself beside its bytes: user metadata, for whoever sees the object and not the log."""

from __future__ import annotations

from urllib.parse import quote

from jobs.shown import without_secrets

_MOST = 2000
"""Bytes of names and values together; S3 refuses more than 2,048."""


def beside(source: str, source_sha256: str | None, fingerprint: str, label: str) -> dict[str, str]:
    """Source, its sha256, fingerprint and label, percent-encoded: boto3 refuses what is not ASCII.

    A source's URI that has no room is left out; its sha256 is there.
    """
    told = {
        "source-sha256": source_sha256 or "",
        "fingerprint": fingerprint,
        "label": label,
        "source": quote(without_secrets(source), safe="/:", errors="surrogateescape"),
    }
    if sum(len(name) + len(value) for name, value in told.items()) > _MOST:
        del told["source"]
    return {name: value for name, value in told.items() if value}
