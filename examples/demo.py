"""The demo: `make demo`. A small archive of real photographs turned gray, coloured by the job itself on a local Ray.

The contact sheet has each photograph in its true colours where it had some, gray, and coloured.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2

from examples.contact_sheet import contact_sheet
from examples.photographs import gray_photographs, paths

DEMO = Path(__file__).resolve().parents[1] / "demo"
ARCHIVE, COLORED, SHEET = DEMO / "archive", DEMO / "colored", DEMO / "contact-sheet.jpg"

# What archives hold: most of it JPEG, masters as TIFF, some PNG, in folders.
_ENDINGS = ("jpg", "tif", "png", "jpg", "jpg")


def make_archive(folder: Path) -> list[Path]:
    """Writes the gray photographs that are not there yet; their paths, in order."""
    made = []
    for number, (name, picture) in enumerate(gray_photographs()):
        path = folder / f"box-{number // 5 + 1}" / f"{name}.{_ENDINGS[number % len(_ENDINGS)]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            cv2.imwrite(str(path), picture)
        made.append(path)
    return made


def main() -> int:
    """Makes the archive, runs the job, and says where everything is."""
    archive = make_archive(ARCHIVE)
    print(f"{len(archive)} photographs in {_shown(ARCHIVE)}", flush=True)
    command = [sys.executable, "-m", "jobs.colorize", str(ARCHIVE), "--out", str(COLORED), "--ray", "local"]
    done = subprocess.run(command, check=False)
    if done.returncode == 0:
        contact_sheet([_strip(true, gray) for true, gray in zip(paths(), archive, strict=True)], SHEET)
        print(f"true, gray and coloured side by side: {_shown(SHEET)}")
    return done.returncode


def _strip(true: Path, gray: Path) -> list[Path]:
    """The versions of a photograph; one that was gray to begin with has no true colours."""
    picture = cv2.imread(str(true), cv2.IMREAD_UNCHANGED)
    has_colours = picture is not None and picture.ndim == 3
    return [*([true] if has_colours else []), gray, COLORED / gray.relative_to(ARCHIVE)]


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
