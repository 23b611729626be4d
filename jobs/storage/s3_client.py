"""The client for S3, and the retries that all clients of one endpoint share."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from jobs.storage.retry import Budget, Retries, Trying
from jobs.storage.s3_errors import FAILURES, pace
from jobs.storage.settings import StoreSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_budgets: dict[tuple[str, Retries], Budget] = {}  # of this process: a dead endpoint is dead for every store
_lock = Lock()


def connect(settings: StoreSettings) -> S3Client:
    """A client for what the environment names: credentials, region, endpoint.

    botocore tries nothing again by itself: it sees no broken body and no wrong ETag, and its quota is one client's. So
    every try of whatever kind is counted in one place, `trying`.
    """
    config = Config(
        signature_version="s3v4",
        request_checksum_calculation="when_required",  # the checksum trailer fails on Ceph over TLS (411)
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        max_pool_connections=32,
    )
    session = boto3.session.Session()
    client: S3Client = session.client("s3", config=config)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return client
    return session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"})))


def trying(client: S3Client, retries: Retries) -> Trying:
    """Tries calls of `client` again, within what its endpoint has left."""
    with _lock:
        budget = _budgets.setdefault((client.meta.endpoint_url, retries), Budget(retries, time.monotonic))
    return Trying(retries, budget, FAILURES, pace, time.sleep, random.random)


def kept(settings: StoreSettings) -> Mapping[str, Any]:
    """How what is put is to be kept."""
    wanted = {"StorageClass": settings.storage_class} if settings.storage_class else {}
    if settings.sse:
        if settings.sse.startswith("aws:kms:"):
            wanted["SSEKMSKeyId"] = settings.sse.removeprefix("aws:kms:")
        wanted["ServerSideEncryption"] = "aws:kms" if settings.sse.startswith("aws:kms") else settings.sse
    return wanted
