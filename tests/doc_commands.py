"""Commands of the documents, looked at without running them: do they exist, with these options?"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from typer.main import get_command

from jobs.cli import app
from tests.doc_blocks import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_OTHERS = frozenset(
    " ".join(
        (
            ". [ awk aws bash cat cd chmod cp curl cut docker duckdb echo exit export false find for git grep",
            "head helm jq kill kind kubectl ls mkdir mv pip printf promtool ray rm sed set sha256sum sleep sort",
            "source ssh systemctl tail tar tee test touch trap true uniq unset uv wait wc while xargs",
        )
    ).split()
)
"""Programs and words of the shell that a document may use; another word is a mistyped one, or a new one for this list."""

_BEFORE = frozenset({"if", "then", "else", "elif", "do", "done", "fi", "time", "sudo", "exec", "!", "{", "}"})
_ASSIGNMENT = re.compile(r"^\w+=")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def simple(line: str) -> Iterator[list[str]]:
    """The words of each simple command of a line of shell, without redirections, assignments and what goes before."""
    joined = line.replace("\\\n", " ")
    lexer = shlex.shlex(joined.partition("\n")[0] if "<<" in line else joined, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    redirected = False
    for token in lexer:
        if set(token) <= set("();|&"):
            yield from _bare(words)
            words = []
        elif set(token) <= set("<>&"):
            redirected = True
        elif redirected:
            redirected = False
        else:
            words.append(token)
    yield from _bare(words)


def check(words: list[str]) -> None:
    """Asserts that a command exists and takes what it is given."""
    program, rest = words[0].rpartition("/")[2], words[1:]
    if program == "colorizer":
        _check_colorizer(rest)
    elif program == "make":
        _check_make(rest)
    elif program in {"python", "python3"} and rest[:1] == ["-m"]:
        _check_module(rest[1], rest[2:])
    elif program == "pip":
        _check_extras(rest)
    elif program == "ray":
        _check_ray(rest)
    else:
        assert program in _OTHERS | {"python", "python3"}, f"{program} is no program that is known here"


def spoken_of(text: str) -> Iterator[str]:
    """The commands that stand in a page's sentences and tables, between backticks."""
    for found in _INLINE.findall(_FENCED.sub("", text)):
        if re.match(r"(colorizer|make|python -m) [\w-]", found):
            yield found


def check_spoken_of(command: str) -> None:
    """Asserts that the command and its options exist; arguments may be missing, or stand for others (LOG, [-o FILE])."""
    words = command.replace("[", " ").replace("]", " ").replace("'", "").split()
    if words[0] == "make":
        _check_make(words[1:])
    elif words[0] == "python":
        _check_module(words[2], words[3:])
    else:
        _check_words(words[1:])


def _bare(words: list[str]) -> Iterator[list[str]]:
    while words and (words[0] in _BEFORE or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    if words[:2] == ["nice", "-n"]:
        words = words[3:]
    if words:
        yield words


@lru_cache
def _app() -> Any:
    return get_command(app)


def _command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words behind its name."""
    command = _app()
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def _check_colorizer(words: list[str]) -> None:
    command, rest = _command(words)
    if hasattr(command, "commands") or "--help" in rest:
        _check_words(words)
    else:
        command.make_context(command.name, list(rest))  # raises what the command line would say


def _check_words(words: list[str]) -> None:
    names, _, behind = (words[0] if words else "").partition("|")
    if behind or (len(words) > 1 and "|" in words[1] and not words[1].startswith("-")):  # models list|fetch
        head = [] if behind else [names]
        for one in (words[0] if behind else words[1]).split("|"):
            _check_words([*head, one])
        return
    command, rest = _command(words)
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    known.add("--help")
    unknown = [word for word in rest if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
    assert not unknown, f"colorizer {' '.join(words)}: there is no {', '.join(unknown)}"
    is_group = hasattr(command, "commands")
    assert not (is_group and rest and not rest[0].startswith("-")), f"there is no command {' '.join(words)}"


def _check_make(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in words if "=" not in word and not word.startswith("-")]
    missing = [one for one in targets if not re.search(rf"^{re.escape(one)}:", makefile, re.MULTILINE)]
    assert not missing, f"make has no {', '.join(missing)}"


def _check_module(module: str, words: list[str]) -> None:
    """Its file is there, and names each option; what does not belong to the project is left alone."""
    path = ROOT.joinpath(*module.split("."))
    if not (ROOT / module.partition(".")[0]).is_dir():
        return
    file = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    assert file.is_file(), f"there is no module {module}"
    if module == "jobs.colorize":
        _check_words(["run", *words])
        return
    source = "".join(one.read_text(encoding="utf-8") for one in (file.parent.glob("*.py") if path.is_dir() else [file]))
    missing = [word for word in words if re.match(r"--?[a-z]", word) and f'"{word.partition("=")[0]}"' not in source]
    assert not missing, f"{module} has no {', '.join(missing)}"


def _check_extras(words: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {
        extra for word in words if (found := re.search(r"colorizer.*\[(.+)\]", word)) for extra in found[1].split(",")
    }
    assert asked <= set(project["optional-dependencies"]), f"there is no extra {asked}"


def _check_ray(words: list[str]) -> None:
    for word in words:
        assert not word.endswith(".yaml") or (ROOT / word).is_file(), f"there is no {word}"
    if "--" in words:
        check(words[words.index("--") + 1 :])
