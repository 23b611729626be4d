"""Small logs of every kind, as hypothesis draws them, and what they say by a plain account of the rules."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from jobs.codes import Status
from jobs.digests import digest
from jobs.layout import ShardName
from jobs.log import open_shard, write_part
from jobs.outcome import Outcome, Provenance, Times
from jobs.plan import Answer, Version
from jobs.rows import Facts, Row, Shard
from jobs.storage.memory import MemoryStore

LOG = "mem://log"
TWICE = "WORKER_LOST"
RUNS = [f"r2026010{day}T000000Z-0000" for day in (1, 2, 3)]
FINGERPRINTS = ["f1", "f2"]
STATUS: list[Status] = ["colorized", "skipped", "failed", "failed"]
CODES = [None, "BLANK", "NOT_AN_IMAGE", "CHECKSUM_MISMATCH", "NOT_FOUND", "OF_ANOTHER_VERSION", TWICE]

facts = st.builds(
    Facts,
    version_id=st.none() | st.sampled_from(["v1", "v2"]),
    etag=st.none() | st.sampled_from(["e1", "e2"]),
    size=st.none() | st.integers(0, 2),
    mtime=st.none() | st.integers(-1, 2),
    sha256=st.none() | st.sampled_from(["0" * 64, "1" * 64]),
    md5=st.none() | st.sampled_from(["0" * 32, "1" * 32]),
)
rows = st.builds(
    Row,
    st.just(0),
    st.sampled_from("ab").map("s3://in/{}".format),
    facts,
    st.sampled_from("xyz").map("s3://out/{}".format),
    st.none(),
)


@dataclass(frozen=True)
class Answered:
    """One row of a part."""

    row: Row
    status: Status
    code: str | None


@dataclass(frozen=True)
class LogFile:
    """A part, or an open file that has none."""

    run_id: str
    attempt: int
    fingerprint: str
    rows: tuple[Answered, ...]
    is_open: bool


@st.composite
def distinct(draw: st.DrawFn) -> tuple[Answered, ...]:
    found = draw(st.lists(rows, min_size=1, max_size=4, unique_by=lambda row: row.output_uri))
    return tuple(Answered(row, draw(st.sampled_from(STATUS)), draw(st.sampled_from(CODES))) for row in found)


files = st.builds(
    LogFile,
    st.sampled_from(RUNS),
    st.integers(0, 2),
    st.sampled_from(FINGERPRINTS),
    distinct(),
    st.sampled_from([False, False, False, True]),
)
logs = st.lists(files, max_size=6)


def written(store: MemoryStore, log: Sequence[LogFile]) -> tuple[list[ShardName], list[ShardName]]:
    """Puts the files; gives the names of the parts and of the shards in doubt."""
    parts: list[ShardName] = []
    doubt: list[ShardName] = []
    for number, file in enumerate(log):
        shard = Shard(number, file.attempt, tuple(one.row for one in file.rows))
        name = ShardName(file.run_id, number, file.attempt)
        open_shard(store, LOG, file.run_id, shard)
        if file.is_open:
            doubt.append(name)
            continue
        signed = Provenance(file.run_id, "m", "0", "opencv", "fp32", "cpu", file.fingerprint, "w", "n", "c")
        outcomes = [
            Outcome(one.row, one.status, one.code, None, one.row.stated, None, None, 0.0, 0.0, Times())
            for one in file.rows
        ]
        write_part(store, LOG, signed, shard, outcomes)
        parts.append(name)
    return parts, doubt


def newest(log: Sequence[LogFile]) -> dict[str, Answer]:
    """By output: the row with the greatest (run, attempt); at the same, an open file, then the later shard."""
    in_order = sorted(enumerate(log), key=lambda one: (one[1].run_id, one[1].attempt, one[1].is_open, one[0]))
    found: dict[str, list[Answer]] = {}
    for file, one in itertools.chain.from_iterable(((file, one) for one in file.rows) for _, file in in_order):
        if file.is_open:
            answer = Answer(bytes(16), Version(), "", "failed", None, file.run_id, in_doubt=True)
        else:
            version = Version.of(one.row.stated)
            answer = Answer(digest(one.row.uri), version, file.fingerprint, one.status, one.code, file.run_id)
        found.setdefault(one.row.output_uri, []).append(answer)
    return {output: _twice(answers) for output, answers in found.items()}


def _twice(answers: Sequence[Answer]) -> Answer:
    """The last of an output's answers, which says whether the run before gave it too, where that counts."""
    *earlier, last = answers
    others = [one for one in earlier if one.run_id != last.run_id and not one.in_doubt]
    same = bool(others) and (others[-1].code, others[-1].fingerprint) == (last.code, last.fingerprint)
    return replace(last, is_repeated=same and last.code == TWICE)
