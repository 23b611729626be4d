"""What S3's refusals mean: a row's error or the world's, and whether they may pass. Pure.

Of what the server or botocore say, a message has the error's name alone: the rest may quote a signature or a key id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from colorizer_core.errors import ColorizerError
from jobs.codes import WorldCode
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
from jobs.shown import shown
from jobs.storage.retry import Pace
from jobs.storage.store import Verb


class BadAnswer(Exception):
    """The answer contradicts itself, or is not S3's."""


class BrokeOff(Exception):
    """The body ended before its length."""


class TooSlow(Exception):
    """The object took longer than it may."""


FAILURES = (
    boto.ClientError,
    boto.BotoCoreError,
    ResponseParserError,
    HTTPError,
    ValueError,
    BadAnswer,
    BrokeOff,
    TooSlow,
)
"""What is raised when S3 or the way to it fails. botocore lets a cut TLS connection (HTTPError) and a header with no
number or date in it (ValueError) through bare."""

BROKEN = (boto.HTTPClientError, HTTPError, BrokeOff)
"""What reading a body raises when the connection breaks, stalls or ends early."""

_Known = tuple[WorldCode, str]
_RENEW: _Known = ("CREDENTIALS_REFUSED", "renew the session's credentials, then run again")
_CREDENTIALS: _Known = ("CREDENTIALS_REFUSED", "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or the profile")
_CLOCK: _Known = ("CLOCK_WRONG", "set this machine's clock")
_ACCOUNT: _Known = ("ACCOUNT_DISABLED", "the account can't use S3: ask its owner")
_REGION: _Known = ("WRONG_REGION", "set AWS_DEFAULT_REGION to the bucket's region, and check AWS_ENDPOINT_URL")
_KEY: _Known = ("STORE_UNFIT", "enable the KMS key")
_WORLD: dict[str, _Known] = {
    "ExpiredToken": _RENEW,
    "ExpiredTokenException": _RENEW,
    "TokenRefreshRequired": _RENEW,
    "InvalidAccessKeyId": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "InvalidToken": ("CREDENTIALS_REFUSED", "check AWS_SESSION_TOKEN"),
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "NotSignedUp": _ACCOUNT,
    "AccountProblem": _ACCOUNT,
    "AllAccessDisabled": ("ACCOUNT_DISABLED", "the account or bucket is disabled: ask its owner"),
    "UserSuspended": ("ACCOUNT_DISABLED", "the account is suspended: ask its owner"),
    "QuotaExceeded": ("STORE_FULL", "raise the quota or make room, then run again"),
    "NoSuchBucket": ("BUCKET_NOT_FOUND", "check the bucket's name and AWS_ENDPOINT_URL"),
    "InvalidBucketName": ("BUCKET_NOT_FOUND", "check the bucket's name"),
    "AuthorizationHeaderMalformed": _REGION,
    "PermanentRedirect": _REGION,
    "TemporaryRedirect": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "MovedPermanently": _REGION,
    "301": _REGION,
    "307": _REGION,
    "NotImplemented": ("STORE_UNFIT", "this store lacks what Colorizer needs (If-None-Match on PUT): choose another"),
    "InvalidStorageClass": ("STORE_UNFIT", "choose a storage class that this store has"),
    "InvalidEncryptionAlgorithmError": ("STORE_UNFIT", "check --sse"),
    "KMS.NotFoundException": ("STORE_UNFIT", "check the key id of --sse"),
    "KMS.DisabledException": _KEY,
    "KMS.KMSInvalidStateException": _KEY,
}
_ROWS: dict[str, type[StorageError]] = {
    "AccessDenied": AccessDenied,
    "403": AccessDenied,
    "NoSuchKey": NotFound,
    "404": NotFound,
    "MethodNotAllowed": NotFound,  # the version that was asked for is a delete marker
    "NoSuchVersion": SourceChanged,
    "PreconditionFailed": SourceChanged,
    "412": SourceChanged,
    "InvalidObjectState": Archived,
    "KeyTooLongError": InvalidName,
    "InvalidObjectName": InvalidName,  # Ceph's word for a key that is too long
    "InvalidURI": InvalidName,
    "RequestTimeout": Unavailable,
}
_STATUSES: dict[int, type[StorageError]] = {403: AccessDenied, 404: NotFound, 412: SourceChanged}
_CERTIFICATE = "check the server's certificate and AWS_CA_BUNDLE"
_UNREACHED = "check AWS_ENDPOINT_URL, the network and the server"
_SLOW_DOWN = {
    "SlowDown",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "RequestThrottled",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "TooManyRequests",
}
_PASSING = {"RequestTimeout", "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "OperationAborted"}
_PASSING_ERRORS = (
    boto.ConnectionError,
    boto.HTTPClientError,
    boto.CredentialRetrievalError,  # the instance's role, say, whose server did not answer; not one that is refused
    boto.MetadataRetrievalError,
    ResponseParserError,
    HTTPError,
    BadAnswer,
    BrokeOff,
)


def translate(error: Exception, uri: str, verb: Verb) -> ColorizerError:
    """The error that one of `FAILURES` is for Colorizer, with one line of message.

    What is not known by name is the row's and transient: where it is the world's after all, it meets every row.
    """
    if isinstance(error, boto.ClientError):
        return _refused(code_of(error), status_of(error), uri)
    if isinstance(error, boto.ParamValidationError | UnicodeEncodeError):
        return _row(InvalidName, "no object can have this name", uri)
    if isinstance(error, BadAnswer):
        return _row(Unavailable, str(error), uri)
    if isinstance(error, ResponseParserError | ValueError):
        return _row(Unavailable, "the answer is not S3's", uri)
    return _unanswered(error, uri, verb)


def pace(error: Exception) -> Pace:
    """Whether one of `FAILURES` may pass. What is refused (credentials, an object, a bucket) is not asked for again."""
    if isinstance(error, boto.ClientError):
        code, status = code_of(error), status_of(error)
        if code in _WORLD:
            return "never"
        if code in _SLOW_DOWN or status in {429, 503}:
            return "later"
        return "soon" if code in _PASSING or status >= 500 else "never"
    if isinstance(error, boto.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "never"
    if isinstance(error, ValueError):
        return "never" if isinstance(error, UnicodeEncodeError) else "soon"
    return "soon" if isinstance(error, _PASSING_ERRORS) else "never"


def code_of(error: boto.ClientError) -> str:
    """The error's name, or its HTTP status where there was no body to name it (a HEAD)."""
    return str(_section(error, "Error").get("Code", "Unknown"))


def status_of(error: boto.ClientError) -> int:
    """The HTTP status, 0 if there is none."""
    return int(_section(error, "ResponseMetadata").get("HTTPStatusCode", 0))


def is_nameless(error: boto.ClientError, *, also_missing: bool) -> bool:
    """Whether only a status came (a HEAD), so that expired credentials look like one object's refusal.

    With `also_missing` also where a bucket that is gone would look like an object that is.
    """
    return code_of(error) in ({"400", "403", "404"} if also_missing else {"400", "403"})


def _section(error: boto.ClientError, name: str) -> Mapping[str, Any]:
    section: Mapping[str, Any] = dict(error.response).get(name) or {}  # type: ignore[assignment]  # a TypedDict of many shapes
    return section


def _refused(code: str, status: int, uri: str) -> ColorizerError:
    if known := _WORLD.get(code):
        kind, advice = known
        return WorldError(kind, f"S3 says {code}: {advice}: {shown(uri)}")
    return _row(_ROWS.get(code) or _STATUSES.get(status, Unavailable), f"S3 says {code}", uri)


def _unanswered(error: Exception, uri: str, verb: Verb) -> ColorizerError:
    name = type(error).__name__
    if isinstance(error, TooSlow) or isinstance(getattr(error, "kwargs", {}).get("error"), TooSlow):
        return _row(_timeout(verb), "it took longer than it may", uri)
    if isinstance(error, boto.SSLError):
        return WorldError("STORE_UNREACHABLE", f"{name}: {_CERTIFICATE}{_at(error)}: {shown(uri)}")
    if isinstance(error, boto.ConnectionError):
        return WorldError("STORE_UNREACHABLE", f"{name}: {_UNREACHED}{_at(error)}: {shown(uri)}")
    if isinstance(error, BROKEN):
        return _row(_timeout(verb), name, uri)
    return WorldError("CREDENTIALS_REFUSED", f"{name}: check the AWS_ variables and the profile: {shown(uri)}")


def _timeout(verb: Verb) -> type[StorageError]:
    return ReadTimeout if verb == "read" else WriteTimeout


def _row(kind: type[StorageError], what: str, uri: str) -> StorageError:
    return kind(f"{kind.code}: {what}: {shown(uri)}")


def _at(error: Exception) -> str:
    """The server's name, and no more of its URL."""
    url = str(getattr(error, "kwargs", {}).get("endpoint_url", ""))
    server = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return f" ({server})" if server else ""
