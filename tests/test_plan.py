"""The plan: when a row is answered, as a table, and its laws as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.digests import digest
from jobs.plan import Answer, Redo, Version, stale
from jobs.rows import Facts

SOURCE = digest("s3://b/a.tif")
RUN = "r20260101T000000Z-0000"
LATER = "r20260102T000000Z-0000"


def answer(**changes: object) -> Answer:
    facts = {
        "source": SOURCE,
        "version": Version.of(Facts(etag="e1", size=10, mtime=100)),
        "fingerprint": "f1",
        "status": "colorized",
        "code": None,
        "run_id": RUN,
    }
    return Answer(**(facts | changes))  # type: ignore[arg-type]


FAILED = {"status": "failed", "code": "NOT_AN_IMAGE"}

READ = Version.of(Facts(mtime=100, sha256="a1"))
MISMATCH = {"status": "failed", "code": "CHECKSUM_MISMATCH", "version": READ}

TABLE = [
    ("no answer", Facts(), None, None, "new"),
    ("nothing stated", Facts(), answer(), None, None),
    ("the same ETag", Facts(etag="e1"), answer(), None, None),
    ("another ETag", Facts(etag="e2"), answer(), None, "source changed"),
    ("another size", Facts(size=11), answer(), None, "source changed"),
    ("another time and nothing else", Facts(mtime=101), answer(), None, "source changed"),
    ("another time but the same ETag", Facts(etag="e1", mtime=101), answer(), None, None),
    ("another size in spite of the same ETag", Facts(etag="e1", size=11), answer(), None, "source changed"),
    ("a version id that the answer does not know", Facts(version_id="v1", etag="e1"), answer(), None, None),
    ("another version id", Facts(version_id="v2"), answer(version=Version.of(Facts("v1"))), None, "source changed"),
    ("another source", Facts(), answer(source=digest("s3://b/b.tif")), None, "other source"),
    ("another fingerprint", Facts(), answer(fingerprint="f2"), None, "other fingerprint"),
    ("in doubt", Facts(), answer(in_doubt=True), None, "in doubt"),
    ("a permanent failure", Facts(), answer(**FAILED), None, None),
    ("a transient failure", Facts(), answer(status="failed", code="NOT_FOUND"), None, "transient"),
    ("a failure with a code of another version", Facts(), answer(status="failed", code="X"), None, "transient"),
    ("a failure without a fact now stated", Facts(version_id="v1"), answer(**FAILED), None, "fact unknown"),
    ("the sha256 that was read", Facts(sha256="a1"), answer(version=READ), None, None),
    ("another sha256 than was read", Facts(sha256="a2"), answer(version=READ), None, "source changed"),
    ("a sha256 of an answer that knows none", Facts(sha256="a1"), answer(), None, None),
    ("another time but the same sha256", Facts(sha256="a1", mtime=101), answer(version=READ), None, None),
    ("another MD5", Facts(md5="b2"), answer(version=Version.of(Facts(md5="b1"))), None, "source changed"),
    ("a mismatch of the same sum", Facts(sha256="a1"), answer(**MISMATCH), None, None),
    ("a mismatch of another sum", Facts(sha256="a2"), answer(**MISMATCH), None, "other checksum"),
    ("a mismatch, and no sum any more", Facts(), answer(**MISMATCH), None, "other checksum"),
    ("a mismatch, and one more sum", Facts(sha256="a1", md5="b1"), answer(**MISMATCH), None, "other checksum"),
    ("a mismatch, redo it", Facts(sha256="a1"), answer(**MISMATCH), Redo("CHECKSUM_MISMATCH", LATER), "redo"),
    ("a failure, redo failed", Facts(), answer(**FAILED), Redo("failed", LATER), "redo"),
    ("a failure, redo its code", Facts(), answer(**FAILED), Redo("NOT_AN_IMAGE", LATER), "redo"),
    ("a failure, redo another code", Facts(), answer(**FAILED), Redo("TOO_LARGE", LATER), None),
    ("a picture, redo failed", Facts(), answer(), Redo("failed", LATER), None),
    ("a picture, redo all", Facts(), answer(), Redo("all", LATER), "redo"),
    ("a picture with a code, redo it", Facts(), answer(code="RECOLORED"), Redo("RECOLORED", LATER), "redo"),
    ("a skipped row, redo skipped", Facts(), answer(status="skipped", code="BLANK"), Redo("skipped", LATER), "redo"),
    ("an answer of the redo itself", Facts(), answer(run_id=LATER), Redo("all", LATER), None),
]


@pytest.mark.parametrize(
    ("stated", "newest", "redo", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_row_is_stale_for_the_reason_in_the_table(stated: Facts, newest: Answer | None, redo: Redo | None, reason):
    assert stale(SOURCE, Version.of(stated), "f1", newest, redo) == reason


facts = st.builds(
    Facts,
    version_id=st.none() | st.sampled_from(["v1", "v2"]),
    etag=st.none() | st.sampled_from(["e1", "e2"]),
    size=st.none() | st.integers(0, 2),
    mtime=st.none() | st.integers(0, 2),
    sha256=st.none() | st.sampled_from(["a1", "a2"]),
    md5=st.none() | st.sampled_from(["b1", "b2"]),
)


@given(facts, facts)
def test_contradiction_is_mutual(one: Facts, other: Facts):
    assert Version.of(one).contradicts(Version.of(other)) == Version.of(other).contradicts(Version.of(one))


@given(facts)
def test_no_version_contradicts_itself_or_one_that_states_nothing(one: Facts):
    assert not Version.of(one).contradicts(Version.of(one))
    assert not Version.of(one).contradicts(Version())


@given(facts)
def test_what_was_answered_with_the_stated_facts_is_not_run_again(stated: Facts):
    given_back = answer(version=Version.of(stated))
    assert stale(SOURCE, Version.of(stated), "f1", given_back, None) is None
