"""Where the documents' commands are run: a checkout, a home with scans, and a bucket, as a new user would have them.

Ray is left out (COLORIZER_RAY=none) but where a command asks for it by itself: `make demo` does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from examples.photographs import gray_photographs, paths
from tests.doc_blocks import ROOT, Block
from tests.rgw import Rgw, admin

BUCKET = "archive"
SCANS, SIDE = 3, 320
"""How many photographs, and how many pixels the longer side of each has."""
_LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "demo", "dist", "site", "build", "work", "runs")
)
_DUCKDB = """#!{python}
# What the program `duckdb -c SQL` does, by its library.
import sys, duckdb
print(duckdb.sql(sys.argv[sys.argv.index("-c") + 1]))
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a checkout and a home, and the environment that commands find there."""

    checkout: Path
    home: Path
    environment: Mapping[str, str]

    def run(self, block: Block) -> subprocess.CompletedProcess[str]:
        """Runs a block in the checkout, or writes the file that it is; what it printed, both streams together."""
        if block.title:
            path = self.checkout / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            return subprocess.CompletedProcess([], 0, "")
        command, given = _as_command(block)
        return subprocess.run(
            command, cwd=self.checkout, env=dict(self.environment), input=given, text=True, check=False, timeout=800,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def with_home(self, home: Path) -> Place:
        """The same with another home, which has scans and nothing else."""
        _put_scans(home)
        return Place(self.checkout, home, {**self.environment, "HOME": str(home)})


def place_in(folder: Path, server: Rgw) -> Place:
    """Makes all of it below an empty folder, and a bucket `archive` with photographs on the server."""
    checkout, home, programs = folder / "colorizer", folder / "home", folder / "programs"
    shutil.copytree(ROOT, checkout, ignore=_LEFT_OUT)
    _put_venv(checkout / ".venv")
    programs.mkdir()
    (programs / "duckdb").write_text(_DUCKDB.format(python=sys.executable))
    (programs / "duckdb").chmod(0o755)
    _put_scans(home)
    _put_working_files(checkout, home)
    _put_objects(server)
    path = os.pathsep.join([str(checkout / ".venv" / "bin"), str(programs), os.environ["PATH"]])
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return Place(
        checkout,
        home,
        {
            **kept,
            **server.env(),
            "HOME": str(home),
            "PATH": path,
            "PYTHONPATH": str(checkout),
            "GIT_CEILING_DIRECTORIES": str(folder),  # a diff is applied here, whatever this folder lies in
            "COLORIZER_RAY": "none",
        },
    )


def _as_command(block: Block) -> tuple[list[str], str]:
    if block.language == "python":
        return [sys.executable, "-"], block.text
    if block.language == "sql":
        return ["duckdb", "-c", block.text], ""
    if block.language == "diff":
        return ["git", "apply", "-"], block.text
    return ["bash", "-euo", "pipefail", "-c", block.script()], ""


def _put_venv(venv: Path) -> None:
    """This interpreter's environment as the checkout's own, up to date for make, so that nothing is installed."""
    venv.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != ".installed":
            (venv / entry.name).symlink_to(entry)
    (venv / ".installed").touch()


def _put_scans(home: Path) -> None:
    for number, (name, picture) in enumerate(gray_photographs()):
        if number < SCANS:
            folder = home / "scans" / f"box-{number % 2 + 1}"
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{name}.jpg"), _small(picture))


def _small(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    scale = SIDE / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _put_working_files(checkout: Path, home: Path) -> None:
    """What the documents' commands name in the folder in which they are given."""
    scan = sorted((home / "scans").rglob("*.jpg"))[0]
    shutil.copy(scan, checkout / "old.jpg")
    rows = [f"s3://{BUCKET}/photos/{path.relative_to(home / 'scans')}" for path in sorted(home.rglob("*.jpg"))]
    (checkout / "manifest.csv").write_text("\n".join(["uri", *rows, ""]))


def _put_objects(server: Rgw) -> None:
    s3 = admin(server)
    s3.create_bucket(Bucket=BUCKET)
    for number, (name, picture) in enumerate(gray_photographs()):
        if number < SCANS:
            body = cv2.imencode(".jpg", _small(picture))[1].tobytes()
            s3.put_object(Bucket=BUCKET, Key=f"photos/box-{number % 2 + 1}/{name}.jpg", Body=body)
    for path in list(paths())[:2]:
        body = cv2.imencode(".png", _small(cv2.imread(str(path))))[1].tobytes()
        s3.put_object(Bucket=BUCKET, Key=f"colour/{path.stem}.png", Body=body)
