"""What names from outside look like in a message: on one line, readable, and without what nobody else may read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.shown import control_in, has_secret, shown, without_secrets

SECRETS = [
    ("https://u:pass@host/x", "https://…@host/x"),
    ("https://u:p@ss@host:8080/x?sig=abc&x=1: refused", "https://…@host:8080/x?… refused"),
    ("'http://token@host'", "'http://…@host'"),
    ("/srv/https:/u:pass@host/w.npy", "/srv/https:/…@host/w.npy"),
    ("s3://AKIA:sec/ret+key@bucket/k", "s3://…@bucket/k"),
    ("s3://b/k?X-Amz-Credential=AK%2F1&X-Amz-Signature=ff", "s3://b/k?X-Amz-Credential=…&X-Amz-Signature=…"),
    ("s3://b/k?AWSAccessKeyId=AK&Expires=1&Signature=f%3D", "s3://b/k?AWSAccessKeyId=…&Expires=1&Signature=…"),
    ("s3://b/k?x-amz-security-token=ff", "s3://b/k?x-amz-security-token=…"),
]
HARMLESS = [
    "s3://b/a@b:c.jpg",
    "file:///a@b/c:d@e.jpg",
    "file:///a?b.jpg",
    "http://host:80/p@x",
    "s3://b/signature=yes/a=b.jpg",
    "a@b",
    "C:/a@b",
    "",
]


@pytest.mark.parametrize(("text", "expected"), SECRETS)
def test_credentials_and_signatures_are_left_out(text: str, expected: str):
    assert without_secrets(text) == shown(text) == expected
    assert shown(expected) == expected
    assert has_secret(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_names_with_the_same_characters_stay_as_they_are(text: str):
    assert without_secrets(text) == shown(text) == text
    assert not has_secret(text)


def test_the_query_of_a_web_address_is_nobodys_business():
    assert shown("https://host/x?key=secret#part 'y'") == "https://host/x?… 'y'"


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_what_is_shown_is_one_line_that_any_terminal_takes(text: str):
    found = shown(text)
    found.encode()
    assert len(found.splitlines()) <= 1
    assert control_in(found) is None
    assert not set(found) & set("\x9b\u202e\u2066\u200f\ufeff")
