"""The published recipe as a plain serial script: `python -m bench.published MODEL IN OUT`. Prints its images a second."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from jobs.machine import peak_memory

Predict = Callable[[np.ndarray], np.ndarray]
"""(224, 224) float32, L minus 50 → (56, 56, 2) float32, ab."""


def load(model: Path) -> cv2.dnn.Net:
    """The published network, as every tutorial loads it."""
    prototxt, caffemodel, points = (next(model.glob(ending)) for ending in ("*.prototxt", "*.caffemodel", "*.npy"))
    net = cv2.dnn.readNetFromCaffe(str(prototxt), str(caffemodel))
    bins = np.load(points).transpose().reshape(2, -1, 1, 1).astype(np.float32)
    net.getLayer(net.getLayerId("class8_ab")).blobs = [bins]
    net.getLayer(net.getLayerId("conv8_313_rh")).blobs = [np.full((1, bins.shape[1]), 2.606, np.float32)]
    return net


def predictor(net: cv2.dnn.Net) -> Predict:
    """The network as a function."""

    def predict(lightness: np.ndarray) -> np.ndarray:
        net.setInput(cv2.dnn.blobFromImage(lightness))
        return net.forward()[0].transpose(1, 2, 0)

    return predict


def colorize(predict: Predict, picture: np.ndarray) -> np.ndarray:
    """BGR uint8 → BGR uint8, by the recipe: whole float images, one step after another."""
    scaled = picture.astype(np.float32) / 255.0
    lab = cv2.cvtColor(scaled, cv2.COLOR_BGR2LAB)
    small = cv2.cvtColor(cv2.resize(scaled, (224, 224)), cv2.COLOR_BGR2LAB)
    ab = predict(small[:, :, 0] - 50)
    ab = cv2.resize(ab, (picture.shape[1], picture.shape[0]))
    colored = np.concatenate((lab[:, :, :1], ab), axis=2)
    return (255 * np.clip(cv2.cvtColor(colored, cv2.COLOR_LAB2BGR), 0, 1)).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=1, help="OpenCV threads; 1 is serial")
    options = parser.parse_args()
    cv2.setNumThreads(options.threads)
    predict = predictor(load(options.model))
    options.out.mkdir(parents=True, exist_ok=True)
    paths = sorted(options.source.glob("*.jpg"))
    colorize(predict, cv2.imread(str(paths[0])))
    begun = time.perf_counter()
    for path in paths:
        cv2.imwrite(str(options.out / path.name), colorize(predict, cv2.imread(str(path))))
    seconds = time.perf_counter() - begun
    print(json.dumps({"images_per_second": len(paths) / seconds, "worker_memory": peak_memory()}))


if __name__ == "__main__":
    main()
