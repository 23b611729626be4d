"""A local Ray asks for a token that stands nowhere, and listens to this machine alone."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.ray_token import token_authentication
from tests import runs

LOOPBACK = "0100007F"
AUTH = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ({}, r"[0-9a-f]{64}"),
        ({"RAY_AUTH_MODE": "disabled"}, r"[0-9a-f]{64}"),
        ({"RAY_AUTH_TOKEN": "mine"}, "mine"),
        ({"RAY_AUTH_TOKEN_PATH": "/mine"}, ""),
    ],
)
def test_ray_starts_without_a_mode_and_with_the_users_token_or_its_own(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], token: str
):
    for name in AUTH:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with token_authentication():
        assert "RAY_AUTH_MODE" not in os.environ  # Ray turns it on itself
        assert re.fullmatch(token, os.environ.get("RAY_AUTH_TOKEN", ""))
        os.environ["RAY_AUTH_MODE"] = "token"  # as Ray does
    assert dict(os.environ) == before


def status(url: str, token: str | None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@dataclass(frozen=True, slots=True)
class Process:
    """One of Linux, as `/proc` tells it."""

    pid: int
    words: tuple[str, ...]

    def option(self, name: str) -> str:
        return next(word.partition("=")[2] for word in self.words if word.startswith(f"--{name}="))

    def environment(self) -> dict[str, str]:
        lines = Path(f"/proc/{self.pid}/environ").read_bytes().decode().split("\0")
        return dict(line.split("=", 1) for line in lines if "=" in line)


def below(pid: int) -> Iterator[Process]:
    """The processes that a process has started, and those that they have."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            yield Process(child, tuple(Path(f"/proc/{child}/cmdline").read_text().split("\0")))
            yield from below(child)


def listens_at(process: Process) -> dict[int, set[str]]:
    """The addresses (hexadecimal, IPv4 or IPv6) at which a process listens, by port."""
    links = [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir() if link.is_symlink()]
    own = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")}
    lines = [
        line.split() for table in ("tcp", "tcp6") for line in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    found: dict[int, set[str]] = {}
    for line in lines:
        if line[3] == "0A" and line[9] in own:
            address, _, port = line[1].partition(":")
            found.setdefault(int(port, 16), set()).add(address)
    return found


def test_the_dashboard_of_a_local_run_is_on_loopback_and_asks_for_a_token_that_is_in_no_file(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 40), tmp_path / "out"
    process = runs.command(
        source, out, "--ray", "local", "--engine", runs.SLOW, "--workers", "1", RAY_AUTH_MODE="disabled"
    )
    try:
        runs.wait_for(lambda: any(out.glob("colorizer-log/run=*/_open/*")))
        found = list(below(process.pid))
        dashboard = next(one for one in found if any(word.endswith("dashboard.py") for word in one.words))
        wanted, session = int(dashboard.option("port")), dashboard.option("session-dir")
        ports = listens_at(dashboard)
        port = min(port for port in ports if port >= wanted)  # the next free one, where another Ray has it
        token = dashboard.environment()["RAY_AUTH_TOKEN"]
        url = f"http://127.0.0.1:{port}/api/version"
        assert [status(url, given) for given in (None, "0" * 64, token)] == [401, 403, 200]
        assert ports[port] == {LOOPBACK}
        assert not [word for one in found for word in one.words if token in word]
    finally:
        stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    assert token not in stdout + stderr
    files = [path for folder in (Path(session), out) for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [str(path) for path in files if token.encode() in path.read_bytes()] == []
