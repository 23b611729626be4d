"""What the headers of an answer say of an object. An answer that says too little is not S3's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jobs.rows import Facts
from jobs.storage.s3_errors import BadAnswer

_MD5 = re.compile(r"[0-9a-f]{32}")
_EXPRESS = "--x-s3"  # how the name of a bucket ends whose ETags are no digests


def facts_of(found: Mapping[str, Any], size: int) -> Facts:
    """Of a GET, a HEAD or one object of a listing."""
    version = found.get("VersionId")
    modified = found.get("LastModified")
    return Facts(
        version_id=version if version != "null" else None,
        etag=etag_of(found),
        size=size,
        mtime=int(modified.timestamp()) if modified else None,
    )


def object_facts(reply: Mapping[str, Any]) -> Facts:
    """Of a GET or a HEAD.

    Raises:
        BadAnswer: it has no ETag or no length, and so is somebody else's (a login page, say).
    """
    if "ETag" not in reply or "ContentLength" not in reply:
        raise BadAnswer("the answer is not S3's")
    return facts_of(reply, reply["ContentLength"])


def etag_of(found: Mapping[str, Any]) -> str | None:
    """Without its quotes."""
    return str(found["ETag"]).strip('"') if "ETag" in found else None


def md5_of(reply: Mapping[str, Any], bucket: str) -> str | None:
    """The MD5 of the object's bytes in hexadecimal, where the ETag is one.

    It is none of an object put in several parts (it has a dash) or encrypted with a key of its owner's.
    """
    encryption = str(reply.get("ServerSideEncryption", ""))
    if encryption.startswith("aws:kms") or "SSECustomerAlgorithm" in reply or bucket.endswith(_EXPRESS):
        return None
    etag = etag_of(reply) or ""
    return etag if _MD5.fullmatch(etag) else None
