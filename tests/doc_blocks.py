"""What stands in the documents' fences, and which of it is run.

A fence is run unless the lines right before it say why not:

    <!-- not-run: the reason -->             all of it
    <!-- not-run PREFIX: the reason -->      its lines that begin with PREFIX; as many such comments as there are reasons

A fence with title="FILE", of whatever language, is written to that file; one of Python without a title is run. A diff is applied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "training/README.md", "models/mini/README.md"),
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)
SHELL = frozenset({"", "sh", "bash", "console"})
RUN = SHELL | {"python", "sql", "diff"}
DATA = frozenset({"text", "yaml", "json", "jsonl", "toml", "csv", "ini", "promql", "hcl", "dockerfile", "xml", "html"})
"""Languages of what is only read."""

_FENCE = re.compile(r"^ *```(?P<language>[\w-]*)(?P<rest>.*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_MARK = re.compile(r"^<!-- not-run(?P<prefix> [^:]+?)?:(?P<reason>.*)-->$")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a block is not run: all of it, or its lines that begin with `prefix`."""

    prefix: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a shell block, joined with those that continue it, and why it is not run."""

    text: str
    not_run: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """One fence. `line` counts from 1 in its page."""

    page: str
    line: int
    language: str
    title: str | None
    text: str
    marks: tuple[Mark, ...]

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def not_run(self) -> str | None:
        """Why none of it is run."""
        return next((mark.reason for mark in self.marks if not mark.prefix), None)

    def lines(self) -> tuple[Line, ...]:
        """Of a shell block: its commands, a line each; a here-document goes with the line that opens it."""
        return tuple(Line(text, self._reason(text)) for text in _logical(self._commands()))

    def script(self) -> str:
        """Of a shell block: what is run of it."""
        return "\n".join(line.text for line in self.lines() if line.not_run is None)

    def _reason(self, text: str) -> str | None:
        return next((mark.reason for mark in self.marks if text.lstrip().startswith(mark.prefix)), None)

    def _commands(self) -> list[str]:
        lines = self.text.splitlines()
        return lines if self.language != "console" else [line[2:] for line in lines if line.startswith("$ ")]


def blocks(page: str) -> tuple[Block, ...]:
    """Every fence of a page, in order."""
    return parsed(page, (ROOT / page).read_text(encoding="utf-8"))


def parsed(page: str, text: str) -> tuple[Block, ...]:
    """Every fence of a page's text, in order."""
    found: list[Block] = []
    lines = text.splitlines()
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if opened is None:
            opened = number, fence
            continue
        start, head = opened
        title = _TITLE.search(head["rest"])
        body = "\n".join(lines[start + 1 : number]) + "\n"
        found.append(Block(page, start + 1, head["language"], title and title[1], body, _marks(lines, start)))
        opened = None
    assert opened is None, f"{page}: a fence that is not closed"
    return tuple(found)


def marks_in(text: str) -> int:
    """How many marks a page has, wherever they stand."""
    return len(re.findall(r"^\s*<!--\s*not-run", text, re.MULTILINE))


def _marks(lines: list[str], start: int) -> tuple[Mark, ...]:
    found: list[Mark] = []
    while start > 0 and (mark := _MARK.match(lines[start - 1].strip())):
        found.append(Mark((mark["prefix"] or "").strip(), mark["reason"].strip()))
        start -= 1
    return tuple(found)


def _logical(lines: list[str]) -> list[str]:
    found: list[str] = []
    end: str | None = None  # of the here-document that is open
    for line in lines:
        if end is not None or (found and found[-1].endswith("\\")):
            found[-1] += "\n" + line
            end = None if line.strip() == end else end
            continue
        if line.strip():
            found.append(line)
            heredoc = _HEREDOC.search(line)
            end = heredoc[1] if heredoc else None
    return found
