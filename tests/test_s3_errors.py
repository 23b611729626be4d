"""What S3 says is a row's error or the world's, as a table. A secret is never shown."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from colorizer_core.errors import ColorizerError
from jobs.errors import (
    AccessDenied,
    Archived,
    InvalidName,
    NotFound,
    ReadTimeout,
    SourceChanged,
    Unavailable,
    WorldError,
    WriteTimeout,
)
from jobs.storage.disk_errors import Verb
from jobs.storage.retry import Pace
from jobs.storage.s3_errors import BadAnswer, BrokeOff, TooSlow, pace, translate

SECRET = "verysecretverysecret"  # noqa: S105 - to be looked for in messages


def refusal(code: str, status: int = 400) -> boto.ClientError:
    answer = {"Error": {"Code": code, "Message": SECRET}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(answer, "GetObject")  # type: ignore[arg-type]  # as it is after parsing


ENDPOINT = f"https://key:{SECRET}@host:1/b/k?X-Amz-Signature={SECRET}"
ERRORS: list[tuple[Exception, Verb, type[ColorizerError]]] = [
    (refusal("ExpiredToken"), "read", WorldError),
    (refusal("InvalidAccessKeyId", 403), "read", WorldError),
    (refusal("SignatureDoesNotMatch", 403), "write", WorldError),
    (refusal("InvalidToken"), "read", WorldError),
    (refusal("RequestTimeTooSkewed", 403), "read", WorldError),
    (refusal("NoSuchBucket", 404), "read", WorldError),
    (refusal("AuthorizationHeaderMalformed"), "read", WorldError),
    (refusal("PermanentRedirect", 301), "read", WorldError),
    (refusal("301", 301), "read", WorldError),
    (refusal("QuotaExceeded", 403), "write", WorldError),
    (refusal("NotImplemented", 501), "write", WorldError),
    (refusal("AccessDenied", 403), "read", AccessDenied),
    (refusal("403", 403), "read", AccessDenied),
    (refusal("SomethingNew", 403), "read", AccessDenied),
    (refusal("NoSuchKey", 404), "read", NotFound),
    (refusal("404", 404), "read", NotFound),
    (refusal("NoSuchVersion", 404), "read", SourceChanged),
    (refusal("PreconditionFailed", 412), "read", SourceChanged),
    (refusal("412", 412), "read", SourceChanged),
    (refusal("InvalidObjectState", 403), "read", Archived),
    (refusal("KeyTooLongError"), "write", InvalidName),
    (refusal("InternalError", 500), "read", Unavailable),
    (refusal("503", 503), "read", Unavailable),
    (refusal("SlowDown", 503), "write", Unavailable),
    (refusal("ServiceUnavailable", 503), "read", Unavailable),
    (refusal("RequestTimeout"), "write", Unavailable),
    (refusal("BadDigest"), "write", Unavailable),
    (refusal("SomethingNew"), "read", Unavailable),
    (boto.NoCredentialsError(), "read", WorldError),
    (boto.PartialCredentialsError(provider="env", cred_var="x"), "read", WorldError),
    (boto.EndpointConnectionError(endpoint_url=ENDPOINT), "read", WorldError),
    (boto.ProxyConnectionError(proxy_url=ENDPOINT), "read", WorldError),
    (boto.SSLError(endpoint_url=ENDPOINT, error=OSError(SECRET)), "read", WorldError),
    (boto.ReadTimeoutError(endpoint_url=ENDPOINT), "read", ReadTimeout),
    (boto.ReadTimeoutError(endpoint_url=ENDPOINT), "write", WriteTimeout),
    (boto.ConnectTimeoutError(endpoint_url=ENDPOINT), "read", WorldError),
    (boto.ConnectionClosedError(endpoint_url=ENDPOINT), "write", WriteTimeout),
    (BrokeOff(), "read", ReadTimeout),
    (TooSlow(), "write", WriteTimeout),
    (BadAnswer("the answer is not S3's"), "read", Unavailable),
    (ValueError(SECRET), "read", Unavailable),
    (boto.ResponseStreamingError(error=SECRET), "read", ReadTimeout),
    (boto.ParamValidationError(report=SECRET), "read", InvalidName),
    (ResponseParserError(SECRET), "read", Unavailable),
]


@pytest.mark.parametrize(("error", "verb", "kind"), ERRORS, ids=lambda value: getattr(value, "__name__", None))
def test_what_s3_says_is_the_rows_or_the_worlds_and_tells_no_secret(
    error: Exception, verb: Verb, kind: type[ColorizerError]
) -> None:
    found = translate(error, "s3://bucket/a\nb", verb)
    assert type(found) is kind
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
