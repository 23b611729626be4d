"""Every relative link and picture of the documents leads to a file, and its #anchor to a heading, as GitHub follows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.doc_blocks import PAGES, ROOT

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")


def links(text: str) -> list[str]:
    """Those that stay in the repository."""
    prose = _CODE.sub("", text)
    return [found for found in _LINK.findall(prose) + _REFERENCE.findall(prose) if not _ELSEWHERE.match(found)]


def anchors(text: str) -> set[str]:
    """What GitHub calls the headings: in lower case, without punctuation, a hyphen for each space; repeated ones are numbered."""
    names: set[str] = set()
    for heading in _HEADING.findall(re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        number = 0
        while (one := f"{name}-{number}" if number else name) in names:
            number += 1
        names.add(one)
    return names


def wrong(page: Path, link: str) -> str | None:
    """What is wrong with a link of a page, None where nothing is."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return f"{page.name}: there is no {link}"
    if anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
        return f"{page.name}: {target.name} has no heading #{anchor}"
    return None


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str):
    path = ROOT / page
    found = [wrong(path, link) for link in links(path.read_text(encoding="utf-8"))]
    assert [one for one in found if one] == []


def test_pages_do_link():
    assert len([link for page in PAGES for link in links((ROOT / page).read_text(encoding="utf-8"))]) > 40


def test_a_broken_link_and_a_broken_anchor_are_found(tmp_path: Path):
    assert links("[a](b.md#c) ![p](q.jpg) `[no](code.md)` [x](https://example.org) [m](mailto:a@b)") == [
        "b.md#c",
        "q.jpg",
    ]
    assert anchors("# A `b` c?\n\n## A b, c\n") == {"a-b-c", "a-b-c-1"}
    page = ROOT / "README.md"
    assert wrong(page, "docs/codes.md#exit-codes") is None
    assert wrong(page, "docs/codes.md#exits") == "README.md: codes.md has no heading #exits"
    assert wrong(page, "docs/nothing.md") == "README.md: there is no docs/nothing.md"
    assert wrong(page, "../outside.md") == "README.md: there is no ../outside.md"
