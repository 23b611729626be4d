"""Debian's exiftool, which knows nothing of this project: it writes the sources' metadata, and reads what outputs carry."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

needed = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")


def write(path: Path, *assignments: str) -> None:
    """Adds metadata to a file, in its own way."""
    subprocess.run(["exiftool", "-q", "-q", "-m", "-overwrite_original", *assignments, path], check=True)


def read(*paths: Path) -> dict[str, dict[str, Any]]:
    """Every tag of each file, as group:name, by the file's name; numbers as they are stored, unknown tags too."""
    command = ["exiftool", "-j", "-G1", "-a", "-u", "-n", "-struct", *paths]
    listed = json.loads(subprocess.run(command, check=False, capture_output=True).stdout)
    return {Path(tags["SourceFile"]).name: tags for tags in listed}
