"""Writes a checkpoint as the three files of a model: `python -m training.export RUN FOLDER`.

Refuses where cv2.dnn and PyTorch differ by more than 0.05 in ab: then the files would not be what was trained.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import load_model
from colorizer_core.network import zhang2016
from colorizer_core.network.caffe import write_blobs, write_prototxt
from colorizer_core.palette import save_points
from training.checkpoint import Checkpoint, State, load_checkpoint
from training.encoding import encoding
from training.model_folder import write_model
from training.network import INPUT_SCALE, Network

Blob = npt.NDArray[np.float32]
DIFFERENCE = 0.05


def main() -> int:
    options = parse()
    run = load_checkpoint(options.run)
    prototxt, caffemodel, points = files(run)
    apart = difference(run, OpenCVEngine(load_model("exported", prototxt, caffemodel, points), 2))
    print(f"{run.step} steps, {run.photographs} photographs, {run.seconds / 60:.0f} min; held out: {run.held_out}")
    print(f"cv2.dnn and PyTorch are at most {apart:.4f} apart in ab")
    if apart > DIFFERENCE:
        return 1
    write_model(options.folder, prototxt, caffemodel, points)
    return 0


def files(run: Checkpoint) -> tuple[bytes, bytes, bytes]:
    """Prototxt, caffemodel and palette of the averaged network."""
    layers = zhang2016.layers(run.width, run.size, len(run.points))
    weights = {layer.name: blobs(layer.name, run.average) for layer in layers}
    held = {name: found for name, found in weights.items() if found}
    points = np.rint(run.points.numpy())
    whole = points.astype(np.int64) if np.array_equal(points, run.points.numpy()) else run.points.numpy()
    return write_prototxt("LtoAB", layers), write_blobs("LtoAB", held), save_points(whole)


def blobs(name: str, state: State) -> list[Blob]:
    """The weights of one layer as Caffe keeps them; none for a layer without."""
    own = {key.rpartition(".")[2]: value.numpy() for key, value in state.items() if key.split(".")[-2] == name}
    if "running_mean" in own:
        return [own["running_mean"], own["running_var"], np.ones(1, np.float32)]
    if "weight" not in own:
        return []
    first = own["weight"].shape[1] == 1
    return [own["weight"] / INPUT_SCALE if first else own["weight"], own["bias"]]


@torch.no_grad()
def difference(run: Checkpoint, engine: OpenCVEngine) -> float:
    """The farthest that the two runtimes are apart on a walk through all lightnesses, CIE units."""
    network = Network(run.width, len(run.points)).eval()
    network.load_state_dict(run.average)
    steps = np.random.default_rng(0).normal(0, 2, (run.size, run.size))
    lightness = np.clip(np.cumsum(steps, axis=1), -50, 50).astype(np.float32)
    logits = network(torch.from_numpy(lightness)[None, None])
    expected = encoding(run.points.numpy()).annealed_mean(logits)[0].numpy()
    return float(np.abs(engine.forward(lightness) - expected).max())


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("run", type=Path, help="the run's folder, with its checkpoint.pt")
    parser.add_argument("folder", type=Path, help="takes the three files")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
