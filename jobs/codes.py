"""The log's vocabulary: one table of codes, each with its kind, what it means and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["colorized", "counted", "skipped", "failed"]

Kind = Literal["permanent", "transient", "transient once", "world"]
"""Who tries again, and when. *permanent*: a row's, only `--redo` does. *transient*: a row's, the next run does by itself.
*transient once*: the next run does, and it is permanent once two runs in a row have said the same. *world*: no row's, ever;
the run stops, and its rows stay unanswered."""

WorldCode = Literal[
    "CREDENTIALS_REFUSED",
    "CLOCK_WRONG",
    "ACCOUNT_DISABLED",
    "BUCKET_NOT_FOUND",
    "BUCKET_DENIED",
    "WRONG_REGION",
    "STORE_UNREACHABLE",
    "STORE_UNFIT",
    "STORE_FULL",
    "DISK_FAILED",
    "TOO_MANY_FILES",
    "LOG_UNWRITABLE",
    "LEASE_LOST",
    "LEASE_UNCERTAIN",
    "MODEL_LOST",
    "ENGINE_FAILED",
    "NO_WORKER",
    "FILES_NOT_SHARED",
    "RAY_UNREACHABLE",
    "MOST_ROWS_FAILED",
]
"""The names of the world's codes, so that a type checker knows them."""


@dataclass(frozen=True, slots=True)
class Code:
    """One way for a row to end without a picture, or with one that is to be known of; or for a run to end early.

    Attributes:
        name: as it stands in the log's `code` column, or in a run's `stopped_code`.
        kind: whose fault it is, and who tries again.
        meaning: what was found.
        remedy: what a person can do.
    """

    name: str
    kind: Kind
    meaning: str
    remedy: str


