"""A contact sheet: each photograph beside its derivative. `python -m examples.contact_sheet SHEET PHOTOGRAPH DERIVATIVE …`."""

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


def contact_sheet(pairs: Sequence[tuple[Path, Path]], sheet: Path) -> None:
    """Writes `sheet`, a JPEG, with every (photograph, derivative) pair side by side.

    Raises:
        FileNotFoundError: one of them can't be read.
    """
    lines: list[list[Pixels]] = [[]]
    for pair in pairs:
        together = np.hstack([_scaled(path) for path in pair])
        if lines[-1] and sum(one.shape[1] + _GAP for one in lines[-1]) + together.shape[1] > _WIDTH:
            lines.append([])
        lines[-1].append(together)
    height = len(lines) * (_HEIGHT + _GAP) + _GAP
    width = max(sum(one.shape[1] + _GAP for one in line) for line in lines) + _GAP
    paper = np.full((height, width, 3), _PAPER, np.uint8)
    for number, line in enumerate(lines):
        top, left = _GAP + number * (_HEIGHT + _GAP), _GAP
        for one in line:
            paper[top : top + _HEIGHT, left : left + one.shape[1]] = one
            left += one.shape[1] + _GAP
    cv2.imwrite(str(sheet), paper, [cv2.IMWRITE_JPEG_QUALITY, 88])


def _scaled(path: Path) -> Pixels:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(f"{path} can't be read")
    width = round(picture.shape[1] * _HEIGHT / picture.shape[0])
    return cv2.resize(picture, (width, _HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.contact_sheet", description=__doc__)
    parser.add_argument("sheet", type=Path, help="the JPEG to write")
    parser.add_argument("pictures", type=Path, nargs="+", help="a photograph, its derivative, the next photograph, …")
    options = parser.parse_args()
    if len(options.pictures) % 2:
        parser.error("every photograph needs its derivative")
    contact_sheet(list(zip(options.pictures[::2], options.pictures[1::2], strict=True)), options.sheet)


if __name__ == "__main__":
    main()
