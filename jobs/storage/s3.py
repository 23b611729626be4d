"""Objects in S3 and what speaks it: `s3://bucket/key`. Only the files s3*.py know boto3."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from botocore.exceptions import ClientError

from colorizer_core.errors import ColorizerError
from jobs.errors import AccessDenied, AlreadyThere, NotFound, SourceChanged, Unavailable, WorldError
from jobs.rows import NOTHING_STATED, Facts
from jobs.shown import shown
from jobs.storage.changed import refuse_changed
from jobs.storage.retry import Deadline, Trying
from jobs.storage.s3_body import Body, Outgoing, ResumedBody, body_of, receive
from jobs.storage.s3_client import connect, kept, trying
from jobs.storage.s3_errors import FAILURES, BadAnswer, code_of, is_nameless, status_of, translate
from jobs.storage.s3_facts import etag_of, facts_of, md5_of, object_facts
from jobs.storage.settings import StoreSettings
from jobs.storage.store import OCTETS, Beside, Blob, Listed, Verb
from jobs.storage.uri import split_s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, ListObjectsV2OutputTypeDef

_NO_VERSION = {"NoSuchVersion", "NoSuchKey", "InvalidArgument", "MethodNotAllowed"}  # each store has its own
_TRIES = 4  # of a create that meets another
_STRETCH = 64 << 20  # bytes that have the time of an object
Result = TypeVar("Result")


class S3Store:
    """A `Store` of one account's buckets, over one client for all threads.

    What may pass (a broken connection, a 5xx, SlowDown, an endpoint that is down for a moment, an answer that contradicts
    itself) is tried again as the settings say; what then still fails, and what is refused, is told. 403 and 404 are
    answers.

    Where an object is refused, its bucket is asked for a listing once: if that is refused too, and nothing of the
    bucket was ever read here, it is the world's error, not the row's.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._payer: dict[str, Any] = {"RequestPayer": settings.request_payer} if settings.request_payer else {}
        self._kept = kept(settings)
        self._lock = Lock()
        self._built: tuple[int, S3Client] | None = None  # and the process that it is for
        self._answering: set[str] = set()  # buckets that are known to be there and to let us in

    def read(self, uri: str, stated: Facts = NOTHING_STATED, admit: Callable[[int], None] | None = None) -> Blob:
        """See `Store.read`. A body that breaks, is short or is not what its ETag says is asked for again.

        Of an object put in several parts, or encrypted with a key of its owner's, the ETag says nothing of the bytes;
        there only their number is compared.
        """
        deadline, wanted = self._deadline(0), stated

        def fetch() -> Blob:
            nonlocal wanted, admit
            reply = self._get(uri, wanted)
            facts, md5 = object_facts(reply), self._md5_of(reply, uri)
            with closing(body_of(reply)) as body:
                if not (stated.etag and md5):  # else the bytes say first whether the answer is true
                    refuse_changed(uri, stated, facts)
                if admit:
                    with deadline.paused():
                        admit(facts.size or 0)
                    deadline.extend(self._further_seconds(facts.size or 0))
                    admit = None
                wanted = Facts(version_id=stated.version_id, etag=facts.etag)
                try:
                    data = receive(body, facts.size or 0, md5, deadline)
                except BadAnswer:
                    wanted = stated  # it may be the ETag that is wrong
                    raise
            refuse_changed(uri, stated, facts)
            return Blob(data, facts)

        return self._tried(uri, "read", fetch, deadline)

    def open(self, uri: str) -> BinaryIO:
        """See `Store.open`. The stream can seek, and goes on in the same version where a connection breaks.

        Its bytes are as many as S3 says, and are not compared with the ETag.
        """

        def begin() -> tuple[Facts, Body]:
            reply = self._get(uri, NOTHING_STATED)
            return object_facts(reply), body_of(reply)

        def waits(tries: int) -> bool:
            return self._trying().waits(tries, "soon", self._deadline(0))

        def reopen(offset: int) -> Body:
            step = partial(self._get, uri, Facts(etag=facts.etag), offset)
            return body_of(self._tried(uri, "read", step, self._deadline(0)))

        facts, first = self._tried(uri, "read", begin, self._deadline(0))
        stream = ResumedBody(uri, facts.size or 0, first, reopen, waits, self._settings.object_timeout)
        return io.BufferedReader(stream, 1 << 20)

    def write(self, uri: str, data: bytes, content_type: str = OCTETS, beside: Beside = None) -> None:
        """See `Store.write`. What S3 says that it keeps is compared with what was sent; in doubt it is read back.

        After `WriteTimeout` it may be there, whole: S3 may have put it and its answer been lost.
        """
        deadline, more = self._deadline(len(data)), {"Metadata": dict(beside)} if beside else {}

        def put() -> None:
            if self._put(uri, data, content_type, deadline, **more) or self._is_kept(uri, data, deadline):
                return
            self._delete(*split_s3(uri))
            raise BadAnswer("other bytes were kept than were sent, and are deleted")

        self._tried(uri, "write", put, deadline)

    def create(self, uri: str, data: bytes, content_type: str = OCTETS) -> None:
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
        bucket, key = split_s3(uri)

        def ask() -> Facts:
            return object_facts(dict(self._client().head_object(Bucket=bucket, Key=key, **self._payer)))

        return self._tried(uri, "read", ask, self._deadline(0))

    def list(self, prefix: str) -> Iterator[Listed]:
        """See `Store.list`. A prefix that no key has is an empty listing: a bucket has no folders."""
        bucket, more = split_s3(prefix)[0], dict[str, Any]()
        while True:
            page = self._tried(prefix, "read", partial(self._page, prefix, more), self._deadline(0))
            for found in page.get("Contents", ()):
                yield Listed(f"s3://{bucket}/{found['Key']}", facts_of(dict(found), found["Size"]))
            if not page["IsTruncated"]:
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, uri: str) -> None:
        """See `Store.delete`."""
        self._tried(uri, "write", lambda: self._delete(*split_s3(uri)), self._deadline(0))

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
        bucket, key = split_s3(uri)
        try:
            reply = self._client().get_object(Bucket=bucket, Key=key, **wanted)
        except ClientError as error:
            if not stated.version_id or code_of(error) not in _NO_VERSION:
                raise
            self.stat(uri)  # NotFound, if no other version is there either
            raise SourceChanged(f"SOURCE_CHANGED: version {stated.version_id} is gone: {shown(uri)}") from error
        if stated.etag and etag_of(dict(reply)) != stated.etag:
            reply["Body"].close()
            raise BadAnswer("another version was sent than was asked for")
        if offset and not reply.get("ContentRange", "").startswith(f"bytes {offset}-"):
            reply["Body"].close()
            raise BadAnswer("another part of it was sent than was asked for")
        return reply

    def _delete(self, bucket: str, key: str) -> None:
        self._client().delete_object(Bucket=bucket, Key=key, **self._payer)

    def _page(self, prefix: str, more: dict[str, Any]) -> ListObjectsV2OutputTypeDef:
        """One page of a listing. An empty answer, which the parser takes for an empty page, is none."""
        bucket, below = split_s3(prefix)
        try:
            page = self._client().list_objects_v2(Bucket=bucket, Prefix=below, **more, **self._payer)
        except ClientError as error:
            if code_of(error) != "NoSuchBucket":
                raise
            raise NotFound(f"NOT_FOUND: there is no such bucket: {shown(prefix)}") from error
        if "IsTruncated" not in page or (page["IsTruncated"] and not page.get("NextContinuationToken")):
            raise BadAnswer("the answer is not S3's")
        return page

    def _put(self, uri: str, data: bytes, content_type: str, deadline: Deadline, **more: Any) -> bool:
        """Whether the answer vouches for the bytes."""
        digest = hashlib.md5(data, usedforsecurity=False)
        bucket, key = split_s3(uri)
        wanted: dict[str, Any] = {**self._payer, **self._kept, **more}
        reply = self._client().put_object(
            Bucket=bucket,
            Key=key,
            Body=Outgoing(data, deadline),
            ContentMD5=base64.b64encode(digest.digest()).decode(),
            ContentType=content_type,
            **wanted,
        )
        if "ETag" not in reply:
            raise BadAnswer("the answer is not S3's")
        return self._md5_of(reply, uri) in {None, digest.hexdigest()}

    def _is_kept(self, uri: str, data: bytes, deadline: Deadline) -> bool:
        reply = self._get(uri, NOTHING_STATED)
        with closing(body_of(reply)) as body:
            return object_facts(reply).size == len(data) and receive(body, len(data), None, deadline) == data

    def _created(self, uri: str, data: bytes, content_type: str) -> bool:
        """False where there is one, another put of it is under way, or it is not certain what was put."""
        deadline = self._deadline(len(data))
        put = partial(self._put, uri, data, content_type, deadline, IfNoneMatch="*")

        def create() -> bool:
            try:
                return put()
            except ClientError as error:
                if status_of(error) in {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}:
                    return False
                raise

        return self._tried(uri, "write", create, deadline)

    def _tried(self, uri: str, verb: Verb, step: Callable[[], Result], deadline: Deadline) -> Result:
        """What `step` gives in the end, S3's errors in Colorizer's words."""
        with self._told(uri, verb):
            return self._trying().call(step, deadline)

    def _trying(self) -> Trying:
        return trying(self._client(), self._settings.retries)

    def _deadline(self, size: int) -> Deadline:
        return Deadline(self._settings.object_timeout + self._further_seconds(size), time.monotonic)

    def _further_seconds(self, size: int) -> float:
        return self._settings.object_timeout * (size // _STRETCH)

    def _md5_of(self, reply: Any, uri: str) -> str | None:
        return md5_of(reply, split_s3(uri)[0]) if self._settings.etag_is_md5 else None

    @contextmanager
    def _told(self, uri: str, verb: Verb) -> Iterator[None]:
        """S3's errors in Colorizer's words."""
        try:
            yield
        except ClientError as error:
            raise self._asked(error, uri, verb) from error
        except FAILURES as error:
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
                said = f"S3 says {code_of(error)}, and refuses the whole bucket: grant it: {shown(uri)}"
                return WorldError("BUCKET_DENIED", said)
            return second if isinstance(second, WorldError) else found
        self._answering.add(bucket)
        return found

    def _client(self) -> S3Client:
        with self._lock:
            if self._built is None or self._built[0] != os.getpid():
                self._built = os.getpid(), connect(self._settings)
            return self._built[1]
