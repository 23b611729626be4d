"""What only S3 does: credentials, buckets, versions, options, archives. A secret is never shown."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import boto3
import pytest

from jobs.errors import (
    AccessDenied,
    Archived,
    InvalidName,
    NotFound,
    SourceChanged,
    Unavailable,
    WorldError,
)
from jobs.rows import Facts
from jobs.storage.retry import Retries
from jobs.storage.s3 import S3Store
from jobs.storage.settings import StoreSettings
from tests.rgw import Rgw, admin

SECRET = "verysecretverysecret"  # noqa: S105 - to be looked for in messages
PLAIN = StoreSettings(retries=Retries(first_wait=0.01))


def use(server: Rgw, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.env().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of RGW, in the environment."""
    use(rgw, monkeypatch)
    admin(rgw).create_bucket(Bucket=bucket_name)
    return bucket_name


@pytest.fixture
def moto_bucket(moto: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of moto, in the environment."""
    use(moto, monkeypatch)
    admin(moto).create_bucket(Bucket=bucket_name)
    return bucket_name


@pytest.fixture(scope="module")
def shared() -> S3Store:
    """A store of RGW, connected by the first test that has it: a client takes 0.1 s to build."""
    return S3Store(PLAIN)


def all_calls(store: S3Store, uri: str) -> list[Any]:
    return [
        lambda: store.read(uri),
        lambda: store.open(uri).read(),
        lambda: store.stat(uri),
        lambda: list(store.list(uri + "/")),
        lambda: store.write(uri, b"x"),
        lambda: store.create(uri, b"x"),
        lambda: store.delete(uri),
    ]


@pytest.mark.parametrize("wrong", ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
def test_wrong_credentials_are_the_worlds_in_every_call(
    bucket: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(wrong, SECRET)
    for call in all_calls(S3Store(PLAIN), f"s3://{bucket}/x"):
        with pytest.raises(WorldError, match=f"(?s)AWS_ACCESS_KEY_ID.*{bucket}") as raised:
            call()
        assert SECRET not in str(raised.value)
        assert "\n" not in str(raised.value)


def test_no_credentials_are_the_worlds(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    for call in all_calls(S3Store(PLAIN), f"s3://{bucket}/x"):
        with pytest.raises(WorldError, match="NoCredentialsError"):
            call()


def test_a_profile_that_is_not_there_is_the_worlds(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "none")
    with pytest.raises(WorldError, match="ProfileNotFound"):
        S3Store(PLAIN).read(f"s3://{bucket}/x")


def test_a_missing_bucket_is_the_worlds_and_not_a_missing_object(bucket: str) -> None:
    read, opened, stat, listed, write, create, delete = all_calls(S3Store(PLAIN), f"s3://{bucket}-gone/x")
    for call in (read, opened, stat, write, create, delete):
        with pytest.raises(WorldError, match="NoSuchBucket"):
            call()
    with pytest.raises(NotFound, match="no such bucket"):
        listed()


def test_a_server_that_is_down_is_the_worlds(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://user:{SECRET}@127.0.0.1:9")
    with pytest.raises(WorldError, match=r"AWS_ENDPOINT_URL.*127\.0\.0\.1:9") as raised:
        S3Store(PLAIN).read(f"s3://{bucket}/x")
    assert SECRET not in str(raised.value)


def test_one_refused_object_is_its_rows_and_a_refused_bucket_the_worlds(
    rgw: Rgw, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin(rgw).put_object(Bucket=bucket, Key="open", Body=b"colour", ACL="public-read")
    admin(rgw).put_object(Bucket=bucket, Key="closed", Body=b"colour")
    other = stranger(monkeypatch)
    with pytest.raises(WorldError, match="whole bucket"):
        other.read(f"s3://{bucket}/closed")
    with pytest.raises(WorldError, match="whole bucket"):
        other.stat(f"s3://{bucket}/closed")
    assert other.read(f"s3://{bucket}/open").data == b"colour"
    with pytest.raises(AccessDenied, match="ACCESS_DENIED"):
        other.read(f"s3://{bucket}/closed")
    with pytest.raises(AccessDenied, match="ACCESS_DENIED"):
        other.write(f"s3://{bucket}/new", b"")


def stranger(monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """A store whose requests are not signed at all, as anybody's."""
    from botocore import UNSIGNED
    from botocore.config import Config

    store = S3Store(PLAIN)
    client = boto3.session.Session().client("s3", config=Config(signature_version=UNSIGNED))
    monkeypatch.setattr(store, "_client", lambda: client)
    return store


def spoil(store: S3Store, event: str, times: int) -> list[str]:
    """Flips a byte of so many bodies that the store puts, at one of botocore's events, and gives the Content-MD5 of each try.

    Before it is signed the signature holds for the wrong bytes, as where payloads are not signed (over TLS): then nothing but
    the Content-MD5 is wrong. Behind that (before-send) both are.
    """
    sent: list[str] = []

    def damage(request: Any, **_: Any) -> None:
        stated = request.headers["Content-MD5"]
        sent.append(stated.decode() if isinstance(stated, bytes) else stated)
        if len(sent) <= times:
            setattr(request, "data" if event == "before-sign" else "body", b"colouR")

    store._client().meta.events.register(f"{event}.s3.PutObject", damage)
    return sent


MD5 = base64.b64encode(hashlib.md5(b"colour", usedforsecurity=False).digest()).decode()
SPOILT = {"before-sign": "BadDigest", "before-send": "XAmzContentSHA256Mismatch"}


@pytest.mark.parametrize("event", SPOILT)
@pytest.mark.parametrize("verb", ["write", "create"])
def test_a_body_that_is_not_its_content_md5s_is_refused_each_time_and_kept_nowhere(
    bucket: str, event: str, verb: str
) -> None:
    store, uri = S3Store(PLAIN), f"s3://{bucket}/x"
    sent = spoil(store, event, times=100)
    with pytest.raises(Unavailable, match=f"STORE_UNAVAILABLE: S3 says {SPOILT[event]}: "):
        getattr(store, verb)(uri, b"colour")
    assert sent == [MD5] * PLAIN.retries.tries
    assert list(store.list(f"s3://{bucket}/")) == []


@pytest.mark.parametrize("event", SPOILT)
@pytest.mark.parametrize("verb", ["write", "create"])
def test_a_body_that_is_spoilt_once_is_put_whole_by_the_next_try(bucket: str, event: str, verb: str) -> None:
    store, uri = S3Store(PLAIN), f"s3://{bucket}/x"
    sent = spoil(store, event, times=1)
    getattr(store, verb)(uri, b"colour")
    assert sent == [MD5] * 2
    assert store.read(uri).data == b"colour"


def test_a_body_that_is_refused_leaves_what_was_there(bucket: str) -> None:
    store, uri = S3Store(PLAIN), f"s3://{bucket}/x"
    store.write(uri, b"before")
    spoil(store, "before-sign", times=100)
    with pytest.raises(Unavailable, match="BadDigest"):
        store.write(uri, b"colour")
    assert store.read(uri).data == b"before"


def test_the_stated_version_is_read_and_one_that_is_gone_is_a_change(rgw: Rgw, bucket: str) -> None:
    admin(rgw).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    store, uri = S3Store(PLAIN), f"s3://{bucket}/x"
    store.write(uri, b"one")
    first = store.stat(uri)
    store.write(uri, b"second")
    assert store.read(uri, first).data == b"one"
    assert store.read(uri).data == b"second"
    assert first.version_id
    admin(rgw).delete_object(Bucket=bucket, Key="x", VersionId=first.version_id)
    with pytest.raises(SourceChanged):
        store.read(uri, first)
    with pytest.raises(SourceChanged):
        store.read(uri, Facts(etag=first.etag))
    admin(rgw).delete_object(Bucket=bucket, Key="x")
    with pytest.raises(NotFound):
        store.read(uri)
    with pytest.raises(NotFound):
        store.read(uri, first)


@pytest.mark.parametrize("key", ["/leading", "//two", "a//b", "a/./b", "a/../b", "..", "a/", "/", "x" * 1024])
def test_keys_that_no_path_could_be_are_literal(shared: S3Store, bucket: str, key: str) -> None:
    store, uri = shared, f"s3://{bucket}/{key}"
    store.create(uri, b"colour")
    assert store.read(uri).data == b"colour"
    assert store.stat(uri).size == 6
    assert [listed.uri for listed in store.list(f"s3://{bucket}/")] == [uri]
    store.delete(uri)
    with pytest.raises(NotFound):
        store.read(uri)


@pytest.mark.parametrize("key", ["x" * 1025, "", "lone \ud83d surrogate"], ids=["long", "none", "lone"])
def test_a_name_that_no_object_can_have_is_invalid(shared: S3Store, bucket: str, key: str) -> None:
    store, uri = shared, f"s3://{bucket}/{key}"
    for call in (lambda: store.read(uri), lambda: store.write(uri, b""), lambda: store.create(uri, b"")):
        with pytest.raises(InvalidName):
            call()


def test_what_is_put_is_kept_as_the_settings_say(moto: Rgw, moto_bucket: str) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/one"
    settings = StoreSettings(request_payer="requester", sse=f"aws:kms:{key}", storage_class="STANDARD_IA")
    store, uri = S3Store(settings), f"s3://{moto_bucket}/x"
    headers: list[dict[str, str]] = []
    store._client().meta.events.register(
        "before-send.s3", lambda request, **_: headers.append({k.lower(): str(v) for k, v in request.headers.items()})
    )
    for call in all_calls(store, uri)[3:]:
        call()
    store.create(uri, b"colour", "image/tiff")
    store.read(uri)
    assert all("requester" in sent["x-amz-request-payer"] for sent in headers)
    found = admin(moto).head_object(Bucket=moto_bucket, Key="x")
    assert found["StorageClass"] == "STANDARD_IA"
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"] == key
    assert found["ContentType"] == "image/tiff"


def test_rgw_encrypts_with_the_key_that_is_named(rgw: Rgw, bucket: str) -> None:
    store = S3Store(StoreSettings(sse="aws:kms:testkey-1"))
    store.create(f"s3://{bucket}/x", b"colour")
    store.create(f"s3://{bucket}/x", b"colour")
    assert store.read(f"s3://{bucket}/x").data == b"colour"
    found = admin(rgw).head_object(Bucket=bucket, Key="x")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "testkey-1")


def test_an_archived_object_must_be_restored_first(moto: Rgw, moto_bucket: str) -> None:
    admin(moto).put_object(Bucket=moto_bucket, Key="x", Body=b"colour", StorageClass="GLACIER")
    with pytest.raises(Archived, match="ARCHIVED"):
        S3Store(PLAIN).read(f"s3://{moto_bucket}/x")
    with pytest.raises(Archived, match="ARCHIVED"):
        S3Store(PLAIN).open(f"s3://{moto_bucket}/x")
