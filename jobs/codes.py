"""The log's vocabulary: one table of codes, each with what it means and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["colorized", "skipped", "failed"]
STATUSES: tuple[Status, ...] = ("colorized", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class Code:
    """One way for a row to end without a picture.

    Attributes:
        name: as it stands in the log's `code` column.
        transient: True if the next run tries the row again by itself; False if only `--redo` does.
        meaning: what was found.
        remedy: what a person can do.
        until_repeated: whether it is permanent from the second run in a row on that says the same.
    """

    name: str
    transient: bool
    meaning: str
    remedy: str
    until_repeated: bool = False


CODES: tuple[Code, ...] = (
    Code("EMPTY_FILE", False, "The source has no bytes.", "Scan or upload it again."),
    Code("NOT_AN_IMAGE", False, "No decoder knows these bytes.", "Take the file out of the manifest."),
    Code(
        "CORRUPT_IMAGE", False, "It begins as an image, and the rest is broken or missing.", "Restore it from a backup."
    ),
    Code(
        "UNSUPPORTED_IMAGE", False, "A whole image of a kind that is not read.", "Convert it to 8 or 16 bits a sample."
    ),
    Code("TOO_LARGE", False, "More pixels than --max-pixels.", "Raise --max-pixels and run with --redo TOO_LARGE."),
    Code(
        "TOO_LARGE_FOR_FORMAT",
        False,
        "The output format can't hold so large a picture.",
        "Choose --format tiff or png.",
    ),
    Code("ENCODE_FAILED", False, "The encoder refused the finished picture.", "Choose another --format; tell us."),
    Code(
        "SOURCE_CHANGED", False, "The source is another version than the manifest states.", "Make the manifest again."
    ),
    Code("NOT_A_FILE", False, "The path is a folder, a pipe or a device.", "Take it out of the manifest."),
    Code("INVALID_NAME", False, "The store can't hold an object of this name.", "Set output_key in the manifest."),
    Code("NOT_FOUND", True, "There is no such object.", "Upload it, or take it out of the manifest."),
    Code(
        "ACCESS_DENIED",
        True,
        "This object is refused to these credentials.",
        "Grant read on it (write, for an output).",
    ),
    Code("ARCHIVED", True, "The object lies in an archive class.", "Restore it in S3, then run again."),
    Code("READ_TIMEOUT", True, "The store stopped sending.", "Run again."),
    Code("WRITE_TIMEOUT", True, "The store stopped taking.", "Run again."),
    Code("STORE_UNAVAILABLE", True, "The store answered with errors of its own, after retries.", "Run again later."),
    Code(
        "WORKER_LOST", True, "The row ended its worker twice, alone.", "Look at the file; tell us.", until_repeated=True
    ),
    Code(
        "OUT_OF_MEMORY",
        True,
        "There was not memory enough for the row, alone.",
        "Run again on larger nodes, or lower --max-pixels.",
        until_repeated=True,
    ),
    Code(
        "ROW_TIMEOUT",
        True,
        "The row took longer than --row-timeout, alone.",
        "Look at the file; raise --row-timeout.",
        until_repeated=True,
    ),
)

BY_NAME = {code.name: code for code in CODES}


def is_transient(code: str | None, is_repeated: bool = False) -> bool:
    """Whether a row that failed with `code` is tried again by the next run. A code of another version is.

    Args:
        code: of the newest answer.
        is_repeated: whether the run before that one gave the same.
    """
    if code is None:
        return False
    known = BY_NAME.get(code)
    return known is None or (known.transient and not (known.until_repeated and is_repeated))


def is_until_repeated(code: str | None) -> bool:
    """Whether a failure with `code` is transient only until a second run says the same."""
    return code in BY_NAME and BY_NAME[code].until_repeated
