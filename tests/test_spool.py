"""The spool gives back what was put in, whole or by mask, whatever the size of its files."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.errors import NotFound, PreflightError, RefusedName
from jobs.rows import Facts, ManifestRow
from jobs.spool import open_spool, write_spool
from jobs.storage.memory import MemoryStore

FOLDER = "mem://log/run=r20260101T000000Z-0000/_manifest/"
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
facts = st.builds(
    Facts, st.none() | texts, st.none() | texts, st.none() | st.integers(0, 2**50), st.none() | st.integers(0, 2**40)
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
    assert sum(batch.num_rows for batch in spool.batches()) == len(written)


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
