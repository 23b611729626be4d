"""Objects in S3 and what speaks it: `s3://bucket/key`. The only file that imports boto3."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from colorizer_core.errors import ColorizerError
from jobs.errors import AccessDenied, AlreadyThere, NotFound, ReadTimeout, SourceChanged, Unavailable, WorldError
from jobs.rows import NOTHING_STATED, Facts
from jobs.shown import shown
from jobs.storage.changed import refuse_changed
from jobs.storage.disk_errors import Verb
from jobs.storage.s3_body import Body, ResumedBody
from jobs.storage.s3_errors import BROKEN, FAILURES, code_of, is_nameless, status_of, translate
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Blob, Listed
from jobs.storage.uri import split_s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_NO_VERSION = {"NoSuchVersion", "NoSuchKey", "InvalidArgument", "MethodNotAllowed"}  # each store has its own
_TRIES = 4  # of a body that breaks, of a create that meets another


class S3Store:
    """A `Store` of one account's buckets, over one client for all threads.

    Where an object is refused, its bucket is asked for a listing once: if that is refused too, and nothing of the
    bucket was ever read here, it is the world's error, not the row's.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._payer: dict[str, Any] = {"RequestPayer": settings.request_payer} if settings.request_payer else {}
        self._kept = _kept(settings)
        self._lock = Lock()
        self._built: tuple[int, S3Client] | None = None  # and the process that it is for
        self._answering: set[str] = set()  # buckets that are known to be there and to let us in

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        """See `Store.read`. A body that breaks or is short is asked for again, in the same version."""
        wanted = stated
        for _ in range(_TRIES):
            reply = self._get(uri, wanted)
            facts = _facts(reply, reply["ContentLength"])
            with closing(reply["Body"]) as body:
                refuse_changed(uri, stated, facts)
                if admit:
                    admit(facts.size or 0)
                    admit = None
                try:
                    data: bytes = body.read()
                except BROKEN:
                    data = b""
            if len(data) == facts.size:
                return Blob(data, facts)
            wanted = Facts(version_id=stated.version_id, etag=facts.etag)
        raise ReadTimeout(f"READ_TIMEOUT: the body breaks off, {_TRIES} times: {shown(uri)}")

    def open(self, uri: str) -> BinaryIO:
        """See `Store.open`. The stream can seek, and goes on in the same version where a connection breaks."""
        first = self._get(uri, NOTHING_STATED)
        same = Facts(etag=_facts(first, first["ContentLength"]).etag)

        def reopen(offset: int) -> Body:
            return self._get(uri, same, offset)["Body"]

        return io.BufferedReader(ResumedBody(uri, first["ContentLength"], first["Body"], reopen), 1 << 20)

    def write(self, uri: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """See `Store.write`."""
        with self._told(uri, "write"):
            self._put(uri, data, content_type)

    def create(self, uri: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """See `Store.create`."""
        for attempt in range(_TRIES):
            time.sleep(0.1 * attempt)
            if self._created(uri, data, content_type):
                return
            try:
                there = self.read(uri).data
            except NotFound:
                continue  # it met one that was just being put, or taken away
            if there != data:
                raise AlreadyThere(f"there is one with other bytes: {shown(uri)}")
            return
        raise Unavailable(f"STORE_UNAVAILABLE: others put and delete it meanwhile: {shown(uri)}")

    def stat(self, uri: str) -> Facts:
        """See `Store.stat`."""
        with self._told(uri, "read"):
            bucket, key = split_s3(uri)
            found = self._client().head_object(Bucket=bucket, Key=key, **self._payer)
            return _facts(found, found["ContentLength"])

    def list(self, prefix: str) -> Iterator[Listed]:
        """See `Store.list`. A prefix that no key has is an empty listing: a bucket has no folders."""
        bucket, below = split_s3(prefix)
        with self._told(prefix, "read"):
            try:
                pages = self._client().get_paginator("list_objects_v2")
                for page in pages.paginate(Bucket=bucket, Prefix=below, **self._payer):
                    for found in page.get("Contents", ()):
                        yield Listed(f"s3://{bucket}/{found['Key']}", _facts(found, found["Size"]))
            except ClientError as error:
                if code_of(error) != "NoSuchBucket":
                    raise
                raise NotFound(f"NOT_FOUND: there is no such bucket: {shown(prefix)}") from error

    def delete(self, uri: str) -> None:
        """See `Store.delete`."""
        with self._told(uri, "write"):
            bucket, key = split_s3(uri)
            self._client().delete_object(Bucket=bucket, Key=key, **self._payer)

    def flush(self, uri: str) -> None:
        """A put that was answered is kept."""

    def _get(self, uri: str, stated: Facts, offset: int = 0) -> GetObjectOutputTypeDef:
        wanted: dict[str, Any] = dict(self._payer)
        if stated.version_id:
            wanted["VersionId"] = stated.version_id
        if stated.etag:
            wanted["IfMatch"] = f'"{stated.etag}"'
        if offset:
            wanted["Range"] = f"bytes={offset}-"
        with self._told(uri, "read"):
            bucket, key = split_s3(uri)
            try:
                return self._client().get_object(Bucket=bucket, Key=key, **wanted)
            except ClientError as error:
                if not stated.version_id or code_of(error) not in _NO_VERSION:
                    raise
                self.stat(uri)  # NotFound, if no other version is there either
                raise SourceChanged(f"SOURCE_CHANGED: version {stated.version_id} is gone: {shown(uri)}") from error

    def _put(self, uri: str, data: bytes, content_type: str, **condition: Any) -> None:
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        bucket, key = split_s3(uri)
        wanted: dict[str, Any] = {**self._payer, **self._kept, **condition}
        self._client().put_object(
            Bucket=bucket, Key=key, Body=data, ContentMD5=digest, ContentType=content_type, **wanted
        )

    def _created(self, uri: str, data: bytes, content_type: str) -> bool:
        """False where there is one, or another put of it is under way."""
        with self._told(uri, "write"):
            try:
                self._put(uri, data, content_type, IfNoneMatch="*")
            except ClientError as error:
                if status_of(error) in {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}:
                    return False
                raise
            return True

    @contextmanager
    def _told(self, uri: str, verb: Verb) -> Iterator[None]:
        """S3's errors in Colorizer's words."""
        try:
            yield
        except ClientError as error:
            raise self._asked(error, uri, verb) from error
        except (*FAILURES, UnicodeEncodeError) as error:
            raise translate(error, uri, verb) from error
        if verb == "read":
            self._answering.add(split_s3(uri)[0])

    def _asked(self, error: ClientError, uri: str, verb: Verb) -> ColorizerError:
        """What a refusal means, asking the bucket where the refusal alone does not say."""
        found, bucket = translate(error, uri, verb), split_s3(uri)[0]
        unknown = verb == "read" and bucket not in self._answering
        refused = unknown and isinstance(found, AccessDenied)
        if not refused and not is_nameless(error, also_missing=unknown):
            return found
        try:
            self._client().list_objects_v2(Bucket=bucket, MaxKeys=1, **self._payer)
        except FAILURES as refusal:
            second = translate(refusal, f"s3://{bucket}/", verb)
            if refused and isinstance(second, AccessDenied):
                return WorldError(f"S3 says {code_of(error)}, and refuses the whole bucket: grant it: {shown(uri)}")
            return second if isinstance(second, WorldError) else found
        self._answering.add(bucket)
        return found

    def _client(self) -> S3Client:
        with self._lock:
            if self._built is None or self._built[0] != os.getpid():
                self._built = os.getpid(), _connect(self._settings)
            return self._built[1]


def _connect(settings: StoreSettings) -> S3Client:
    config = Config(
        signature_version="s3v4",
        request_checksum_calculation="when_required",  # the checksum trailer fails on Ceph over TLS (411)
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 5},
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


def _kept(settings: StoreSettings) -> dict[str, Any]:
    """How what is put is to be kept."""
    kept = {"StorageClass": settings.storage_class} if settings.storage_class else {}
    if settings.sse:
        if settings.sse.startswith("aws:kms:"):
            kept["SSEKMSKeyId"] = settings.sse.removeprefix("aws:kms:")
        kept["ServerSideEncryption"] = "aws:kms" if settings.sse.startswith("aws:kms") else settings.sse
    return kept


def _facts(found: Mapping[str, Any], size: int) -> Facts:
    """Of a GET, a HEAD or one object of a listing."""
    version = found.get("VersionId")
    modified = found.get("LastModified")
    return Facts(
        version_id=version if version != "null" else None,
        etag=str(found["ETag"]).strip('"') if "ETag" in found else None,
        size=size,
        mtime=int(modified.timestamp()) if modified else None,
    )
