"""What a log claims: the newest row of every output, found in arrays, then read again a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.answers import last_of_each
from jobs.digests import Digests, digests
from jobs.errors import PreflightError, StorageError
from jobs.growing import Growing
from jobs.layout import ShardName, part_uri
from jobs.log import Contents, in_turn, read_open, read_part
from jobs.rows import Facts
from jobs.shown import shown
from jobs.storage.store import Store

Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

_COLUMNS = (
    "output_uri", "output_sha256", "label", "source_uri", "source_version", "source_etag", "source_sha256", "fingerprint",
    "cpu",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What the newest log row of one output says.

    Attributes:
        run_id: of the run that made it.
        output_uri: where it is.
        sha256: of its bytes.
        label: the label that it carries, or None.
        source_uri: the photograph that it was made of.
        source: the version of that, where the store tells versions apart: version id and ETag.
        source_sha256: of the photograph's bytes.
        fingerprint: of all that shaped the output.
        cpu: the name of the processor that made it.
    """

    run_id: str
    output_uri: str
    sha256: str
    label: str | None
    source_uri: str
    source: Facts
    source_sha256: str | None
    fingerprint: str
    cpu: str


@dataclass(frozen=True, slots=True)
class Claims:
    """A whole log: 18 bytes a row, and as many more while the newest are found.

    Attributes:
        files: its parts and the shards in doubt (True), oldest first.
        starts: (files + 1,) the first row of each in the arrays.
        high, low: (rows,) digests of the outputs' names.
        is_claim: (rows,) whether it is the newest row of its output, and says that this is there.
        is_newest: (rows,) whether it is the newest at all.
        sources: the upper half of the digests of the photographs that lie in the output.
        in_doubt: outputs that a later attempt may have been writing.
    """

    files: tuple[tuple[ShardName, bool], ...]
    starts: npt.NDArray[np.intp]
    high: Words
    low: Words
    is_claim: Mask
    is_newest: Mask
    sources: Words
    in_doubt: int

    def rows(self, store: Store, log: str, chosen: Mask) -> Iterator[Claim]:
        """Some rows of `is_claim`, oldest run first; one part is in memory at a time, and parts without one are not read."""
        for (name, is_open), start, end in zip(self.files, self.starts, self.starts[1:], strict=False):
            wanted = chosen[start:end]
            if not is_open and wanted.any():
                table = _read(store, log, name, _COLUMNS).filter(pa.array(wanted))
                yield from (_claim(name.run_id, row) for batch in table.to_batches(1024) for row in batch.to_pylist())


def read_claims(
    store: Store, log: str, contents: Contents, inside: Sequence[str], tick: Callable[[int], None]
) -> Claims:
    """Reads the names of all rows, several files at once.

    Args:
        store: where the log is.
        log: its folder.
        contents: of it.
        inside: folders whose photographs are remembered, each with a slash at its end.
        tick: told the rows so far; may raise.

    Raises:
        PreflightError: a part is damaged or gone.
    """
    files = contents.oldest_first()
    high, low, has = Growing(np.uint64), Growing(np.uint64), Growing(np.bool_)
    starts: list[int] = [0]
    sources: list[Words] = [upper(digests([]))]
    for piece in in_turn(lambda file: names_in(store, log, file, inside), files):
        high.append(upper(piece.outputs))
        low.append(piece.outputs["low"].astype(np.uint64))
        has.append(piece.has)
        sources.append(upper(piece.sources))
        starts.append(len(has))
        tick(len(has))
    return _claims(tuple(files), starts, high.whole(), low.whole(), has.whole(), np.unique(np.concatenate(sources)))


@dataclass(frozen=True, slots=True)
class Names:
    """What one file of a log names: outputs, whether each has a sum, and photographs."""

    outputs: Digests
    has: Mask
    sources: Digests


def names_in(store: Store, log: str, file: tuple[ShardName, bool], inside: Sequence[str]) -> Names:
    """Reads a part, or the open file of a shard in doubt (True). Raises as `read_claims` does."""
    name, is_open = file
    if is_open:
        outputs = digests(_opened(store, log, name))
        return Names(outputs, np.zeros(len(outputs), bool), digests([]))
    table = _read(store, log, name, ("output_uri", "output_sha256", *(["source_uri"] if inside else [])))
    has = pc.is_valid(table["output_sha256"]).to_numpy(zero_copy_only=False).astype(bool)
    among = [uri for folder in inside for uri in _below(table["source_uri"], folder)]
    return Names(digests(table["output_uri"].to_pylist()), has, digests(among))


def upper(found: Digests) -> Words:
    """The upper halves of some digests."""
    upper: Words = found["high"].astype(np.uint64)
    return upper


def _below(uris: pa.ChunkedArray, folder: str) -> list[str]:
    found: list[str] = uris.filter(pc.starts_with(uris, folder)).to_pylist()
    return found


def _claims(
    files: tuple[tuple[ShardName, bool], ...], starts: list[int], high: Words, low: Words, has: Mask, sources: Words
) -> Claims:
    order, ends = last_of_each(high, low)
    newest = np.zeros(len(high), bool)
    newest[order[ends]] = True
    opened = [slice(starts[at], starts[at + 1]) for at, (_, is_open) in enumerate(files) if is_open]
    in_doubt = sum(int(newest[rows].sum()) for rows in opened)
    return Claims(files, np.array(starts, np.intp), high, low, newest & has, newest, sources, in_doubt)


def _claim(run_id: str, row: dict[str, Any]) -> Claim:
    return Claim(
        run_id,
        row["output_uri"],
        row["output_sha256"],
        row["label"],
        row["source_uri"],
        Facts(row["source_version"], row["source_etag"]),
        row["source_sha256"],
        row["fingerprint"],
        row["cpu"] or "",
    )


def _read(store: Store, log: str, name: ShardName, columns: Sequence[str]) -> pa.Table:
    try:
        return read_part(store, log, name, columns)
    except StorageError as error:
        raise _unread(part_uri(log, name), error) from error


def _opened(store: Store, log: str, name: ShardName) -> list[str]:
    try:
        return read_open(store, log, name)
    except StorageError as error:
        raise _unread(f"{log}: what was open in {name.run_id}", error) from error


def _unread(what: str, error: Exception) -> PreflightError:
    return PreflightError(f"a file of the log can't be read: {shown(what)}: {error}")
