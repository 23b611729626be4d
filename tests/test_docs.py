"""The documents that are made from the code are as new as the code."""

from pathlib import Path

import pytest

from docs.generate import PAGES

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_made_document_is_what_the_code_makes_now(name: str):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"
