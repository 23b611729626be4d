"""A column that grows is what was put into it, and takes no memory while nothing is stated."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.digests import DIGEST, digest, digests
from jobs.growing import Growing

pieces = st.lists(st.lists(st.sampled_from([0, 0, 0, 1, 2]), max_size=5), max_size=8)


@given(pieces, st.none() | st.just(0))
def test_rows_come_back_in_order(added: list[list[int]], unstated: int | None):
    column = Growing(np.int64, unstated)
    for piece in added:
        column.append(np.array(piece, np.int64))
    whole = column.whole()
    assert whole.tolist() == list(itertools.chain.from_iterable(added))
    assert len(column) == len(whole)
    assert whole.dtype == np.int64


@pytest.mark.parametrize(("values", "strides"), [([-1, -1, -1], (0,)), ([-1, 5, -1], (8,))])
def test_a_column_in_which_nothing_is_stated_is_one_element(values: list[int], strides: tuple[int]):
    column = Growing(np.int64, -1)
    column.append(np.full(1000, -1))
    column.append(np.array(values))
    whole = column.whole()
    assert whole.strides == strides
    assert whole.tolist() == [-1] * 1000 + values


def test_digests_stay_the_bytes_that_they_are():
    """Many and large enough that the block moves several times."""
    texts = [str(number) for number in range(3000)]
    column = Growing(DIGEST)
    for _ in range(50):
        column.append(digests(texts))
    whole = column.whole()
    assert len(whole) == 150_000
    assert whole[-1].tobytes() == digest(texts[-1])
    assert whole.tobytes() == digests(texts * 50).tobytes()
