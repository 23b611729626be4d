"""A full-width model with seeded random weights: `python -m bench.random_model DIR`. For measuring and for tests.

Random weights alone give one constant colour and prove nothing. So the BatchNorm statistics are measured on photographs,
as training would have done, and the logits are scaled until ab follows the picture.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import cv2
import numpy as np

from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import Model, load_model
from colorizer_core.network import zhang2016
from colorizer_core.network.caffe import write_blobs, write_prototxt
from colorizer_core.network.layer import Layer
from colorizer_core.network.weights import random_convolution
from colorizer_core.palette import published_points, save_points
from examples.photographs import gray_photographs

FULL_WIDTH = Path(__file__).resolve().parent / "work" / "full-width"
Map = np.ndarray
LEAST_STD = 12.0
"""Of ab over the photographs, CIE units: above the 10 that the tests ask for."""


def random_model(width: float = 1.0, size: int = zhang2016.SIZE, seed: int = 0) -> tuple[bytes, bytes, bytes]:
    """Prototxt, caffemodel and palette; the same bytes for the same arguments on the same kind of processor."""
    layers = zhang2016.layers(width, size)
    lightness = [_lightness(photograph, size) for _, photograph in gray_photographs()]
    blobs = _calibrated(layers, lightness, np.random.default_rng(seed))
    prototxt, points = write_prototxt("LtoAB", layers), save_points(published_points())
    while True:
        caffemodel = write_blobs("LtoAB", blobs)
        if _std(load_model("random", prototxt, caffemodel, points), lightness) >= LEAST_STD:
            return prototxt, caffemodel, points
        blobs[zhang2016.LOGITS] = [array * 1.5 for array in blobs[zhang2016.LOGITS]]


def full_width() -> Path:
    """The folder with the model of the benches, made if it is not there."""
    if not FULL_WIDTH.exists():
        unfinished = FULL_WIDTH.with_name("full-width.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        write(unfinished, random_model())
        unfinished.rename(FULL_WIDTH)
    return FULL_WIDTH


def write(folder: Path, files: tuple[bytes, bytes, bytes]) -> None:
    """Prototxt, caffemodel and palette under the published names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("colorization_deploy_v2.prototxt", "colorization_release_v2.caffemodel", "pts_in_hull.npy")
    for name, data in zip(names, files, strict=True):
        (folder / name).write_bytes(data)


def _calibrated(layers: tuple[Layer, ...], maps: list[Map], rng: np.random.Generator) -> dict[str, list[Map]]:
    """Weights of every layer up to the logits, each block run on the photographs before the next is made."""
    blobs: dict[str, list[Map]] = {}
    channels, block = 1, []
    for layer in layers[1:]:
        if layer.name == zhang2016.SCALE:
            break
        if layer.convolution:
            blobs[layer.name] = random_convolution(layer, channels, rng)
            channels = layer.convolution.outputs
        if layer.type == "BatchNorm":
            maps = _run(block, blobs, maps)
            mean, variance = _statistics(maps)
            blobs[layer.name] = [mean, variance, np.ones(1, np.float32)]
            maps = [(one - mean[:, None, None]) / np.sqrt(variance[:, None, None] + 1e-5) for one in maps]
            block = []
        else:
            block.append(layer)
    logits = _run(block, blobs, maps)
    weight, bias = blobs[zhang2016.LOGITS]
    mean, variance = _statistics(logits)
    blobs[zhang2016.LOGITS] = [weight / np.sqrt(variance.mean()), (bias - mean) / np.sqrt(variance.mean())]
    return blobs


def _run(block: list[Layer], blobs: dict[str, list[Map]], maps: list[Map]) -> list[Map]:
    """The block on each map, on OpenCV."""
    name = block[0].bottoms[0]
    shape = (1, *maps[0].shape)
    prototxt = write_prototxt("block", [Layer(name, "Input", (), name, shape=shape), *block])
    own = {layer.name: blobs[layer.name] for layer in block if layer.name in blobs}
    net = cv2.dnn.readNetFromCaffe(
        np.frombuffer(prototxt, np.uint8), np.frombuffer(write_blobs("block", own), np.uint8)
    )
    done = []
    for one in maps:
        net.setInput(one[None].astype(np.float32))
        done.append(net.forward(block[-1].top)[0].copy())
    return done


def _statistics(maps: list[Map]) -> tuple[Map, Map]:
    pixels = np.concatenate([one.reshape(one.shape[0], -1) for one in maps], axis=1)
    return pixels.mean(axis=1, dtype=np.float32), pixels.var(axis=1, dtype=np.float32)


def _lightness(photograph: Map, size: int) -> Map:
    """(1, s, s) float32, L minus 50, of a gray uint8 picture."""
    small = cv2.resize(photograph, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.cvtColor(np.dstack([small] * 3), cv2.COLOR_BGR2LAB)[None, :, :, 0] - 50


def _std(model: Model, lightness: list[Map]) -> float:
    """Of a and b over the pixels of each photograph, the mean over photographs: colour that follows the picture."""
    engine = OpenCVEngine(model, threads=cv2.getNumberOfCPUs())
    return float(np.mean([engine.forward(one[0]).std(axis=(1, 2)) for one in lightness]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.random_model", description=__doc__)
    parser.add_argument("folder", type=Path, help="takes the three files")
    parser.add_argument("--width", type=float, default=1.0, help="fraction of the published width (default: 1)")
    parser.add_argument("--size", type=int, default=zhang2016.SIZE, help="side of the input (default: 224)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    write(options.folder, random_model(options.width, options.size, options.seed))


if __name__ == "__main__":
    main()
