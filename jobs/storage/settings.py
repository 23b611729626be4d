"""What a store must know beyond a URI. Travels to the workers, which build their clients from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scratch:
    """Temporary files of what is written below `root` lie in `folder`. Both are `file://` URIs on one filesystem."""

    root: str
    folder: str


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The options of every store; the defaults read and write plainly.

    Attributes:
        request_payer: `requester`, where the reader pays (S3).
        sse: `AES256`, `aws:kms` or `aws:kms:KEYID` for what is written (S3).
        storage_class: the class of what is written (S3), such as `STANDARD_IA`.
        connect_timeout: seconds (S3).
        read_timeout: seconds without a byte (S3).
        scratch: where temporary files of writes to disk go; the longest root that fits wins.
    """

    request_payer: str | None = None
    sse: str | None = None
    storage_class: str | None = None
    connect_timeout: float = 10
    read_timeout: float = 60
    scratch: tuple[Scratch, ...] = ()
