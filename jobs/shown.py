"""Names from outside, as they may stand in a message, on a terminal or in the log: on one line, and without secrets."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What a terminal acts on, breaks a line at or turns the direction of writing by (Unicode 16, UAX 9, section 2)."""

# What stands in front of a host; also where the secret has a slash, and where a path was made of it (`https:/user:word@host`).
_CREDENTIALS = re.compile(
    r"(?<=://)[^/\s]*(?=@)|(?<=://)[^/\s:]+:(?!\d+(?:/|$))[^\s@]*(?=@)|(?<=:/)[^/\s:]+:[^/\s]*(?=@)"
)
_WEB_QUERY = re.compile(r"(https?:/+[^\s?'\"]*\?)[^\s'\"]+", re.IGNORECASE)
_SIGNED = re.compile(
    r"([?&](?:X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature)=)[^&\s'\"]+", re.IGNORECASE
)
_HIDDEN = "…"


def control_in(text: str) -> str | None:
    """The first control character of ASCII in `text`, None if it has none."""
    if text.isprintable():  # six times as fast as the search; False for more than control characters
        return None
    found = _CONTROL.search(text)
    return found[0] if found else None


def shown(text: str) -> str:
    r"""`text` without secrets, what can't be seen (control characters, marks of direction, undecodable bytes) as escapes."""
    plain = _UNSEEN.sub(lambda found: _escaped(ord(found[0])), without_secrets(text))
    return plain.encode("utf-8", "backslashreplace").decode()


def without_secrets(text: str) -> str:
    """`text` with the credentials of URIs, the queries of web addresses and the signatures of presigned URLs left out."""
    if "/" not in text and "=" not in text:
        return text
    return _SIGNED.sub(rf"\1{_HIDDEN}", _WEB_QUERY.sub(rf"\1{_HIDDEN}", _CREDENTIALS.sub(_HIDDEN, text)))


def has_secret(uri: str) -> bool:
    """Whether a URI has credentials in front of its host or bucket, or a presigned URL's signature."""
    if "@" not in uri and "=" not in uri:
        return False
    return _CREDENTIALS.search(uri) is not None or _SIGNED.search(uri) is not None


def _escaped(number: int) -> str:
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
