"""The demo: `make demo`. A small archive of real photographs turned gray, coloured by the job itself on a local Ray.

The contact sheet has each photograph in its true colours where it had some, gray, and coloured; so has the report, a page of the
log with totals and plots, which opens by itself where there is a screen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser
from pathlib import Path

import cv2

from examples.contact_sheet import contact_sheet
from examples.photographs import gray_photographs, paths

DEMO = Path(__file__).resolve().parents[1] / "demo"
ARCHIVE, COLORED, SHEET = DEMO / "archive", DEMO / "colored", DEMO / "contact-sheet.jpg"
TRUE, REPORT = DEMO / "true", DEMO / "report.html"

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


def keep_originals(archive: list[Path], folder: Path) -> None:
    """Writes the true colours of those that had some, under the names that the gray ones have in the archive."""
    for true, gray in zip(paths(), archive, strict=True):
        path = folder / gray.relative_to(ARCHIVE)
        if not path.exists() and _has_colours(true):
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), cv2.imread(str(true), cv2.IMREAD_COLOR))


def report() -> int:
    """Makes the report, says where it is, and opens it where somebody can see it."""
    command = [sys.executable, "-m", "jobs.cli", "report", str(COLORED), "-o", str(REPORT), "--true", str(TRUE)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode == 0:
        print(f"the report: {_shown(REPORT)}", flush=True)
        if sys.stdout.isatty() and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            webbrowser.open(REPORT.as_uri())
    return done.returncode


def main() -> int:
    """Makes the archive, runs the job, and says where everything is."""
    archive = make_archive(ARCHIVE)
    print(f"{len(archive)} photographs in {_shown(ARCHIVE)}", flush=True)
    command = [sys.executable, "-m", "jobs.colorize", str(ARCHIVE), "--out", str(COLORED), "--ray", "local"]
    done = subprocess.run(command, check=False)
    if done.returncode == 0:
        contact_sheet([_strip(true, gray) for true, gray in zip(paths(), archive, strict=True)], SHEET)
        print(f"true, gray and coloured side by side: {_shown(SHEET)}")
        keep_originals(archive, TRUE)
        return report()
    return done.returncode


def _strip(true: Path, gray: Path) -> list[Path]:
    """The versions of a photograph; one that was gray to begin with has no true colours."""
    return [*([true] if _has_colours(true) else []), gray, COLORED / gray.relative_to(ARCHIVE)]


def _has_colours(photograph: Path) -> bool:
    picture = cv2.imread(str(photograph), cv2.IMREAD_UNCHANGED)
    return picture is not None and picture.ndim == 3


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
