"""The files of deploy/, read; and what the real command line makes of a command that stands in one of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import typer
import yaml

from jobs.cli import app
from jobs.cli_job import told
from jobs.configuration import configured
from jobs.settings import RunSettings
from tests.runs import ROOT

DEPLOY = ROOT / "deploy"


def settings_of(command: str) -> RunSettings:
    """Of `colorizer run …`, parsed and validated as by the command line, in an empty environment."""
    program, name, *words = shlex.split(command)
    assert (program, name) == ("colorizer", "run")
    group: Any = typer.main.get_command(app)
    parsed = group.commands["run"].make_context("run", words).params
    settings, _ = configured(told(parsed), {})
    return settings


def job_spec(name: str) -> dict[str, Any]:
    """Of a RayJob: of its own file, or of the template of a RayCronJob."""
    spec: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))["spec"]
    return spec.get("jobTemplate", spec)


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction of a Dockerfile, such as COPY, and its words, of one stage."""

    stage: int
    name: str
    words: Sequence[str]

    def sources(self) -> list[str]:
        """Of a COPY from the checkout; none of one from another stage."""
        paths = [word for word in self.words if not word.startswith("--")]
        return (
            [] if any(word.startswith("--from=") for word in self.words) else [path.rstrip("/") for path in paths[:-1]]
        )


def dockerfile() -> list[Step]:
    """The instructions, in order; lines that go on are one."""
    return list(_steps((DEPLOY / "Dockerfile").read_text(encoding="utf-8")))


def _steps(text: str) -> Iterator[Step]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stage = -1
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, *words = line.split()
        stage += name == "FROM"
        yield Step(stage, name, words)
