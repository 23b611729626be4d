"""What every command says of itself: help of 100 columns with an example, the right word for a mistyped one, completion."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.main import get_command

from jobs.cli import app, main
from tests import runs


def commands() -> Iterator[list[str]]:
    """The arguments of each command, and of each group of them."""

    def below(command: object, path: list[str]) -> Iterator[list[str]]:
        yield path
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, [*path, name])

    yield from below(get_command(app), [])


COMMANDS = list(commands())
NAMES = [" ".join(["colorizer", *command]) for command in COMMANDS]


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def completed(**environment: str) -> str:
    """What a shell that completes is given, by a process of its own."""
    whole = os.environ | environment
    return subprocess.run(
        [sys.executable, "-c", "from jobs.cli import main; main()"],
        cwd=runs.ROOT, env=whole, capture_output=True, text=True, timeout=120,
    ).stdout  # fmt: skip


def test_every_command_is_looked_at():
    assert {"colorizer status", "colorizer failures", "colorizer doctor", "colorizer models export"} <= set(NAMES)
    assert len(COMMANDS) >= 14


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_help_fits_and_has_an_example_of_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str], width: int
):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(
        "typer.rich_utils.MAX_WIDTH", width
    )  # read from the environment once, when it is first imported
    code, out, _ = called(capsys, *command, "--help")
    assert (code, max(map(len, out.splitlines())) <= width) == (0, True)
    assert f"Example: {' '.join(['colorizer', *command])}" in out


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        (["statsu"], "status"),
        (["docter"], "doctor"),
        (["failure"], "failures"),
        (["models", "fetsh"], "fetch"),
        (["status", "x", "--wacth"], "--watch"),
        (["failures", "x", "-o", "y", "--curent"], "--current"),
        (["failures", "x", "-o", "y", "--code", "NOT_FUOND"], "NOT_FOUND"),
        (["doctor", "--model-cahce", "x"], "--model-cache"),
        (["run", "m.csv", "--oout", "x"], "--out"),
        (["image", "a", "b", "--qualty", "3"], "--quality"),
        (["palette", "m.csv", "--metod", "grid"], "--method"),
    ],
)
def test_a_mistyped_word_is_met_with_the_one_that_is_meant(
    capsys: pytest.CaptureFixture[str], mistyped: list[str], meant: str
):
    code, _, err = called(capsys, *mistyped)
    assert (code, meant in err) == (2, True), err


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete -o default -F"), ("zsh", "compdef"), ("fish", "complete")]
)
def test_the_script_for_a_shell_is_printed(shell: str, word: str):
    script = completed(_COLORIZER_COMPLETE=f"source_{shell}")
    assert word in script
    assert "_COLORIZER_COMPLETE" in script


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("colorizer sta", ["status"]),
        ("colorizer failures --c", ["--code", "--current"]),
        ("colorizer models ex", ["export"]),
    ],
)
def test_words_are_completed(words: str, expected: list[str]):
    count = str(len(words.split()) - 1)
    given = completed(_COLORIZER_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count)
    assert given.split() == expected


def test_the_script_for_bash_is_taken_by_bash():
    script = completed(_COLORIZER_COMPLETE="source_bash")
    ended = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p colorizer"], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, "colorizer" in ended.stdout) == (0, True), ended.stderr
