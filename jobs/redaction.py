"""What is kept of a manifest's other columns: their text, without the signatures and credentials of URLs in it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# A query's fields that make a URL work for whoever reads it. Also where the URL is percent-encoded itself (%3D, %26), or
# stands as Go's JSON or HTML has it (\u0026, &amp;). RE2, as Arrow has it.
_ALONE = r"X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|GoogleAccessId"
_IN_A_QUERY = r"(?:[?&;]|u0026|%3F|%26)(?:Signature|sig|access_token)"
_END = r"&\s\"'\\<>%"
_VALUE = rf"(?:[^{_END}]|%2[^6{_END}]|%[^2{_END}])+"  # ends at an encoded & too
_SIGNED = rf"(?i)((?:{_ALONE}|{_IN_A_QUERY})(?:=|%3D)){_VALUE}"
# In front of a host or bucket; with a password also where that has a slash (a number and a slash are a port and a path). Never
# beyond the JSON text that it stands in.
_CREDENTIALS = r"(://)(?:[^/\s\"'\\?#]*|[^/\s:\"'\\]+:(?:\d*[^\d/\s@\"'\\]|/)[^\s@\"'\\]*)@"
_SUSPECT = r"(?i)(?:Signature|Credential|Security-Token|AccessKeyId|AccessId|sig|access_token)(?:=|%3D)|://[^\s\"]*@"
"""Found wherever one of the above is, and sooner."""


def redacted(texts: pa.Array) -> pa.Array:
    """The same texts (strings, or null), each signature and each credential of a URL as `…`, and nothing else changed.

    Signatures are the values of X-Amz-Signature, X-Amz-Credential, X-Amz-Security-Token, the same of X-Goog-, AWSAccessKeyId,
    GoogleAccessId, Signature, sig and access_token in the query of a URL; credentials are what stands before an @ at its host.
    """
    if not pc.any(pc.match_substring_regex(texts, _SUSPECT)).as_py():
        return texts
    unsigned = pc.replace_substring_regex(texts, _SIGNED, r"\1…")
    return pc.replace_substring_regex(unsigned, _CREDENTIALS, r"\1…@")
