"""The newest answer per output, over a whole log, in arrays: 36 bytes a row, and 8 for each fact that the log states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.codes import Status, is_until_repeated
from jobs.digests import DIGEST, Digests, digests
from jobs.errors import ChecksumMismatch
from jobs.growing import Growing
from jobs.layout import ShardName
from jobs.log import Contents, in_turn, read_open, read_part
from jobs.plan import Answer
from jobs.storage.store import Store
from jobs.versions import Versions

_COLUMNS = (
    "output_uri",
    "source_uri",
    "source_version",
    "source_etag",
    "source_size",
    "source_mtime",
    "expected_sha256",
    "expected_md5",
    "status",
    "code",
    "fingerprint",
)
_SHA256 = "source_sha256"
"""Files whose rows wait for each other at one time."""

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Kind:
    """What answers share by the thousand: all of `plan.Answer` but the row's own source and version."""

    run_id: str
    fingerprint: str
    status: Status
    code: str | None
    in_doubt: bool = False
    is_repeated: bool = False


class Kinds:
    """Numbers for kinds, from 0. Safe for threads."""

    def __init__(self) -> None:
        self._numbers: dict[Kind, int] = {}
        self._lock = Lock()

    def number(self, kind: Kind) -> int:
        """The number of `kind`."""
        with self._lock:
            return self._numbers.setdefault(kind, len(self._numbers))

    def all(self) -> tuple[Kind, ...]:
        """Every kind, in the order of the numbers."""
        return tuple(self._numbers)


@dataclass(frozen=True, slots=True)
class Answers:
    """The newest log row of each output, found by digest. All arrays are (n,) and parallel.

    Attributes:
        high, low: the output's digest, sorted. Two outputs that share the upper 64 bits (one chance in a hundred
            thousand at ten million rows) would only make one of the two be run again.
        sources: digests of the sources.
        versions: of the sources.
        kinds: the number of the rest.
        named: the kinds by number.
    """

    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]
    sources: Digests
    versions: Versions
    kinds: npt.NDArray[np.int32]
    named: tuple[Kind, ...]

    def __len__(self) -> int:
        return len(self.high)

    def find(self, outputs: Digests) -> Places:
        """Where the answers to some outputs are, in their order; −1 where the log has none."""
        if not len(self):
            return np.full(len(outputs), -1, np.intp)
        high, low = outputs["high"].astype(np.uint64), outputs["low"].astype(np.uint64)
        places = np.minimum(np.searchsorted(self.high, high), len(self) - 1)
        known = (self.high[places] == high) & (self.low[places] == low)
        return np.where(known, places, -1)

    def answer(self, place: int) -> Answer | None:
        """The answer at a place that `find` gave."""
        if place < 0:
            return None
        kind = self.named[self.kinds[place]]
        source, version = self.sources[place].tobytes(), self.versions.one(place)
        return Answer(
            source, version, kind.fingerprint, kind.status, kind.code, kind.run_id, kind.in_doubt, kind.is_repeated
        )

    def kinds_at(self, places: Places) -> npt.NDArray[np.int64]:
        """The numbers of the kinds at some places that `find` gave; −1 where there is no answer."""
        if not len(self):
            return np.full(len(places), -1, np.int64)
        return np.where(places < 0, -1, self.kinds[places]).astype(np.int64)


def read_answers(
    store: Store,
    log: str,
    contents: Contents,
    threads: int = 8,
    *,
    with_sha256: bool = False,
) -> Answers:
    """Reads the needed columns of parts and open files, several at once, and keeps the newest answer of each output.

    Args:
        store: where the log is.
        log: its folder.
        contents: of it.
        threads: that read.
        with_sha256: also of the sources that were read, 8 bytes more a row. They are compared only with a manifest's.
    """
    kinds = Kinds()
    columns_read = (*_COLUMNS, _SHA256) if with_sha256 else _COLUMNS

    def read(file: tuple[ShardName, bool]) -> _Columns:
        name, is_open = file
        if is_open:
            return _of_open(read_open(store, log, name), kinds.number(Kind(name.run_id, "", "failed", None, True)))
        return _of_part(read_part(store, log, name, columns_read), name.run_id, kinds)

    columns = {name: Growing(dtype, _FACTS.get(name)) for name, dtype in _DTYPES.items()}
    for piece in in_turn(read, contents.oldest_first(), threads):
        for name, column in columns.items():
            column.append(piece[name])
    return _newest(columns, kinds)


_Columns = dict[str, npt.NDArray[Any]]
_FACTS = {"version_id": 0, "etag": 0, "size": -1, "mtime": -1, "sha256": 0, "md5": 0}
"""What stands for "not stated"."""
_DTYPES: dict[str, npt.DTypeLike] = {
    "high": np.uint64,
    "low": np.uint64,
    "source": DIGEST,
    "kind": np.int32,
    **dict.fromkeys(_FACTS, np.int64),
}


