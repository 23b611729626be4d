"""The newest answer per output, over a whole log, in arrays: about 70 bytes a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.codes import STATUSES
from jobs.digests import DIGEST, Digests, digests, short_digest
from jobs.layout import ShardName
from jobs.log import read_open, read_part
from jobs.plan import Answer, Version
from jobs.storage.store import Store

_COLUMNS = (
    "output_uri",
    "source_uri",
    "source_version",
    "source_etag",
    "source_size",
    "source_mtime",
    "status",
    "code",
    "fingerprint",
)
_IN_DOUBT = -1

_ANSWER = np.dtype(
    [
        ("output", DIGEST),
        ("source", DIGEST),
        ("version_id", "i8"),
        ("etag", "i8"),
        ("size", "i8"),
        ("mtime", "i8"),
        ("run", "i4"),
        ("attempt", "i4"),
        ("fingerprint", "i4"),
        ("code", "i2"),
        ("status", "i1"),
    ]
)


class Vocabulary:
    """Numbers for words that repeat (codes, fingerprints); safe for threads because `setdefault` is one step."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, word: str | None) -> int:
        """The number of `word`, from 0; −1 for None."""
        return -1 if word is None else self._numbers.setdefault(word, len(self._numbers))

    def words(self) -> list[str]:
        """Every word, in the order of the numbers."""
        return list(self._numbers)


@dataclass(frozen=True, slots=True)
class Answers:
    """The newest log row of each output, found by digest.

    Attributes:
        rows: structured array, sorted by output, one element an output.
        high: (n,) the upper 64 bits of the output digests, sorted. Two outputs that share them (one chance in a
            hundred thousand at ten million rows) would only make one of the two be run again.
        runs: run ids by number, sorted.
        fingerprints: by number.
        codes: by number.
    """

    rows: npt.NDArray[np.void]
    high: npt.NDArray[np.uint64]
    runs: tuple[str, ...]
    fingerprints: tuple[str, ...]
    codes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, outputs: Digests) -> list[Answer | None]:
        """The answers to some outputs, in their order; None where the log has none."""
        places = np.searchsorted(self.high, outputs["high"].astype(np.uint64))
        known = np.zeros(len(outputs), bool)
        inside = places < len(self.rows)
        known[inside] = self.rows["output"][places[inside]] == outputs[inside]
        return [self._answer(int(at)) if hit else None for at, hit in zip(places, known, strict=True)]

    def _answer(self, place: int) -> Answer:
        row = self.rows[place]
        doubt = int(row["status"]) == _IN_DOUBT
        return Answer(
            source=row["source"].tobytes(),
            version=Version(int(row["version_id"]), int(row["etag"]), int(row["size"]), int(row["mtime"])),
            fingerprint="" if doubt else self.fingerprints[row["fingerprint"]],
            status="failed" if doubt else STATUSES[row["status"]],
            code=None if row["code"] < 0 else self.codes[row["code"]],
            run_id=self.runs[row["run"]],
            in_doubt=doubt,
        )


def read_answers(
    store: Store, log: str, parts: Sequence[ShardName], in_doubt: Sequence[ShardName], threads: int = 8
) -> Answers:
    """Reads the needed columns of parts and open files, several at once, and keeps the newest answer of each output."""
    runs = tuple(sorted({name.run_id for name in (*parts, *in_doubt)}))
    numbers = {run: at for at, run in enumerate(runs)}
    fingerprints, codes = Vocabulary(), Vocabulary()

    def of_part(name: ShardName) -> npt.NDArray[np.void]:
        return _part_rows(read_part(store, log, name, _COLUMNS), name, numbers[name.run_id], fingerprints, codes)

    def of_open(name: ShardName) -> npt.NDArray[np.void]:
        return _open_rows(read_open(store, log, name), name, numbers[name.run_id])

    with ThreadPoolExecutor(threads) as pool:
        pieces = [*pool.map(of_part, parts), *pool.map(of_open, in_doubt)]
    newest = _newest(pieces)
    return Answers(
        newest, newest["output"]["high"].astype(np.uint64), runs, tuple(fingerprints.words()), tuple(codes.words())
    )


def _part_rows(
    table: pa.Table, name: ShardName, run: int, fingerprints: Vocabulary, codes: Vocabulary
) -> npt.NDArray[np.void]:
    rows = np.empty(table.num_rows, _ANSWER)
    rows["output"] = digests(table["output_uri"].to_pylist())
    rows["source"] = digests(table["source_uri"].to_pylist())
    rows["version_id"] = _short(table["source_version"])
    rows["etag"] = _short(table["source_etag"])
    rows["size"] = pc.fill_null(table["source_size"], -1).to_numpy()
    seconds = pc.divide(table["source_mtime"].cast(pa.int64()), 1000)
    rows["mtime"] = pc.fill_null(seconds, -1).to_numpy()
    rows["status"] = [STATUSES.index(status) for status in table["status"].to_pylist()]
    rows["code"] = [codes.number(code) for code in table["code"].to_pylist()]
    rows["fingerprint"] = [fingerprints.number(word) for word in table["fingerprint"].to_pylist()]
    rows["run"], rows["attempt"] = run, name.attempt
    return rows


def _open_rows(outputs: Sequence[str], name: ShardName, run: int) -> npt.NDArray[np.void]:
    rows = np.zeros(len(outputs), _ANSWER)
    rows["output"] = digests(outputs)
    rows["status"], rows["code"] = _IN_DOUBT, -1
    rows["run"], rows["attempt"] = run, name.attempt
    return rows


def _short(column: pa.ChunkedArray) -> list[int]:
    return [0 if text is None else short_digest(text) for text in column.to_pylist()]


def _newest(pieces: Iterable[npt.NDArray[np.void]]) -> npt.NDArray[np.void]:
    # Told the type, for concatenation would turn big-endian digests into the machine's order.
    rows = np.concatenate([np.empty(0, _ANSWER), *pieces], dtype=_ANSWER)
    keys = rows["output"]
    rows = rows[np.lexsort((rows["attempt"], rows["run"], keys["low"], keys["high"]))]
    last = np.ones(len(rows), bool)
    last[:-1] = rows["output"][1:] != rows["output"][:-1]
    return rows[last]
