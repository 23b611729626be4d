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
from jobs.storage.s3_errors import translate

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
    (boto.ConnectTimeoutError(endpoint_url=ENDPOINT), "read", ReadTimeout),
    (boto.ConnectTimeoutError(endpoint_url=ENDPOINT), "write", WriteTimeout),
    (boto.ConnectionClosedError(endpoint_url=ENDPOINT), "write", WriteTimeout),
    (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), "read", ReadTimeout),
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