def _of_part(table: pa.Table, run_id: str, kinds: Kinds) -> _Columns:
    table = table.combine_chunks()
    column = {name: _array(table[name]) for name in table.column_names}
    seconds = pc.divide(column["source_mtime"].cast(pa.int64()), 1000)
    versions = Versions.of(
        column["source_version"],
        column["source_etag"],
        column["source_size"],
        seconds,
        _sha256(column),
        column["expected_md5"],
    )
    return {
        **_of_outputs(column["output_uri"].to_pylist()),
        "source": digests(column["source_uri"].to_pylist()),
        "kind": _kinds(column, run_id, kinds),
        **{name: getattr(versions, name) for name in _FACTS},
    }


def _sha256(column: dict[str, pa.Array]) -> pa.Array:
    """That of the bytes read, else the one stated; the stated one also where the bytes have another."""
    stated = column["expected_sha256"]
    if _SHA256 not in column:
        return stated
    is_other = pc.fill_null(pc.equal(column["code"], ChecksumMismatch.code), False)
    return pc.if_else(is_other, stated, pc.coalesce(column[_SHA256], stated))


def _of_open(outputs: Sequence[str], kind: int) -> _Columns:
    count = len(outputs)
    return {
        **_of_outputs(outputs),
        "source": np.zeros(count, DIGEST),
        "kind": np.full(count, kind, np.int32),
        **{name: np.full(count, unstated, np.int64) for name, unstated in _FACTS.items()},
    }


def _of_outputs(outputs: Sequence[str]) -> _Columns:
    found = digests(outputs)
    return {"high": found["high"].astype(np.uint64), "low": found["low"].astype(np.uint64)}


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _kinds(column: dict[str, pa.Array], run_id: str, kinds: Kinds) -> npt.NDArray[np.int32]:
    """The number of each row's kind; one step in Python for each kind that a part has, not for each row."""
    words = [column[name] for name in ("fingerprint", "status", "code")]
    together = np.zeros(len(words[0]), np.int64)
    for word in words:
        encoded = word.dictionary_encode()
        together = together * (len(encoded.dictionary) + 1) + _numbered(encoded)
    _, first, kind = np.unique(together, return_index=True, return_inverse=True)
    numbers = [kinds.number(Kind(run_id, *(word[at].as_py() for word in words))) for at in first.tolist()]
    return np.array(numbers, np.int32)[kind]


def _numbered(encoded: pa.DictionaryArray) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers + 1


def _newest(columns: dict[str, Growing], kinds: Kinds) -> Answers:
    """One column after the other, each let go of as it is sorted: the peak is two columns over the answers themselves."""
    high, low = columns.pop("high").whole(), columns.pop("low").whole()
    order, ends = last_of_each(high, low)
    last = order[ends]
    repeated = _repeated(columns["kind"].whole(), order, ends, kinds)
    high, low = high[last], low[last]
    newest = {name: _taken(columns.pop(name).whole(), last) for name in tuple(columns)}
    if repeated:
        newest["kind"] = np.array(newest["kind"])
        newest["kind"][list(repeated)] = list(repeated.values())
    versions = Versions(**{name: newest[name] for name in _FACTS})
    return Answers(high, low, newest["source"], versions, newest["kind"], kinds.all())


def _taken(column: npt.NDArray[Any], places: Places) -> npt.NDArray[Any]:
    # A column of one element for all rows stays one.
    return np.broadcast_to(column[0], len(places)) if len(column) and column.strides == (0,) else column[places]


def _repeated(
    kind: npt.NDArray[np.int32],
    order: Places,
    ends: Places,
    kinds: Kinds,
) -> dict[int, int]:
    """The newest answers with a code that counts twice and that the run before gave too, and the kinds that say so.

    By their number among the newest; there are few.
    """
    named = kinds.all()
    counts = np.array([is_until_repeated(one.code) for one in named], bool)
    repeated = {}
    for at in np.flatnonzero(counts[kind[order[ends]]]) if counts.any() else ():
        newest = order[ends[at]]
        mine = named[kind[newest]]
        for earlier in order[ends[at - 1] + 1 if at else 0 : ends[at]][::-1]:
            other = named[kind[earlier]]
            if other.run_id != mine.run_id and not other.in_doubt:
                if (other.code, other.fingerprint) == (mine.code, mine.fingerprint):
                    repeated[int(at)] = kinds.number(replace(mine, is_repeated=True))
                break
    return repeated


def last_of_each(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> tuple[Places, Places]:
    """(n,) halves of digests → (n,) the rows in their order, older before newer, and (outputs,) where the last of each is."""
    order = np.argsort(high, kind="stable")
    ordered = high[order]
    same = ordered[1:] == ordered[:-1]
    here = np.flatnonzero(same)
    alike = low[order[here]] == low[order[here + 1]]
    if not alike.all():  # two outputs share 64 bits, and may stand among each other
        order = np.lexsort((low, high))
        same = (high[order][1:] == high[order][:-1]) & (low[order][1:] == low[order][:-1])
    last = np.ones(len(order), bool)
    last[:-1] = ~same
    return order, np.flatnonzero(last)
