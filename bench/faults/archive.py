"""The archive that a campaign colours: small photographs, a few bad files, a few rows twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.faults.trap import PLATE
from tests import runs

_PICTURES = 64
"""Different ones; the others are copies under other names."""


def photographs(count: int) -> dict[str, bytes]:
    """Files by path. Four of them are no photographs."""
    pictures = [runs.picture(seed) for seed in range(min(count, _PICTURES))]
    files = {f"box-{n // 100:02d}/{PLATE}{n:05d}.jpg": pictures[n % len(pictures)] for n in range(count)}
    files["box-00/empty.jpg"] = b""
    files["box-00/letter.jpg"] = b"Dear sir, the plates of box 7 are broken."
    files["box-00/torn.jpg"] = pictures[0][:200]
    files["box-00/bomb.png"] = runs.bomb()
    return files


def write_manifest(path: Path, source: str, files: Mapping[str, bytes]) -> None:
    """A csv of all of them below `source`, the first ten twice."""
    names = [*files, *list(files)[:10]]
    path.write_text("uri,output_key\n" + "".join(f"{source}/{name},{name}\n" for name in names), encoding="utf-8")
