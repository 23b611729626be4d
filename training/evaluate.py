"""Figures of a model against gray: `python -m training.evaluate --data PARQUET --prior NPY`. Needs no PyTorch.

At the network's output size, through the engine that the job uses; the figures are `score.Score`'s.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from colorizer_core.engines.opencv import OpenCVEngine
from training.data import decode, pair
from training.model_folder import read_model
from training.score import Floats, score


def main() -> None:
    options = parse()
    model = read_model(options.model)
    engine = OpenCVEngine(model)
    prior = np.load(options.prior, allow_pickle=False).astype(np.float64)
    predicted, true = predictions(engine, options.data)
    gray = np.zeros_like(true)
    print(f"{len(true)} pixels of {options.data.name}, true chroma {np.linalg.norm(true, axis=1).mean():.2f}")
    print(f"{'gray':>10}  {score(gray, true, model.points, prior)}")
    print(f"{model.name:>10}  {score(predicted, true, model.points, prior)}")


def predictions(engine: OpenCVEngine, photographs: Path) -> tuple[Floats, Floats]:
    """(n, 2) predicted and (n, 2) true ab of every output pixel of every photograph, in order."""
    predicted, true = [], []
    for jpeg in pq.read_table(photographs, columns=["jpeg"])["jpeg"].to_pylist():
        pixels = decode(jpeg, longest=1 << 16)
        if pixels is None:
            continue
        lightness, colours = pair(pixels, engine.input_size)
        predicted.append(engine.forward(lightness).reshape(2, -1).T)
        true.append(colours.reshape(2, -1).T)
    return np.concatenate(predicted), np.concatenate(true)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/mini"), help="a folder of three files")
    parser.add_argument("--data", type=Path, required=True, help="a Parquet file with a column jpeg")
    parser.add_argument(
        "--prior", type=Path, required=True, help="(k,) .npy: share of each bin, for the rebalanced figure"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
