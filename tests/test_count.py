"""The final count: what each row adds to, as a table."""

import pytest

from jobs.count import Count
from jobs.digests import digest
from jobs.plan import Answer, Version


def answer(status: str = "colorized", code: str | None = None, in_doubt: bool = False) -> Answer:
    return Answer(digest("s"), Version(), "f", status, code, "r", in_doubt)  # type: ignore[arg-type]  # any status of the table


@pytest.mark.parametrize(
    ("now", "before", "counts"),
    [
        (None, None, {"unanswered": 1}),
        (answer(in_doubt=True), None, {"unanswered": 1}),
        (answer(), None, {}),
        (answer("failed", "NOT_FOUND"), None, {"new_failures": 1}),
        (answer("failed", "NOT_FOUND"), answer("failed", "NOT_FOUND"), {"known_failures": 1}),
        (answer("failed", "NOT_FOUND"), answer("failed", "ARCHIVED"), {"new_failures": 1}),
        (answer("failed", "NOT_FOUND"), answer(), {"new_failures": 1}),
        (answer("failed", "NOT_FOUND"), answer("failed", "NOT_FOUND", in_doubt=True), {"new_failures": 1}),
    ],
)
def test_a_row_counts_once(now: Answer | None, before: Answer | None, counts: dict[str, int]):
    total = Count(rows=1)
    total.add(now, before)
    expected = {"unanswered": 0, "known_failures": 0, "new_failures": 0} | counts
    assert {name: getattr(total, name) for name in expected} == expected
    assert total.rows == sum(total.by_status.values()) + total.unanswered
