"""Figures of a model against gray: `python -m training.evaluate --data PARQUET --prior NPY`. Needs no PyTorch.

At the network's output size, through the engine that the job uses; the figures are `score.Score`'s.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import Model
from training import data
from training.colourfulness import colourfulness
from training.model_folder import read_model
from training.score import Floats, Score, flat, heaviest, median, rebalancing, score

SIDE = 16
"""Of the training photographs from which the best constant colour is taken, pixels."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Photographs at the output's size.

    Attributes:
        ids: of each.
        lightness: (n, s, s) CIE L.
        true: (n, 2, s, s) CIE ab.
        predicted: the same, of the model.
    """

    ids: tuple[str, ...]
    lightness: Floats
    true: Floats
    predicted: Floats


@dataclass(frozen=True, slots=True)
class Figures:
    """What each way to colour the photographs comes to.

    Attributes:
        photographs: that could be read.
        scores: by name; the last is the truth's.
        colourfulness: the mean over photographs, by name.
        heaviest: the photograph that counts most in the rebalanced figure: its id.
        share: of all the rebalanced weight that it has.
        without: the scores without it.
    """

    photographs: int
    scores: Mapping[str, Score]
    colourfulness: Mapping[str, float]
    heaviest: str
    share: float
    without: Mapping[str, Score]


def main() -> None:
    options = parse()
    found = figures(read_model(options.model), options.data, options.prior, options.train)
    for name, one in found.scores.items():
        print(f"{name:>12}  {one}, colourfulness {found.colourfulness[name]:5.1f}")
    print(f"\nPhotograph {found.heaviest} alone has {found.share:.0%} of the rebalanced weight. Without it:")
    for name, one in found.without.items():
        print(f"{name:>12}  {one}")


def figures(model: Model, photographs: Path, prior: Path, train: Path | None) -> Figures:
    """Gray, the model, the truth and, where there are training photographs, their best constant colour.

    Args:
        model: of any input size.
        photographs: a Parquet file with the columns id and jpeg.
        prior: (k,) .npy, the share of each bin.
        train: the training photographs' folder, or None.
    """
    pictures = colour(OpenCVEngine(model), photographs)
    ways = {"gray": np.zeros_like(pictures.true)}
    if train:
        constant = median(flat(thumbnails(train)))
        ways[f"ab {constant[0]:.0f} {constant[1]:.0f}"] = ways["gray"] + constant.reshape(1, 2, 1, 1)
    ways |= {model.name: pictures.predicted, "true": pictures.true}
    true = flat(pictures.true)
    weights = rebalancing(true, model.points, np.load(prior, allow_pickle=False).astype(np.float64))
    owners = np.repeat(np.arange(len(pictures.true)), pictures.true[0, 0].size)
    at, share = heaviest(weights, owners)
    but = owners != at
    return Figures(
        photographs=len(pictures.ids),
        scores={name: score(flat(ab), true, weights) for name, ab in ways.items()},
        colourfulness={name: mean_colourfulness(pictures.lightness, ab) for name, ab in ways.items()},
        heaviest=pictures.ids[at],
        share=share,
        without={name: score(flat(ab)[but], true[but], weights[but]) for name, ab in ways.items()},
    )


def colour(engine: OpenCVEngine, photographs: Path) -> Pictures:
    """Every photograph of a Parquet file, true and coloured, in order."""
    ids, lightness, true, predicted = [], [], [], []
    for row in pq.read_table(photographs, columns=["id", "jpeg"]).to_pylist():
        pixels = data.decode(row["jpeg"], longest=1 << 16)
        if pixels is None:
            continue
        seen, ab = data.pair(pixels, engine.input_size)
        predicted.append(engine.forward(seen))
        lightness.append(data.square(pixels, ab.shape[-1])[..., 0])
        true.append(ab)
        ids.append(row["id"])
    return Pictures(tuple(ids), np.stack(lightness), np.stack(true), np.stack(predicted))


def thumbnails(folder: Path) -> Floats:
    """(n, 2, s, s) ab of the training photographs in a folder of Parquet files, of those that have colour."""
    training, _ = data.load(folder)
    return np.stack([data.square(pixels, SIDE)[..., 1:].transpose(2, 0, 1) for pixels in training.pixels])


def mean_colourfulness(lightness: Floats, ab: Floats) -> float:
    """(n, s, s) L − 50 and (n, 2, s, s) ab → the mean over photographs."""
    return float(np.mean([colourfulness(*one) for one in zip(lightness, ab, strict=True)]))


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/mini"), help="a folder of three files")
    parser.add_argument("--data", type=Path, required=True, help="a Parquet file with the columns id and jpeg")
    parser.add_argument(
        "--prior", type=Path, required=True, help="(k,) .npy: share of each bin, for the rebalanced figure"
    )
    parser.add_argument("--train", type=Path, help="the training photographs' folder: adds their best constant colour")
    return parser.parse_args()


if __name__ == "__main__":
    main()
