"""Which format a manifest has: by its name, else by its first bytes."""

from __future__ import annotations

from typing import Literal, get_args

from jobs.errors import ManifestError, UsageError
from jobs.manifest.parquet import MAGIC
from jobs.manifest.stream import Compression

Format = Literal["txt", "csv", "tsv", "jsonl", "parquet"]

_ENDINGS: dict[str, Format] = {
    "txt": "txt",
    "csv": "csv",
    "tsv": "tsv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
}
_PACKED: dict[str, Compression] = {"gz": "gzip", "zst": "zstd"}


def named_compression(name: str) -> Compression | None:
    """What a manifest's name says it is packed with."""
    return _PACKED.get(_ending(name))


def named_format(name: str) -> Format | None:
    """What a manifest's name says its format is: `rows.csv.gz` is csv. None where it says nothing."""
    if named_compression(name) is not None:
        name = name.rpartition(".")[0]
    return _ENDINGS.get(_ending(name))


def checked_format(text: str) -> Format:
    """The format that `--manifest-format` asks for."""
    for known in get_args(Format):
        if text == known:
            return _ENDINGS[known]
    raise UsageError(f"--manifest-format {text}: one of {', '.join(get_args(Format))} is meant")


def sniffed_format(head: bytes) -> Format:
    """The format that the first bytes (unpacked) look like; a list of URIs where they look like nothing else."""
    if head.startswith(MAGIC):
        return "parquet"
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").partition(b"\n")[0].rstrip(b"\r")
    if first.startswith(b"{"):
        return "jsonl"
    names = {name.strip(b'" ') for name in first.replace(b"\t", b",").split(b",")}
    if b"uri" in names or {b"bucket", b"key"} <= names:
        return "tsv" if b"\t" in first else "csv"
    return "txt"


def check_head(name: str, expected: Format, head: bytes) -> None:
    """Raises `ManifestError` where the first bytes can't be of that format."""
    if expected == "parquet" and not head.startswith(MAGIC):
        found = f"it begins with {head[:16]!r}" if head else "it is empty"
        raise ManifestError(f"{name} is no Parquet file: {found}")
    if expected != "parquet" and head.startswith(MAGIC):
        raise ManifestError(f"{name} is a Parquet file, not {expected}: use --manifest-format parquet")


def check_compression(name: str, found: Compression | None) -> None:
    """Raises `ManifestError` where a name promises another compression than the first bytes show."""
    promised = named_compression(name)
    if promised is not None and promised != found:
        raise ManifestError(f"{name} is not {promised}, as its name says, but {found or 'not compressed'}: rename it")


def _ending(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].lower()
