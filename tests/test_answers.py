"""The log in arrays says what a plain account of it says, and the plan and count made from it too."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import astuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.answers import Answers, Kind, Kinds, last_of_each, read_answers
from jobs.count import Count, count
from jobs.digests import digest, digests, short_digest, short_digests
from jobs.log import Contents
from jobs.pending import plan
from jobs.plan import Redo, Version, stale
from jobs.rows import Facts, ManifestRow, Row
from jobs.spool import write_spool
from jobs.storage.memory import MemoryStore
from jobs.versions import Versions
from tests.logs import CODES, FINGERPRINTS, LOG, RUNS, Answered, LogFile, facts, logs, newest, rows, written

OUTPUTS = ["s3://out/x", "s3://out/y", "s3://out/z", "s3://out/never"]
few = settings(max_examples=40, deadline=None)
redos = st.none() | st.builds(
    Redo, st.sampled_from(["all", "failed", "skipped", "NOT_AN_IMAGE"]), st.sampled_from(RUNS)
)


def read(log: list[LogFile]) -> Answers:
    store = MemoryStore()
    return read_answers(store, LOG, Contents((), *written(store, log)), threads=2, with_sha256=True)


def spooled(lines: list[Row]):
    manifest = [ManifestRow(row.uri, row.stated, None, row.output_uri, None, 1) for row in lines]
    return write_spool(manifest, lambda row: str(row.output_key), MemoryStore(), "mem://spool/", part_rows=5)


@given(logs)
@few
def test_the_newest_answer_of_each_output_is_found(log: list[LogFile]):
    answers, expected = read(log), newest(log)
    found = [answers.answer(place) for place in answers.find(digests(OUTPUTS))]
    assert found == [expected.get(output) for output in OUTPUTS]
    assert len(answers) == len(expected)


@given(logs, st.lists(rows, max_size=12), st.sampled_from(FINGERPRINTS), redos, st.data())
@few
def test_the_plan_in_arrays_is_the_rule_row_by_row(log, lines: list[Row], fingerprint: str, redo, data: st.DataObject):
    duplicates = np.array(data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines))), bool)
    pending = plan(spooled(lines).batches(), duplicates, read(log), fingerprint, redo)
    answers = newest(log)
    reasons = [
        stale(digest(row.uri), Version.of(row.stated), fingerprint, answers.get(row.output_uri), redo) for row in lines
    ]
    expected = [None if repeat else reason for reason, repeat in zip(reasons, duplicates, strict=True)]
    assert pending.mask.tolist() == [reason is not None for reason in expected]
    assert pending.reasons == Counter(reason for reason in expected if reason is not None)


@given(logs, logs, st.lists(rows, max_size=12), st.data())
@few
def test_the_count_in_arrays_is_the_rule_row_by_row(before, after, lines: list[Row], data: st.DataObject):
    masks = st.lists(st.booleans(), min_size=len(lines), max_size=len(lines))
    duplicates, pending = (np.array(data.draw(masks), bool) for _ in range(2))
    counted = count(spooled(lines).batches(), duplicates, pending, read(before), read(after))
    old, new = newest(before), newest(after)
    expected = Count(rows=len(lines), duplicates=int(duplicates.sum()))
    for row, repeat, mine in zip(lines, duplicates, pending, strict=True):
        if not repeat:
            expected.add((new if mine else old).get(row.output_uri), old.get(row.output_uri))
    assert counted == expected


@given(st.lists(st.tuples(facts, facts), min_size=1, max_size=12))
def test_versions_that_stand_alike_to_each_other_are_alike_to_the_rule(pairs: list[tuple[Facts, Facts]]):
    mine, its = (in_arrays([pair[side] for pair in pairs]) for side in (0, 1))
    judged: dict[int, tuple[bool, ...]] = {}
    for place, relation in enumerate(mine.beside(its).tolist()):
        one, other = mine.one(place), its.one(place)
        assert (one, other) == (Version.of(pairs[place][0]), Version.of(pairs[place][1]))
        verdict = (one.contradicts(other), one.lacks(other), one.sums() == other.sums())
        assert judged.setdefault(relation, verdict) == verdict


def in_arrays(facts: list[Facts]) -> Versions:
    columns = zip(*map(astuple, facts), strict=True)
    types = (pa.string(), pa.string(), pa.int64(), pa.int64(), pa.string(), pa.string())
    return Versions.of(*(pa.array(column, kind) for column, kind in zip(columns, types, strict=True)))


@given(st.lists(st.none() | st.text(max_size=5)))
def test_many_short_digests_are_those_of_each(texts: list[str | None]):
    assert short_digests(texts).tolist() == [0 if text is None else short_digest(text) for text in texts]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12))
def test_thelast_of_each_is_found_also_where_outputs_share_half_a_digest(pairs: list[tuple[int, int]]):
    high, low = (np.array([pair[side] for pair in pairs], np.uint64) for side in (0, 1))
    order, ends = last_of_each(high, low)
    found = [pairs[place] for place in order[ends]]
    assert found == sorted(set(pairs))
    last = {pair: place for place, pair in enumerate(pairs)}
    assert order[ends].tolist() == [last[pair] for pair in found]


def test_a_kind_has_one_number_however_many_threads_ask():
    kinds, wanted = Kinds(), [Kind(run, "f", "failed", code) for run in RUNS for code in CODES]
    numbers: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: numbers.append([kinds.number(kind) for kind in wanted])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found == numbers[0] for found in numbers)
    assert [kinds.all()[number] for number in numbers[0]] == wanted


@pytest.mark.parametrize("stated", [Facts(), Facts(etag="e1", size=1), Facts(version_id="v1", mtime=0)])
def test_a_fact_that_no_row_of_the_log_states_takes_no_memory(stated: Facts):
    row = Row(0, "s3://in/a", stated, "s3://out/x", None)
    log = [LogFile(RUNS[0], 0, "f1", (Answered(row, "colorized", None),), False)]
    versions = read(log).versions
    known = Version.of(stated)
    for name in Versions.__slots__:
        column = getattr(versions, name)
        assert (column.strides == (0,)) is (getattr(known, name) == getattr(Version(), name))
