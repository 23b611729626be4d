"""The exit codes of all commands, each with its cause and what to do: the second table of docs/codes.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExitCode:
    """One code of some commands."""

    number: int
    commands: tuple[str, ...]
    cause: str
    remedy: str


_JOBS = ("run", "palette")

EXIT_CODES = (
    ExitCode(
        0,
        (),
        "Done. Of `run` and `palette`: complete, and the failures that are new in this run are within `--tolerate` "
        "(default: none). Of `status`: told; of `doctor`: all ok, or only doubtful.",
        "Nothing. `colorizer failures` has what failed in earlier runs.",
    ),
    ExitCode(1, (), "An internal error.", "Tell us, with the message; the same command goes on from where it was."),
    ExitCode(
        2,
        (),
        "The command can't be understood: an option, a value, an engine that is not installed. Of `report` also: "
        "there is no log.",
        "The message names it, and mostly the word that is meant.",
    ),
    ExitCode(
        3,
        _JOBS,
        "Complete, and more rows failed than `--tolerate` allows.",
        "`colorizer failures` writes them down; each code's line above says what to do. Or allow them, with `--tolerate`.",
    ),
    ExitCode(
        3,
        ("verify",),
        "Something is not held, not proven, or in doubt.",
        "[verify.md](verify.md) says what to do about each finding.",
    ),
    ExitCode(
        4,
        (*_JOBS, "verify"),
        "Stopped by the world (a code of that kind), or by the breaker (`MOST_ROWS_FAILED`).",
        "The code's line above; then the same command goes on.",
    ),
    ExitCode(
        4,
        ("status",),
        "Stale: the driver is gone or cut off.",
        "Look at its machine; the same `run` goes on.",
    ),
    ExitCode(
        5,
        _JOBS,
        "Preflight failed, nothing was done: a manifest, model, place or palette that can't be used, or the world.",
        "The message says what; `colorizer doctor` looks at all of it.",
    ),
    ExitCode(
        5,
        ("image", "models"),
        "The photograph or model can't be had, read or coloured, or the output not be written.",
        "The message has the code; its line above says what to do.",
    ),
    ExitCode(
        5,
        ("status", "failures", "report", "verify"),
        "There is no such log or run (2 of `report`), the log can't be read, or the file not be written.",
        "Check the place: the log's folder, or the run's `--out`.",
    ),
    ExitCode(5, ("doctor",), "Something fails, and a run would.", "Each failing line says what to do, in order."),
    ExitCode(
        6,
        _JOBS,
        "Another run is active on this log or output, or has taken it over: it is named.",
        "Leave it to that run, or stop that one first.",
    ),
    ExitCode(
        75,
        _JOBS,
        "Stopped early by SIGTERM, Ctrl-C or `--deadline`, or no worker came for `--wait-nodes`. What was in hand is logged.",
        "The same command goes on.",
    ),
    ExitCode(
        75, ("verify",), "Stopped early by SIGTERM or Ctrl-C; what was proven until then is said.", "Verify again."
    ),
    ExitCode(
        130,
        (*_JOBS, "verify"),
        "A second Ctrl-C while it stopped: what was in hand is left in doubt.",
        "The same command does it again.",
    ),
)


def exit_codes() -> str:
    """The table."""
    head = "\n# Exit codes\n\n| exit code | of | cause | what to do |\n|---|---|---|---|\n"
    return head + "".join(_line(code) for code in EXIT_CODES)


def _line(code: ExitCode) -> str:
    commands = ", ".join(f"`{one}`" for one in code.commands) or "all"
    return f"| {code.number} | {commands} | {code.cause} | {code.remedy} |\n"
