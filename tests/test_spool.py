"""The spool gives back what was put in, whole or by mask, whatever the size of its files."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.errors import AlreadyThere, NotFound, PreflightError, RefusedName
from jobs.rows import Facts, ManifestRow
from jobs.spool import SCHEMA, Spool, open_spool, part_uri, write_spool
from jobs.storage.memory import MemoryStore

FOLDER = "mem://log/run=r20260101T000000Z-0000/_manifest/"
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
facts = st.builds(
    Facts,
    st.none() | texts,
    st.none() | texts,
    st.none() | st.integers(0, 2**50),
    st.none() | st.integers(0, 2**40),
    st.none() | texts,
    st.none() | texts,
)
rows = st.builds(ManifestRow, texts.map("s3://b/{}".format), facts, st.none(), st.none(), st.none() | texts, st.just(1))


@given(st.lists(rows, max_size=30), st.integers(1, 7), st.data())
@settings(deadline=None, max_examples=60)
def test_rows_come_back_in_order_and_by_mask(written: list[ManifestRow], part_rows: int, data: st.DataObject):
    store = MemoryStore()
    write_spool(written, lambda row: f"{row.uri}.png", store, FOLDER, part_rows=part_rows)
    spool = open_spool(store, FOLDER)
    assert spool.count == len(written)
    expected = [(n, row.uri, row.stated, f"{row.uri}.png", row.extra) for n, row in enumerate(written)]
    assert [(r.number, r.uri, r.stated, r.output_uri, r.extra) for r in spool.rows()] == expected
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(written), max_size=len(written))), bool)
    assert [r.number for r in spool.rows(mask)] == list(itertools.compress(range(len(written)), mask))
    batches = [*spool.batches(), *spool.batches(mask)]
    assert sum(batch.num_rows for batch in batches) == len(written) + mask.sum()
    assert all(batch.schema == SCHEMA for batch in batches)


def test_a_spool_whose_run_ended_while_it_was_written_is_none():
    store = MemoryStore()

    def breaks_off():
        yield from (ManifestRow(f"s3://b/{n}", Facts(), None, None, None, n) for n in range(5))
        raise PreflightError("line 6 is bad")

    with pytest.raises(PreflightError):
        write_spool(breaks_off(), lambda row: row.uri, store, FOLDER, part_rows=2)
    with pytest.raises(NotFound):
        open_spool(store, FOLDER)


def test_refused_names_are_counted_and_the_first_ten_told():
    def name(row: ManifestRow) -> str:
        if row.line % 2:
            raise RefusedName(f"{row.uri} has no name")
        return row.uri

    manifest = [ManifestRow(f"s3://b/{n}", Facts(), None, None, None, n) for n in range(40)]
    with pytest.raises(PreflightError, match="20 of 40") as refused:
        write_spool(manifest, name, MemoryStore(), FOLDER)
    assert "line 19: s3://b/19 has no name" in str(refused.value)
    assert "10 more" in str(refused.value)


def numbered(count: int) -> list[ManifestRow]:
    return [ManifestRow(f"s3://b/{n}", Facts(), None, None, None, n + 1) for n in range(count)]


def spooled(store: MemoryStore, count: int, **options: object) -> Spool:
    return write_spool(numbered(count), lambda row: row.uri, store, FOLDER, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
def test_the_spool_that_is_found_is_the_one_that_was_written(count: int):
    store = MemoryStore()
    written, found = spooled(store, count, part_rows=3), open_spool(store, FOLDER)
    assert (found.parts, found.count) == (written.parts, count) == (max(1, -(-count // 3)), count)
    assert list(found.rows()) == list(written.rows())
    mask = np.arange(count) % 2 == 1
    assert list(found.rows(mask)) == list(written.rows(mask))


@pytest.mark.parametrize("limit", [1, 3, 4, 7, 8, 100])
def test_a_limit_counts_rows_and_reads_no_more_of_the_manifest(limit: int):
    manifest = iter(numbered(7))
    spool = write_spool(manifest, lambda row: row.uri, MemoryStore(), FOLDER, limit=limit, part_rows=3)
    assert spool.count == min(limit, 7) == len(list(spool.rows()))
    assert len(list(manifest)) == max(0, 7 - limit)


def test_every_row_is_watched_in_order_and_progress_is_told():
    seen: list[tuple[str, str]] = []
    ticks: list[int] = []
    spooled(
        MemoryStore(),
        7,
        part_rows=3,
        watch=lambda rows, outputs: seen.extend((row.uri, output) for row, output in zip(rows, outputs, strict=True)),
        tick=ticks.append,
    )
    assert seen == [(f"s3://b/{n}", f"s3://b/{n}") for n in range(7)]
    assert ticks == [3, 6, 7]


def test_files_without_a_wanted_row_are_not_read():
    class Counting(MemoryStore):
        asked: list[str]

        def read(self, uri, *arguments):
            self.asked.append(uri)
            return super().read(uri, *arguments)

    store = Counting()
    store.asked = []
    spool = spooled(store, 10, part_rows=2)
    mask = np.zeros(10, bool)
    mask[[4, 9]] = True
    assert [row.number for row in spool.rows(mask)] == [4, 9]
    assert store.asked == [part_uri(FOLDER, 2), part_uri(FOLDER, 4)]


def test_a_spool_with_a_file_missing_is_none():
    for lost in range(3):
        store = MemoryStore()
        spooled(store, 6, part_rows=2)
        store.delete(part_uri(FOLDER, lost))
        with pytest.raises(NotFound):
            open_spool(store, FOLDER)


def test_a_spool_is_never_written_over():
    store = MemoryStore()
    spooled(store, 5)
    with pytest.raises(AlreadyThere):
        spooled(store, 6)
