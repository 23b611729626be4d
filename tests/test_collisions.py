"""Which rows can stand beside each other: against a plain account of the rules, and against a disk with links."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.collisions import Collisions
from jobs.digests import digests
from jobs.errors import PreflightError
from jobs.keys import keys_of
from jobs.names import fold
from jobs.repeats import Places, repeats
from jobs.rows import Facts, ManifestRow
from jobs.spool import Mask, write_spool
from jobs.storage.memory import MemoryStore

Line = tuple[str, Facts, str]
"""Source URI, stated facts, output URI."""


def checked(lines: list[Line], out: str, *, log: str = "mem://log", prefix: str | None = None, part: int = 3) -> Mask:
    """The repeats of a manifest whose lines name their outputs themselves."""
    rows = [ManifestRow(uri, facts, None, output, None, n + 1) for n, (uri, facts, output) in enumerate(lines)]
    collisions = Collisions(keys_of(out, log, prefix))
    spool = write_spool(
        rows, lambda row: str(row.output_key), MemoryStore(), "mem://spool/", watch=collisions.add, part_rows=part
    )
    return collisions.check(spool)


def refused(lines: list[Line], out: str) -> bool:
    try:
        checked(lines, out)
    except PreflightError:
        return True
    return False


FACTS = st.sampled_from([Facts(), Facts(), Facts(etag="1"), Facts(size=1)])
BUCKET, DISK = "s3://o", "file:///nowhere/out"
PATHS = st.lists(st.sampled_from(["a", "A", "b", "ä", "a\u0308", "Ä", "ß", "ss"]), min_size=1, max_size=3).map("/".join)


def lines_below(out: str) -> st.SearchStrategy[list[Line]]:
    """Few names, so that they meet; some sources lie where outputs go."""
    sources = st.sampled_from([f"s3://in/{n}" for n in range(9)]) | PATHS.map(f"{out}/{{}}".format)
    line = st.tuples(sources, st.just(Facts()) | FACTS, PATHS.map(f"{out}/{{}}".format))
    return st.lists(line, max_size=6)


def two_differ(pairs: list[tuple[str, object]]) -> bool:
    return any(n > 1 for n in Counter(key for key, _ in set(pairs)).values())


@given(lines_below(BUCKET))
@settings(max_examples=60, deadline=None)
def test_in_a_bucket_names_meet_where_they_are_equal(lines: list[Line]):
    sources, outputs = {uri for uri, _, _ in lines}, [output for _, _, output in lines]
    bad = two_differ([(output, uri) for uri, _, output in lines]) or two_differ(
        [(uri, facts) for uri, facts, _ in lines]
    )
    assert refused(lines, BUCKET) is (bad or bool(sources & set(outputs)))
    if not bad and not sources & set(outputs):
        assert checked(lines, BUCKET).tolist() == [output in outputs[:n] for n, output in enumerate(outputs)]


@given(lines_below(DISK))
@settings(max_examples=60, deadline=None)
def test_on_disk_names_meet_without_case_and_unicode_form_and_as_folders(lines: list[Line]):
    sources = {fold(uri) for uri, _, _ in lines}
    outputs = [fold(output) for _, _, output in lines]
    folders = {output[:at] for output in outputs for at, letter in enumerate(output) if letter == "/"}
    bad = two_differ([(fold(output), uri) for uri, _, output in lines])
    bad |= two_differ([(uri, facts) for uri, facts, _ in lines])
    bad |= bool(sources & set(outputs)) or bool(folders & set(outputs))
    assert refused(lines, DISK) is bad
    if not bad:
        assert checked(lines, DISK).tolist() == [output in outputs[:n] for n, output in enumerate(outputs)]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=40))
@settings(max_examples=60, deadline=None)
def test_repeats_are_found_with_the_first_of_their_kind(texts: list[str]):
    found = repeats(digests(texts))
    expected = {n: texts.index(text) for n, text in enumerate(texts) if texts.count(text) > 1}
    assert dict(zip(found.rows.tolist(), found.first.tolist(), strict=True)) == expected


@given(st.lists(st.sampled_from("abcdef"), max_size=10), st.lists(st.sampled_from("abcdefgh"), max_size=20))
@settings(max_examples=60, deadline=None)
def test_an_output_that_takes_a_place_is_found_with_the_first_row_that_is_there(there: list[str], comes: list[str]):
    places = Places()
    for number, key in enumerate(there):
        places.add(key, number)
    found = np.transpose(places.meet(digests(comes))).tolist()
    assert found == [[there.index(key), n] for n, key in enumerate(comes) if key in there]


NFC, NFD = (unicodedata.normalize(form, "Größe.png") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(("first", "second"), [("a/x.png", "A/X.PNG"), (NFC, NFD), ("STRASSE.png", "straße.png")])
@pytest.mark.parametrize(("out", "meet"), [(DISK, True), ("s3://o", False), ("mem://o", False)])
def test_only_on_disk_do_case_and_unicode_form_make_no_difference(first: str, second: str, out: str, meet: bool):
    lines = [("s3://in/1", Facts(), f"{out}/{first}"), ("s3://in/2", Facts(), f"{out}/{second}")]
    assert refused(lines, out) is meet


def test_the_complaint_names_every_reason_the_rows_and_what_they_state():
    lines = [
        ("s3://in/1", Facts(), "s3://o/a.png"),
        ("s3://in/2", Facts(), "s3://o/a.png"),
        ("s3://in/3", Facts(etag="e", size=5), "s3://o/b.png"),
        ("s3://in/3", Facts(version_id="v"), "s3://o/c.png"),
        ("s3://o/d.png", Facts(), "s3://o/d.png"),
    ]
    with pytest.raises(PreflightError) as error:
        checked(lines, "s3://o")
    said = str(error.value)
    for expected in (
        "line 1: s3://in/1 → s3://o/a.png\n    line 2: s3://in/2 → s3://o/a.png",
        "line 3: s3://in/3 (etag e, size 5) → s3://o/b.png\n    line 4: s3://in/3 (version_id v) → s3://o/c.png",
        "line 5: s3://o/d.png → s3://o/d.png",
        "--names full",
        "Nothing was done.",
    ):
        assert expected in said


def test_rows_of_a_listing_are_named_without_lines():
    rows = [ManifestRow(f"s3://in/a.{end}", Facts(), f"a.{end}", None, None, 1) for end in ("gif", "bmp")]
    collisions = Collisions(keys_of("s3://o", "s3://o/colorizer-log", "s3://in/"))
    spool = write_spool(rows, lambda _: "s3://o/a.png", MemoryStore(), "mem://spool/", watch=collisions.add)
    with pytest.raises(PreflightError, match=r"s3://in/a\.gif → s3://o/a\.png") as error:
        collisions.check(spool)
    assert "line" not in str(error.value)


@pytest.mark.parametrize("out", ["s3://b", "mem://b/x", DISK])
def test_no_output_lands_in_the_prefix_that_is_listed(out: str):
    source, prefix = f"{out}/photos/photos/a.jpg", f"{out}/photos/"
    with pytest.raises(PreflightError, match="lies in the input") as error:
        checked([(source, Facts(), f"{out}/photos/a.jpg")], out, prefix=prefix)
    assert source in str(error.value)
    assert checked([(source, Facts(), f"{out}/photos-color/a.jpg")], out, prefix=prefix).tolist() == [False]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out" / "real").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "out"


def line(number: int, output: Path, source: Path | None = None) -> Line:
    return (f"file://{source}" if source else f"s3://in/{number}", Facts(), f"file://{output}")


def test_two_ways_to_one_folder_are_one_place(out: Path):
    (out / "link").symlink_to("real")
    with pytest.raises(PreflightError, match="one output"):
        checked([line(1, out / "real/x.png"), line(2, out / "link/x.png")], f"file://{out}")
    assert checked([line(1, out / "real/x.png"), line(2, out / "link/y.png")], f"file://{out}").tolist() == [False] * 2


def test_a_source_is_found_in_out_through_a_link(out: Path, tmp_path: Path):
    (tmp_path / "scans").symlink_to(out / "real")
    with pytest.raises(PreflightError, match="over a source"):
        checked([line(1, out / "real/x.png", tmp_path / "scans/x.png")], f"file://{out}")


def test_out_itself_may_be_a_link(out: Path, tmp_path: Path):
    (tmp_path / "alias").symlink_to(out)
    alias = tmp_path / "alias"
    assert checked([line(1, alias / "real/x.png")], f"file://{alias}").tolist() == [False]
    with pytest.raises(PreflightError, match="over a source"):
        checked([line(1, alias / "real/x.png", out / "real/x.png")], f"file://{alias}")


@pytest.mark.parametrize(
    ("name", "target", "output", "said"),
    [
        ("link", "../elsewhere", "link/x.png", "is a link out of --out"),
        ("link", "../elsewhere", "link/deep/er/x.png", "is a link out of --out"),
        ("x.png", "../elsewhere/x.png", "x.png", "is a link out of --out"),
        ("link", "real/log", "link/x.png", "lies in the log, by a link"),
        ("link", "real/in", "link/x.png", "lies in the input, by a link"),
        ("real/link", "../REAL/IN/x", "real/link/x.png", "lies in the input, by a link"),
    ],
)
def test_an_output_that_a_link_leads_away_is_refused(out: Path, name: str, target: str, output: str, said: str):
    (out / name).symlink_to(target)
    log, prefix = f"file://{out}/real/log", f"file://{out}/real/in/"
    with pytest.raises(PreflightError, match=said) as error:
        checked([line(7, out / output)], f"file://{out}", log=log, prefix=prefix)
    assert error.value.exit_code == 5
    assert "s3://in/7" in str(error.value)


def test_of_many_outputs_that_lead_away_ten_are_named(out: Path):
    (out / "link").symlink_to("../elsewhere")
    with pytest.raises(PreflightError, match="and 15 more") as error:
        checked([line(n, out / f"link/{n}.png") for n in range(25)], f"file://{out}")
    assert str(error.value).count("s3://in/") == 10


def test_a_folder_that_can_not_be_reached_is_told_with_its_row(out: Path):
    (out / "round").symlink_to("round")
    with pytest.raises(PreflightError, match=r"s3://in/1: .*round is a folder that can't be reached"):
        checked([line(1, out / "round/x.png")], f"file://{out}")
