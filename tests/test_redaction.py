"""Signed URLs and credentials in a manifest's other columns are kept without what makes them work; all else as it is."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.redaction import redacted

SECRETS = [
    ("https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=ff&x=1", "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=…&x=1"),
    ("s3://b/k?X-Amz-Credential=AK%2F1&x-amz-security-token=a/b+c==", "s3://b/k?X-Amz-Credential=…&x-amz-security-token=…"),
    ("https://b/k?AWSAccessKeyId=AK&Expires=1&Signature=f%3D", "https://b/k?AWSAccessKeyId=…&Expires=1&Signature=…"),
    ("https://b/k?GoogleAccessId=a@b&X-Goog-Signature=ff", "https://b/k?GoogleAccessId=…&X-Goog-Signature=…"),
    ("https://b/k?sv=1&sig=a%2Bb%3D&se=2", "https://b/k?sv=1&sig=…&se=2"),
    ("two: https://b/k?sig=a, https://b/l?sig=b#c", "two: https://b/k?sig=… https://b/l?sig=…"),
    ("/to?u=s3%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Dff%26Expires%3D1", "/to?u=s3%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D…%26Expires%3D1"),
    ("/to?url=https%3A%2F%2Fb%2Fk%3Fsig%3Dff%26se%3D1", "/to?url=https%3A%2F%2Fb%2Fk%3Fsig%3D…%26se%3D1"),
    ('{"a":"https://b/k?x=1\\u0026sig=ff\\u0026se=1"}', '{"a":"https://b/k?x=1\\u0026sig=…\\u0026se=1"}'),
    ("<a href='https://b/k?x=1&amp;sig=ff'>x</a>", "<a href='https://b/k?x=1&amp;sig=…'>x</a>"),
    ("https://user:word@host/x", "https://…@host/x"),
    ("https://token@host/x", "https://…@host/x"),
    ("s3://AKIA:sec/ret+key@bucket/k", "s3://…@bucket/k"),
]  # fmt: skip
HARMLESS = [
    "",
    "a signature=yes on the back",
    "design=modern&sigma=3",
    "https://host:8080/a@b?x=1&y=2",
    "s3://b/k@2x.jpg?signed=no",
    "mail: someone@example.org",
    "Signature: illegible",
    "X-Amz-Signature",
    "ü=ö@ß",
    "https://host?mail=a@b",
]


def kept(*texts: str) -> list[str]:
    """What is left of each, as a column of one JSON object a row."""
    column = redacted(pa.array([json.dumps({"one": text, "mail": "a@b"}, ensure_ascii=False) for text in texts]))
    return [json.loads(text)["one"] for text in column.to_pylist()]


@pytest.mark.parametrize(("text", "expected"), SECRETS)
def test_signatures_and_credentials_are_left_out_and_the_rest_is_kept(text: str, expected: str):
    assert kept(text) == [expected]
    assert kept("before", text, "after") == ["before", expected, "after"]
    assert kept(expected) == [expected]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is_beside_secrets_too(text: str):
    assert kept(text, SECRETS[0][0]) == [text, SECRETS[0][1]]


def test_rows_without_other_columns_stay_without():
    column = pa.array([None, '{"a":"https://u:p@h/"}', None])
    assert redacted(column).to_pylist() == [None, '{"a":"https://…@h/"}', None]
    empty = pa.array([None, None], pa.string())
    assert redacted(empty).equals(empty)


WORDS = st.sampled_from(
    [*'@:/?&= x"ü8', "https://", "s3://", "sig", "X-Amz-Signature", "\\", "'", "\n", "%3D", "%26", "%", "%2"]
)


@given(st.lists(st.lists(WORDS, max_size=12).map("".join), min_size=1, max_size=3))
def test_whatever_the_text_it_is_still_json_with_the_same_columns(values: list[str]):
    names = [str(number) for number in range(len(values))]
    whole = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False)
    (found,) = redacted(pa.array([whole])).to_pylist()
    assert list(json.loads(found)) == names
    assert redacted(pa.array([found])).to_pylist() == [found]
