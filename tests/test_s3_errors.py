"""What S3 says is a row's error or the world's, as a table. A secret is never shown."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from jobs.codes import WORLD_CODES
from jobs.errors import (
    AccessDenied,
    Archived,
    InvalidName,
    NotFound,
    ReadTimeout,
    SourceChanged,
    StorageError,
    Unavailable,
    WorldError,
    WriteTimeout,
)
from jobs.storage.retry import Pace
from jobs.storage.s3_errors import BadAnswer, BrokeOff, TooSlow, pace, translate
from jobs.storage.store import Verb

SECRET = "verysecretverysecret"  # noqa: S105 - to be looked for in messages


def refusal(code: str, status: int = 400) -> boto.ClientError:
    answer = {"Error": {"Code": code, "Message": SECRET}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(answer, "GetObject")  # type: ignore[arg-type]  # as it is after parsing


ENDPOINT = f"https://key:{SECRET}@host:1/b/k?X-Amz-Signature={SECRET}"
ERRORS: list[tuple[Exception, Verb, str]] = [
    (refusal("ExpiredToken"), "read", "CREDENTIALS_REFUSED"),
    (refusal("InvalidAccessKeyId", 403), "read", "CREDENTIALS_REFUSED"),
    (refusal("SignatureDoesNotMatch", 403), "write", "CREDENTIALS_REFUSED"),
    (refusal("InvalidToken"), "read", "CREDENTIALS_REFUSED"),
    (refusal("RequestTimeTooSkewed", 403), "read", "CLOCK_WRONG"),
    (refusal("NoSuchBucket", 404), "read", "BUCKET_NOT_FOUND"),
    (refusal("AuthorizationHeaderMalformed"), "read", "WRONG_REGION"),
    (refusal("PermanentRedirect", 301), "read", "WRONG_REGION"),
    (refusal("301", 301), "read", "WRONG_REGION"),
    (refusal("QuotaExceeded", 403), "write", "STORE_FULL"),
    (refusal("NotImplemented", 501), "write", "STORE_UNFIT"),
    (refusal("AccessDenied", 403), "read", AccessDenied.code),
    (refusal("403", 403), "read", AccessDenied.code),
    (refusal("SomethingNew", 403), "read", AccessDenied.code),
    (refusal("NoSuchKey", 404), "read", NotFound.code),
    (refusal("404", 404), "read", NotFound.code),
    (refusal("NoSuchVersion", 404), "read", SourceChanged.code),
    (refusal("PreconditionFailed", 412), "read", SourceChanged.code),
    (refusal("412", 412), "read", SourceChanged.code),
    (refusal("InvalidObjectState", 403), "read", Archived.code),
    (refusal("KeyTooLongError"), "write", InvalidName.code),
    (refusal("InternalError", 500), "read", Unavailable.code),
    (refusal("503", 503), "read", Unavailable.code),
    (refusal("SlowDown", 503), "write", Unavailable.code),
    (refusal("ServiceUnavailable", 503), "read", Unavailable.code),
    (refusal("RequestTimeout"), "write", Unavailable.code),
    (refusal("BadDigest"), "write", Unavailable.code),
    (refusal("SomethingNew"), "read", Unavailable.code),
    (boto.NoCredentialsError(), "read", "CREDENTIALS_REFUSED"),
    (boto.PartialCredentialsError(provider="env", cred_var="x"), "read", "CREDENTIALS_REFUSED"),
    (boto.EndpointConnectionError(endpoint_url=ENDPOINT), "read", "STORE_UNREACHABLE"),
    (boto.ProxyConnectionError(proxy_url=ENDPOINT), "read", "STORE_UNREACHABLE"),
    (boto.SSLError(endpoint_url=ENDPOINT, error=OSError(SECRET)), "read", "STORE_UNREACHABLE"),
    (boto.ReadTimeoutError(endpoint_url=ENDPOINT), "read", ReadTimeout.code),
    (boto.ReadTimeoutError(endpoint_url=ENDPOINT), "write", WriteTimeout.code),
    (boto.ConnectTimeoutError(endpoint_url=ENDPOINT), "read", "STORE_UNREACHABLE"),
    (boto.ConnectionClosedError(endpoint_url=ENDPOINT), "write", WriteTimeout.code),
    (BrokeOff(), "read", ReadTimeout.code),
    (TooSlow(), "write", WriteTimeout.code),
    (BadAnswer("the answer is not S3's"), "read", Unavailable.code),
    (ValueError(SECRET), "read", Unavailable.code),
    (boto.ResponseStreamingError(error=SECRET), "read", ReadTimeout.code),
    (boto.ParamValidationError(report=SECRET), "read", InvalidName.code),
    (ResponseParserError(SECRET), "read", Unavailable.code),
]


@pytest.mark.parametrize(("error", "verb", "code"), ERRORS)
def test_what_s3_says_is_the_rows_or_the_worlds_and_tells_no_secret(error: Exception, verb: Verb, code: str) -> None:
    found = translate(error, "s3://bucket/a\nb", verb)
    assert isinstance(found, WorldError if code in WORLD_CODES else StorageError)
    assert str(found).startswith(f"{code}: ")
    assert "s3://bucket/a\\x0ab" in str(found)
    assert SECRET not in str(found)
    assert "\n" not in str(found)


PACES: list[tuple[Exception, Pace]] = [
    (refusal("InternalError", 500), "soon"),
    (refusal("502", 502), "soon"),
    (refusal("RequestTimeout"), "soon"),
    (refusal("BadDigest"), "soon"),
    (refusal("SlowDown", 503), "later"),
    (refusal("503", 503), "later"),
    (refusal("429", 429), "later"),
    (refusal("NotImplemented", 501), "never"),
    (refusal("ExpiredToken"), "never"),
    (refusal("InvalidAccessKeyId", 403), "never"),
    (refusal("AccessDenied", 403), "never"),
    (refusal("NoSuchKey", 404), "never"),
    (refusal("NoSuchBucket", 404), "never"),
    (refusal("PreconditionFailed", 412), "never"),
    (boto.NoCredentialsError(), "never"),
    (boto.CredentialRetrievalError(provider="role", error_msg=SECRET), "soon"),
    (boto.EndpointConnectionError(endpoint_url=ENDPOINT), "soon"),
    (boto.ConnectTimeoutError(endpoint_url=ENDPOINT), "soon"),
    (boto.ReadTimeoutError(endpoint_url=ENDPOINT), "soon"),
    (boto.ConnectionClosedError(endpoint_url=ENDPOINT), "soon"),
    (boto.SSLError(endpoint_url=ENDPOINT, error="EOF occurred in violation of protocol"), "soon"),
    (boto.SSLError(endpoint_url=ENDPOINT, error="[SSL: CERTIFICATE_VERIFY_FAILED]"), "never"),
    (boto.ParamValidationError(report=SECRET), "never"),
    (UnicodeEncodeError("utf-8", "x", 0, 1, "surrogate"), "never"),
    (ResponseParserError(SECRET), "soon"),
    (BadAnswer(), "soon"),
    (BrokeOff(), "soon"),
    (TooSlow(), "never"),
]


@pytest.mark.parametrize(("error", "expected"), PACES)
def test_what_may_pass_is_tried_again_and_what_is_refused_is_not(error: Exception, expected: Pace) -> None:
    assert pace(error) == expected
