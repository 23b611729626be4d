"""What a store must know beyond a URI. Travels to the workers, which build their clients from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from jobs.storage.retry import Retries


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
        object_timeout: seconds that one object may take with all its retries, and as many more for each further
            64 MiB of it (S3): a connection that brings a byte now and then ends too.
        retries: how often what may pass is tried again (S3); all stores of a process with one endpoint share the budget.
        etag_is_md5: whether an ETag that looks like an MD5 is that of the bytes (S3). It is in Amazon's, Ceph's, MinIO's
            and Google's, and what was read or put is compared with it; say False for a store where it is not.
        scratch: where temporary files of writes to disk go; the longest root that fits wins.
    """

    request_payer: str | None = None
    sse: str | None = None
    storage_class: str | None = None
    connect_timeout: float = 10
    read_timeout: float = 60
    object_timeout: float = 300
    retries: Retries = field(default_factory=Retries)
    etag_is_md5: bool = True
    scratch: tuple[Scratch, ...] = ()
