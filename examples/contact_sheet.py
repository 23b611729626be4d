"""A contact sheet: a photograph's versions side by side. `python -m examples.contact_sheet SHEET PHOTOGRAPH DERIVATIVE …`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

_HEIGHT = 220
_GAP = 8
_WIDTH = 1400
_PAPER = 245

Pixels = npt.NDArray[np.uint8]


def contact_sheet(strips: Sequence[Sequence[Path]], sheet: Path) -> None:
    """Writes `sheet`, a JPEG, with the pictures of every strip side by side.

    Raises:
        FileNotFoundError: one of them can't be read.
    """
    paper = lay_out([[_read(path) for path in strip] for strip in strips])
    cv2.imwrite(str(sheet), paper, [cv2.IMWRITE_JPEG_QUALITY, 88])


def lay_out(strips: Sequence[Sequence[Pixels]], tall: int = _HEIGHT) -> Pixels:
    """The strips, scaled to one height, in rows of as many as fit. Pictures and sheet: (h, w, 3) uint8."""
    rows: list[list[Pixels]] = [[]]
    for strip in strips:
        together = np.hstack([_scaled(picture, tall) for picture in strip])
        if rows[-1] and sum(one.shape[1] + _GAP for one in rows[-1]) + together.shape[1] > _WIDTH:
            rows.append([])
        rows[-1].append(together)
    height = len(rows) * (tall + _GAP) + _GAP
    width = max(sum(one.shape[1] + _GAP for one in row) for row in rows) + _GAP
    paper = np.full((height, width, 3), _PAPER, np.uint8)
    for number, row in enumerate(rows):
        top, left = _GAP + number * (tall + _GAP), _GAP
        for one in row:
            paper[top : top + tall, left : left + one.shape[1]] = one
            left += one.shape[1] + _GAP
    return paper


def _read(path: Path) -> Pixels:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(f"{path} can't be read")
    return picture.astype(np.uint8, copy=False)


def _scaled(picture: Pixels, tall: int) -> Pixels:
    width = round(picture.shape[1] * tall / picture.shape[0])
    return cv2.resize(picture, (width, tall), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.contact_sheet", description=__doc__)
    parser.add_argument("sheet", type=Path, help="the JPEG to write")
    parser.add_argument("pictures", type=Path, nargs="+", help="a photograph, its derivative, the next photograph, …")
    parser.add_argument("--each", type=int, default=2, help="versions of a photograph (default: 2)")
    options = parser.parse_args()
    pictures, each = options.pictures, options.each
    if len(pictures) % each:
        parser.error(f"{len(pictures)} pictures are not {each} of every photograph")
    contact_sheet([pictures[first : first + each] for first in range(0, len(pictures), each)], options.sheet)


if __name__ == "__main__":
    main()
