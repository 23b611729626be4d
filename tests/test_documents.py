"""Every command in the documents does what it is there for: run as a new user would, or looked at, with the reason why."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doc_blocks import DATA, PAGES, ROOT, RUN, SHELL, Block, blocks, marks_in, parsed
from tests.doc_commands import check, check_spoken_of, simple, spoken_of
from tests.doc_place import BUCKET, Place, place_in
from tests.rgw import Rgw, admin

FOUND = {page: blocks(page) for page in PAGES}
OWN_HOME = {"docs/quickstart.md"}
"""Pages that begin where nothing was done yet; of the others README comes first, and they may count on what it did."""


def runnable() -> Iterator[Block]:
    yield from (block for page in PAGES for block in FOUND[page] if block.language in RUN)


def shells() -> Iterator[Block]:
    yield from (block for block in runnable() if block.language in SHELL)


def named(found: Iterator[Block]) -> list[object]:
    return [pytest.param(block, id=block.name) for block in found]


WITH_COMMANDS = [page for page in PAGES if any(block.not_run is None for block in FOUND[page] if block.language in RUN)]


@pytest.fixture(scope="module")
def place(moto: Rgw, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield place_in(tmp_path_factory.mktemp("documents"), moto)
    s3 = admin(moto)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for found in page.get("Contents", []):
            s3.delete_object(Bucket=BUCKET, Key=found["Key"])
    s3.delete_bucket(Bucket=BUCKET)


def begun(place: Place) -> Place:
    """With what README's commands leave: two coloured archives. They are made here where that page was not run."""
    if not done_with_readme(place).exists():
        for source, out in (("~/scans", "~/scans-coloured"), (f"s3://{BUCKET}/photos/", f"s3://{BUCKET}/color")):
            done = place.run(Block("tests", 0, "sh", None, f"colorizer run {source} --out {out}\n", ()))
            assert done.returncode == 0, done.stdout
        done_with_readme(place).touch()
    return place


def done_with_readme(place: Place) -> Path:
    return place.checkout.parent / "done-with-readme"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_what_a_page_says_to_do_can_be_done(place: Place, tmp_path: Path, page: str):
    if page in OWN_HOME:
        place = place.with_home(tmp_path)
    elif page != "README.md":
        place = begun(place)
    for block in FOUND[page]:
        if (block.title or block.language in RUN) and block.not_run is None:
            done = place.run(block)
            assert done.returncode == 0, (
                f"{block.name} ended with {done.returncode}:\n{block.text}\n{done.stdout[-3000:]}"
            )
    if page == "README.md":
        done_with_readme(place).touch()


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_is_run_or_says_why_not(page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    fences = sum(line.lstrip().startswith("```") for line in text.splitlines())
    assert fences == 2 * len(FOUND[page])
    for block in FOUND[page]:
        assert block.language in RUN | DATA, f"{block.name}: is {block.language} run, or read?"
        assert all(mark.reason for mark in block.marks), f"{block.name}: a mark without a reason"


@pytest.mark.parametrize("page", PAGES)
def test_every_mark_stands_before_what_it_is_about(page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert marks_in(text) == sum(len(block.marks) for block in FOUND[page])
    for block in FOUND[page]:
        for mark in block.marks:
            assert not mark.prefix or any(line.text.startswith(mark.prefix) for line in block.lines()), mark


@pytest.mark.parametrize("block", named(shells()))
def test_every_command_exists_and_takes_what_it_is_given(block: Block):
    done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for line in block.lines():
        for words in simple(line.text):
            check(words)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_speaks_of_exists(page: str):
    for command in spoken_of((ROOT / page).read_text(encoding="utf-8")):
        check_spoken_of(command)


def test_a_command_that_does_not_exist_is_found():
    for line, named in (
        ("colorizer rum m.csv", "rum"),
        ("colorizer run m.csv --oout x", "--oout"),
        ("make nothing", "nothing"),
        ("python -m bench.nothing", "bench.nothing"),
        ("colorizr x", "colorizr"),
    ):
        with pytest.raises(Exception, match=named):  # Typer's, or a failed assertion
            check(next(simple(line)))
    for spoken in ("colorizer run --oout", "colorizer models list|fetsh", "python -m bench.chroma --nothing"):
        with pytest.raises(AssertionError):
            check_spoken_of(spoken)


def test_a_mark_is_about_the_block_or_the_lines_that_it_names():
    fence = "```\nmake test\nls\\\n  -l\ncat <<'E'\nls\nE\n```\n"
    (whole,) = parsed("p", "<!-- not-run: it takes long -->\n" + fence)
    assert (whole.not_run, whole.script()) == ("it takes long", "")
    (some,) = parsed("p", "<!-- not-run make: it takes long -->\n<!-- not-run cat: no -->\n" + fence)
    assert [line.not_run for line in some.lines()] == ["it takes long", None, "no"]
    assert (some.not_run, some.script()) == (None, "ls\\\n  -l")
    (apart,) = parsed("p", "<!-- not-run: it takes long -->\n\n" + fence)
    assert apart.marks == ()


def test_a_command_that_fails_is_told(tmp_path: Path):
    place = Place(tmp_path, tmp_path, {"PATH": "/usr/bin:/bin"})
    done = place.run(Block("p", 1, "", None, "ls\nfalse | true\ntouch after\n", ()))
    assert (done.returncode, (tmp_path / "after").exists()) == (1, False)
