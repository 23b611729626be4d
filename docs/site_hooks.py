"""What mkdocs does beside its own: pages of the repository that lie outside docs/ are part of the site, and links to them hold.

In the repository a link is relative to its file, as GitHub follows it. In the site such a page lies below `project/`.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("CONTRIBUTING.md", "CHANGELOG.md", "training/README.md", "models/mini/README.md")
"""The pages that are taken in."""
_DOCS, _PROJECT = "docs/", "project/"
_LINK = re.compile(r"(\]\()([^)#:\s]+)((?:#[^)\s]*)?\))")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Takes them in."""
    for path in OUTSIDE:
        content = (ROOT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, _PROJECT + path, content=content))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - mkdocs names them
    """Turns the links that leave docs/, or come from outside, into those of the site."""
    here = in_repository(page.file.src_uri)

    def moved(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), link[2]))
        there = posixpath.relpath(in_site(target), posixpath.dirname(page.file.src_uri) or ".")
        return f"{link[1]}{there}{link[3]}"

    return _LINK.sub(moved, markdown)


def in_repository(page: str) -> str:
    """The path in the repository of a page of the site."""
    return page.removeprefix(_PROJECT) if page.startswith(_PROJECT) else _DOCS + page


def in_site(path: str) -> str:
    """The place in the site of a file of the repository."""
    return path.removeprefix(_DOCS) if path.startswith(_DOCS) else _PROJECT + path
