"""What must hold of a log and an output when the command is complete, read as a stranger reads them."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.layout import parse_part
from jobs.names import LOG_FOLDER

_COLUMNS = ("run_id", "shard", "attempt", "output_uri", "status", "code", "output_sha256")


@dataclass(frozen=True)
class Answered:
    """What an undisturbed run came to.

    Attributes:
        rows: status and code by output, below OUT.
        pictures: every output's bytes by the same.
    """

    rows: Mapping[str, tuple[str, str | None]]
    pictures: Mapping[str, bytes]


class NotHeldError(Exception):
    """A promise that was broken, in words."""


def answered(out: str, found: Mapping[str, bytes]) -> Answered:
    """Reads a log and its output.

    Args:
        out: as the command was given it.
        found: every object below it.

    Raises:
        NotHeldError: a row has several newest answers or two in one run; an output is absent, is not what the log says,
            or was never logged; something else lies in the output.
    """
    log, pictures = {}, {}
    for name, data in found.items():
        (log if name.startswith(f"{LOG_FOLDER}/") else pictures)[name] = data
    rows = [row for name, data in log.items() if parse_part("", f"/{name.partition('/')[2]}") for row in _rows(data)]
    newest: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda row: (row["run_id"], row["attempt"])):
        newest[row["output_uri"]] = row
    _once(rows)
    prefix = f"{out.removeprefix('file://')}/"
    of = {uri.removeprefix("file://").removeprefix(prefix): row for uri, row in newest.items()}
    for name, row in of.items():
        is_there = name in pictures
        if is_there != (row["output_sha256"] is not None):
            raise NotHeldError(f"{name}: {row['status']} {row['code']}, and {'' if is_there else 'not '}in the output")
        if is_there and hashlib.sha256(pictures[name]).hexdigest() != row["output_sha256"]:
            raise NotHeldError(f"{name}: not the bytes that the log names")
    if strangers := pictures.keys() - of.keys():
        raise NotHeldError(f"in the output, and in no log: {sorted(strangers)[:5]}")
    if leftovers := [name for name in log if "/_tmp/" in name]:
        raise NotHeldError(f"left in the log: {leftovers[:5]}")
    return Answered({name: (row["status"], row["code"]) for name, row in of.items()}, pictures)


def _once(rows: list[dict[str, str]]) -> None:
    """One answer of each row in each run, so that the newest is one."""
    counts = Counter((row["run_id"], row["output_uri"]) for row in rows)
    twice = [key for key, count in counts.items() if count > 1]
    if twice:
        which = [row for row in rows if (row["run_id"], row["output_uri"]) == twice[0]]
        raise NotHeldError(f"{len(twice)} rows with two answers in one run, for example {which}")


def _rows(part: bytes) -> list[dict[str, str]]:
    table: pa.Table = pq.read_table(io.BytesIO(part), columns=list(_COLUMNS))
    rows: list[dict[str, str]] = table.to_pylist()
    return rows


def compare(disturbed: Answered, undisturbed: Answered) -> None:
    """Raises NotHeldError unless both say the same of every row and have the same bytes."""
    if disturbed.rows.keys() != undisturbed.rows.keys():
        odd = sorted(disturbed.rows.keys() ^ undisturbed.rows.keys())
        raise NotHeldError(f"{len(odd)} rows are in one log only: {odd[:5]}")
    for name, row in undisturbed.rows.items():
        if disturbed.rows[name] != row:
            raise NotHeldError(f"{name}: {disturbed.rows[name]}, undisturbed {row}")
        if disturbed.pictures.get(name) != undisturbed.pictures.get(name):
            raise NotHeldError(f"{name}: other bytes than undisturbed")
