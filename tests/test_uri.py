"""Paths and URIs: made absolute, cut and joined, and nothing in them read as more than it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.storage.uri import absolute, join, parent, split_s3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a/b/", "file:///a/b"),
        ("/a//b/../c", "file:///a/c"),
        ("//a", "file:///a"),
        ("/", "file://"),
        ("/a%20b/ü #?", "file:///a%20b/ü #?"),
        ("file:///a%20b/", "file:///a%20b"),
        ("s3://bucket/a//b/", "s3://bucket/a//b"),
        ("s3://bucket", "s3://bucket"),
        ("mem://bucket/x", "mem://bucket/x"),
    ],
)
def test_a_path_or_uri_becomes_absolute(text: str, expected: str) -> None:
    assert absolute(text) == expected
    assert absolute(expected) == expected


def test_a_relative_path_is_of_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("a/b") == f"file://{tmp_path}/a/b"
    assert absolute("~/b") == f"file://{tmp_path}/~/b"
    assert absolute("..") == f"file://{tmp_path.parent}"
    assert absolute("") == f"file://{tmp_path}"


def test_uris_are_cut_at_slashes_and_nothing_else() -> None:
    assert parent("s3://bucket/a") == "s3://bucket/"
    assert parent("s3://bucket/a/b%2Fc") == "s3://bucket/a/"
    assert parent("file:///a") == "file:///"
    assert join("s3://bucket/", "a") == join("s3://bucket", "a") == "s3://bucket/a"
    assert split_s3("s3://bucket//a//b?") == ("bucket", "/a//b?")
    assert split_s3("s3://bucket") == ("bucket", "")
