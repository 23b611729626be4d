"""A collection's own colours: `python -m examples.own_colours SHEET`.

Three photographs: gray, coloured, and coloured with a palette of eight colours, those of the demo's photographs before they
were made gray.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from examples.contact_sheet import contact_sheet
from examples.demo import make_archive
from examples.photographs import paths

_SHOWN = ("coffee", "china", "flower")
_COLOURS = 8


def own_colours(sheet: Path, folder: Path) -> None:
    """Writes the sheet; everything else goes into `folder`.

    Raises:
        CalledProcessError: a command failed.
    """
    collection, gray, palette = folder / "collection", folder / "gray", folder / "palette.npy"
    collection.mkdir()
    for path in paths():
        shutil.copy(path, collection)
    archive = [path for path in make_archive(gray) if path.stem in _SHOWN]
    _colorizer("palette", collection, "-o", palette, "-k", _COLOURS)
    _colorizer("run", gray, "--out", folder / "plain")
    _colorizer("run", gray, "--out", folder / "own", "--palette", palette)
    versions = (gray, folder / "plain", folder / "own")
    contact_sheet([[version / path.relative_to(gray) for version in versions] for path in archive], sheet)


def _colorizer(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "jobs.cli", *map(str, arguments), "--ray", "none"], check=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.own_colours", description=__doc__)
    parser.add_argument("sheet", type=Path, help="the JPEG to write")
    with TemporaryDirectory() as folder:
        own_colours(parser.parse_args().sheet, Path(folder))


if __name__ == "__main__":
    main()
