"""A command that is a job over a manifest: flags → settings → one function → what it says, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, Protocol, TypeVar

import typer

from jobs.summary import INTERRUPTED

if TYPE_CHECKING:
    from jobs.settings import WorkSettings

EXIT_CODES = (
    "Exit codes: 0 complete · 1 internal error · 2 usage · 3 complete, more failures than --tolerate · 4 stopped "
    "by the world (credentials, a full disk) or the breaker · 5 preflight failed, nothing was done · 6 another run is active · "
    "75 stopped early; run again to go on · 130 Ctrl-C twice; likewise."
)
"""For the end of a job's --help."""


class Account(Protocol):
    """What a command says."""

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        ...

    def lines(self) -> Iterable[str]:
        """For people."""
        ...


class Result(Account, Protocol):
    """What a job came to."""

    @property
    def exit_code(self) -> int:
        """Of the command."""
        ...


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a command: the text to print, and the exit code."""

    text: str
    exit_code: int


Settings = TypeVar("Settings", bound="WorkSettings")


def text_of(account: Account, as_json: bool) -> str:
    """What a command prints."""
    return json.dumps(account.as_dict(), indent=2) if as_json else "\n".join(account.lines())


def told(flags: Mapping[str, Any]) -> dict[str, Any]:
    """A command's own parameters as the flags that `configured` takes."""
    return {"json" if name == "as_json" else name: value for name, value in flags.items()}


def came_of(configured: tuple[Settings, bool], run: Callable[[Settings, BinaryIO | None], Result]) -> Came:
    """Does the work."""
    settings, as_json = configured
    stdin = sys.stdin.buffer if settings.manifest == "-" else None
    with redirect_stdout(sys.stderr):  # Ray tells of dead nodes on standard output, which is the summary's
        result = run(settings, stdin)
    return Came(text_of(result, as_json), result.exit_code)


def finish(work: Callable[[], Came]) -> NoReturn:
    """Prints what came of it, and ends the command."""
    try:
        came = work()
    except KeyboardInterrupt:
        typer.echo("interrupted; the same command goes on from here", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(came.text)
    raise typer.Exit(came.exit_code)
