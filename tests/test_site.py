"""The documents as a site: built without a warning, with every page, and asking no network for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.doc_blocks import ROOT

_LOADED = re.compile(r"<(?:script|img|source|iframe|audio|video|embed)[^>]*\ssrc=[\"']?([^\"'\s>]+)")
_LINKED = re.compile(
    r"<link[^>]*\srel=[\"']?(?:stylesheet|preload|preconnect|icon|manifest)[^>]*\shref=[\"']?([^\"'\s>]+)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("mkdocs") is None or find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed: make setup")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_in_it(site: Path):
    inside = {str(path.relative_to(ROOT / "docs").with_suffix(".html")) for path in (ROOT / "docs").rglob("*.md")}
    outside = {"CONTRIBUTING.html", "CHANGELOG.html", "training/index.html", "models/mini/index.html"}
    found = {str(path.relative_to(site)) for path in site.rglob("*.html")}
    assert inside | {f"project/{page}" for page in outside} <= found
    assert not list(site.rglob("*.py"))


def test_its_pages_load_nothing_from_elsewhere(site: Path):
    pages = list(site.rglob("*.html"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = [*_LOADED.findall(text), *_LINKED.findall(text)]
        assert loaded, page
        assert [one for one in loaded if re.match(r"(https?:)?//", one)] == [], page
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)[\s\"']*(https?:)?//", style.read_text(encoding="utf-8")), style


def test_its_search_knows_the_pages(site: Path):
    index = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    assert "CHECKSUM_MISMATCH" in index
    assert "project/CONTRIBUTING.html" in index