CODES: tuple[Code, ...] = (
    Code("EMPTY_FILE", "permanent", "The source has no bytes.", "Scan or upload it again."),
    Code("NOT_AN_IMAGE", "permanent", "No decoder knows these bytes.", "Take the file out of the manifest."),
    Code(
        "CORRUPT_IMAGE",
        "permanent",
        "It begins as an image, and the rest is broken or missing.",
        "Restore it from a backup.",
    ),
    Code(
        "UNSUPPORTED_IMAGE",
        "permanent",
        "A whole image of a kind that is not read.",
        "Convert it to gray, RGB or CMYK of 8 or 16 bits a sample.",
    ),
    Code(
        "TOO_LARGE",
        "permanent",
        "More pixels than --max-pixels, or a side so long that it takes their memory.",
        "Raise --max-pixels and run with --redo TOO_LARGE.",
    ),
    Code(
        "TOO_LARGE_FOR_FORMAT",
        "permanent",
        "The output format can't hold so large a picture.",
        "Choose --format tiff or png.",
    ),
    Code(
        "GRAY",
        "permanent",
        "`colorizer palette`: it is gray, or its colours are fainter than --near-gray.",
        "Nothing; --near-gray says what is left out.",
    ),
    Code(
        "ALREADY_COLOR",
        "permanent",
        "A colour photograph; skipped, as --already-color says.",
        "Nothing; or run with --already-color recolor --redo ALREADY_COLOR.",
    ),
    Code(
        "RECOLORED",
        "permanent",
        "Of a colorized row: the source was in colour, and only its lightness was taken (--already-color recolor).",
        "Nothing.",
    ),
    Code(
        "BLANK",
        "permanent",
        "Paper, or black: its lightness hardly varies; skipped.",
        "Nothing; or take it out of the manifest.",
    ),
    Code(
        "ENCODE_FAILED", "permanent", "The encoder refused the finished picture.", "Choose another --format; tell us."
    ),
    Code(
        "LABEL_FAILED",
        "permanent",
        "The finished file, read again, does not say that it was coloured; it is not written.",
        "Try --metadata none, or another --format; tell us.",
    ),
    Code(
        "SOURCE_CHANGED",
        "permanent",
        "The source is another version than the manifest states.",
        "Make the manifest again.",
    ),
    Code(
        "CHECKSUM_MISMATCH",
        "permanent",
        "The bytes that were read have another sha256 or md5 than the manifest states.",
        "Restore the source, then run with --redo CHECKSUM_MISMATCH; or correct the manifest.",
    ),
    Code("NOT_A_FILE", "permanent", "The path is a folder, a pipe or a device.", "Take it out of the manifest."),
    Code(
        "INVALID_NAME", "permanent", "The store can't hold an object of this name.", "Set output_key in the manifest."
    ),
    Code("NOT_FOUND", "transient", "There is no such object.", "Upload it, or take it out of the manifest."),
    Code(
        "ACCESS_DENIED",
        "transient",
        "This object is refused to these credentials.",
        "Grant read on it (write, for an output).",
    ),
    Code("ARCHIVED", "transient", "The object lies in an archive class.", "Restore it in S3, then run again."),
    Code("READ_TIMEOUT", "transient", "The store stopped sending.", "Run again."),
    Code("WRITE_TIMEOUT", "transient", "The store stopped taking.", "Run again."),
    Code(
        "STORE_UNAVAILABLE",
        "transient",
        "The store answered with errors of its own, after retries.",
        "Run again later.",
    ),
    Code("WORKER_LOST", "transient once", "The row ended its worker twice, alone.", "Look at the file; tell us."),
    Code(
        "OUT_OF_MEMORY",
        "transient once",
        "There was not memory enough for the row, alone.",
        "Run again on larger nodes, or lower --max-pixels.",
    ),
    Code(
        "ROW_TIMEOUT",
        "transient once",
        "The row took longer than --row-timeout, alone.",
        "Look at the file; raise --row-timeout.",
    ),
    Code(
        "CREDENTIALS_REFUSED",
        "world",
        "The store's credentials are missing, wrong or have expired (ExpiredToken, InvalidAccessKeyId, SignatureDoesNotMatch).",
        "Renew them; check the AWS_ variables and the profile.",
    ),
    Code("CLOCK_WRONG", "world", "The store finds this machine's clock too far off.", "Set the clock."),
    Code("ACCOUNT_DISABLED", "world", "The store has disabled the account or bucket.", "Ask its owner."),
    Code("BUCKET_NOT_FOUND", "world", "There is no such bucket.", "Check its name and AWS_ENDPOINT_URL."),
    Code("BUCKET_DENIED", "world", "The whole bucket is refused, not one object.", "Grant read and list on it."),
    Code("WRONG_REGION", "world", "The bucket lies in another region.", "Set AWS_DEFAULT_REGION to it."),
    Code(
        "STORE_UNREACHABLE",
        "world",
        "No connection to the store: it is down, or its certificate is not trusted.",
        "Check AWS_ENDPOINT_URL, the network, the server, AWS_CA_BUNDLE.",
    ),
    Code(
        "STORE_UNFIT",
        "world",
        "The store lacks what was asked for: If-None-Match, the storage class, the encryption or its key.",
        "Check --storage-class and --sse, or choose another store.",
    ),
    Code("STORE_FULL", "world", "The disk is full, or a quota is used up.", "Make room or raise the quota."),
    Code(
        "DISK_FAILED",
        "world",
        "The disk or mount is gone, broken or read-only.",
        "Mount it again, writable, or choose another --out.",
    ),
    Code("TOO_MANY_FILES", "world", "The system lets no more files be open.", "Raise `ulimit -n` or fs.file-max."),
    Code("LOG_UNWRITABLE", "world", "The log could not be written.", "See to what the message names."),
    Code("LEASE_LOST", "world", "Another run has taken over the log or output (exit code 6).", "Leave it to that run."),
    Code(
        "LEASE_UNCERTAIN",
        "world",
        "The lease could not be renewed or read in time, so that it may be another run's.",
        "See that the log's store answers and the driver's machine keeps up, or raise --heartbeat.",
    ),
    Code(
        "MODEL_LOST",
        "world",
        "The model can no longer be loaded: its files are gone or others.",
        "Put the model's files back.",
    ),
    Code("ENGINE_FAILED", "world", "The runtime could not load or run the network.", "Check --engine; tell us."),
    Code("NO_WORKER", "world", "Workers end as they start, for a reason of none of these.", "See the message."),
    Code(
        "FILES_NOT_SHARED",
        "world",
        "The cluster has grown to several nodes, and files on disk are only the first one's.",
        "Use s3://, or --shared-files where every node has the same folders mounted.",
    ),
    Code(
        "RAY_UNREACHABLE",
        "world",
        "No connection to the Ray cluster, or none started here.",
        "Check RAY_ADDRESS; --ray none needs none.",
    ),
    Code(
        "MOST_ROWS_FAILED",
        "world",
        "More than --breaker of the last 1,000 rows failed: something common is wrong.",
        "See to it; the message says whether --redo is needed.",
    ),
)

ROW_CODES = {code.name: code for code in CODES if code.kind != "world"}
WORLD_CODES = frozenset(code.name for code in CODES if code.kind == "world")


def is_transient(code: str | None, is_repeated: bool = False) -> bool:
    """Whether a row that failed with `code` is tried again by the next run. A code of another version is.

    Args:
        code: of the newest answer.
        is_repeated: whether the run before that one gave the same.
    """
    if code is None:
        return False
    known = ROW_CODES.get(code)
    return known is None or known.kind == "transient" or (known.kind == "transient once" and not is_repeated)


def is_until_repeated(code: str | None) -> bool:
    """Whether a failure with `code` is transient only until a second run says the same."""
    return code in ROW_CODES and ROW_CODES[code].kind == "transient once"
