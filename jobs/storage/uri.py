"""Absolute URIs: `file:///…`, `s3://bucket/key`, `mem://…`. What follows the scheme is literal."""

from __future__ import annotations

import os

SCHEMES = ("file", "s3", "mem")
"""Of the stores that there are: `stores.py` has one for each."""


def absolute(text: str) -> str:
    """A path or URI as a URI without a slash at its end.

    A path is taken from the working directory and `..` leaves the folder before it; `~` is a name like any other.
    Nothing is percent-decoded.
    """
    scheme, colon, rest = text.partition("://")
    if colon and scheme in SCHEMES:
        return f"{scheme}://{rest.rstrip('/')}"
    path = os.path.abspath(text)  # noqa: PTH100 - resolve() would follow links, absolute() would keep `..`
    return "file:///" + path.strip("/") if path.strip("/") else "file://"


def join(folder: str, name: str) -> str:
    """`folder/name`, with one slash between them whether or not the folder ends in one."""
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


def parent(uri: str) -> str:
    """The folder that a URI lies in, with the slash at its end: `s3://bucket/` for a top key."""
    return uri[: uri.rfind("/") + 1]


def split_s3(uri: str) -> tuple[str, str]:
    """`s3://bucket/key` → (bucket, key); the key is literal and may begin with a slash or have two in a row."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
