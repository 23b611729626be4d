"""Writes a checkpoint as the three files of a model: `python -m training.export RUN FOLDER --data DIR`.

The last layer is calibrated on the photographs held out; the weights are stored in half precision. Refuses where cv2.dnn and
PyTorch differ by more than 0.05 in ab in single precision, for then the files would not be what was trained, or by what
can be seen in half precision.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import load_model
from colorizer_core.network import zhang2016
from colorizer_core.network.caffe import write_blobs, write_prototxt
from colorizer_core.network.layer import Layer
from colorizer_core.palette import save_points
from training import data
from training.calibration import Calibration, calibrate
from training.checkpoint import Checkpoint, load_checkpoint
from training.encoding import class_weights, encoding
from training.model_folder import write_model
from training.network import Network

Blob = npt.NDArray[np.float32]
DIFFERENCE = 0.05
VISIBLE = 2.3  # CIE units: the just noticeable difference (Mahy et al. 1994)
BATCH_NORM_EPSILON = 1e-5
"""Caffe's, which the prototxt leaves at its default."""
EACH = 2  # row and column of the ab maps that the calibration looks at

NAME = "exported.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was last exported of a run.

    Attributes:
        sha256: of the caffemodel.
        is_calibrated: whether the calibration was found on photographs held out; else it was given.
        calibration: of the last layer.
    """

    sha256: str
    is_calibrated: bool
    calibration: Calibration


def load_exported(run: Path) -> Exported:
    """What was last exported of the run. Raises `FileNotFoundError` where nothing was."""
    told = json.loads((run / NAME).read_text(encoding="utf-8"))
    return Exported(told["sha256"], told["is_calibrated"], Calibration(**told["calibration"]))


def main() -> int:
    options = parse()
    run = load_checkpoint(options.run)
    network = averaged(run)
    calibration = find_calibration(run, network, options.data) if options.data else Calibration(*options.calibration)
    change(run, network, calibration)
    layers = zhang2016.layers(run.width, run.size, len(run.points))
    prototxt, blobs, points = write_prototxt("LtoAB", layers), blobs_of(network, layers), points_of(run)
    print(f"{run.step} steps, {run.photographs} photographs, {run.seconds / 60:.0f} min")
    for half, limit in ((False, DIFFERENCE), (True, VISIBLE)):
        caffemodel = write_blobs("LtoAB", blobs, half)
        apart = difference(run, network, OpenCVEngine(load_model("exported", prototxt, caffemodel, points), 2))
        print(f"cv2.dnn in {'half' if half else 'single'} precision and PyTorch are at most {apart:.4f} apart in ab")
        if apart > limit:
            return 1
    write_model(options.folder, prototxt, caffemodel, points)
    exported = Exported(hashlib.sha256(caffemodel).hexdigest(), options.data is not None, calibration)
    (options.run / NAME).write_text(json.dumps(asdict(exported)), encoding="utf-8")
    return 0


def find_calibration(run: Checkpoint, network: Network, folder: Path) -> Calibration:
    """The best one on the photographs held out."""
    inputs, true = data.pairs(data.load(folder)[1], run.size)
    with torch.no_grad():
        logits = torch.cat([network(part)[..., ::EACH, ::EACH] for part in torch.from_numpy(inputs).split(16)])
    seen, classes = torch.from_numpy(true)[..., ::EACH, ::EACH], class_weights(run.prior, run.uniform)
    found, figures = calibrate(logits, seen, encoding(run.points.numpy()), run.prior, classes)
    print(f"{found}\nheld out: {figures}")
    return found


def change(run: Checkpoint, network: Network, calibration: Calibration) -> None:
    """Puts a calibration into the last layer."""
    last = network.logits
    weight, bias = calibration.apply(last.weight.detach(), last.bias.detach(), class_weights(run.prior, run.uniform))
    last.weight.data, last.bias.data = weight, bias


def blobs_of(network: Network, layers: Sequence[Layer]) -> dict[str, list[Blob]]:
    """The weights as Caffe keeps them. The published BatchNorms do nothing: those that learnt are folded."""
    learnt = {name: [kernel.numpy(), bias.numpy()] for name, (kernel, bias) in network.blobs().items()}
    channels = {layer.name: layer.convolution.outputs for layer in layers if layer.convolution}
    return learnt | {layer.name: nothing(channels[layer.bottoms[0]]) for layer in layers if layer.type == "BatchNorm"}


def nothing(channels: int) -> list[Blob]:
    """A BatchNorm that changes nothing: mean, variance, and what both are divided by."""
    zeros = np.zeros(channels, np.float32)
    return [zeros, zeros + np.float32(1 - BATCH_NORM_EPSILON), np.ones(1, np.float32)]


def points_of(run: Checkpoint) -> bytes:
    """The palette's file; of whole numbers where they are whole, as the published one."""
    points = run.points.numpy()
    whole = np.rint(points)
    return save_points(whole.astype(np.int64) if np.array_equal(whole, points) else points)


def averaged(run: Checkpoint) -> Network:
    """The averaged network, ready to compute."""
    network = Network(run.width, len(run.points)).eval()
    network.load_state_dict(run.average)
    return network


@torch.no_grad()
def difference(run: Checkpoint, network: Network, engine: OpenCVEngine) -> float:
    """The farthest that the two runtimes are apart on a walk through all lightnesses, CIE units."""
    steps = np.random.default_rng(0).normal(0, 2, (run.size, run.size))
    lightness = np.clip(np.cumsum(steps, axis=1), -50, 50).astype(np.float32)
    logits = network(torch.from_numpy(lightness)[None, None])
    expected = encoding(run.points.numpy()).annealed_mean(logits)[0].numpy()
    return float(np.linalg.norm(engine.forward(lightness) - expected, axis=0).max())


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("run", type=Path, help="the run's folder, with its checkpoint.pt")
    parser.add_argument("folder", type=Path, help="takes the three files")
    found = parser.add_mutually_exclusive_group()
    found.add_argument("--data", type=Path, help="the training's folder of Parquet files: calibrates on those held out")
    found.add_argument(
        "--calibration", type=float, nargs=2, metavar=("SHARPNESS", "PREFERENCE"), default=(1.0, 0.0), help="by hand"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
