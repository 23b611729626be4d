"""What rows take, from the log of a small real run: `python -m bench.row_seconds` writes it down for the simulation."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import cv2
import pyarrow.dataset as ds

from examples.photographs import gray_photographs
from jobs import colorize
from jobs.machine import cpu_name
from jobs.outcome import STAGES
from jobs.settings import RunSettings

RECORDED = Path(__file__).with_name("row_seconds.json")
WIDTHS = (600, 1500, 3500)


def record() -> list[float]:
    """Seconds of a worker for each of 30 photographs of all sizes: the log's stages, added up."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in")
        source.mkdir()
        for name, picture in gray_photographs():
            for width in WIDTHS:
                size = (width, width * picture.shape[0] // picture.shape[1])
                cv2.imwrite(str(source / f"{name}-{width}.jpg"), cv2.resize(picture, size))
        settings = RunSettings(manifest=str(source), out=str(Path(folder, "out")), ray="none")
        colorize.run(settings, None, io.StringIO())
        rows = ds.dataset(Path(folder, "out", "colorizer-log"), format="parquet").to_table().to_pylist()
    return sorted(round(sum(row[f"t_{stage}_ms"] for stage in STAGES) / 1000, 4) for row in rows)


def main() -> None:
    content = {"processor": cpu_name(), "model": "mini", "seconds": record()}
    RECORDED.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {RECORDED.name}: {content['seconds']}")


if __name__ == "__main__":
    main()
