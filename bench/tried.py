"""Exact other forms of the network's layers, and what each would save: `python -m bench.tried` writes bench/tried.json.

Seconds are of processor time, on one thread, the forms in turn in one process; the median. What is kept is in the engines; the
others stand here so that nobody has to try them again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from bench.colorizer import read
from bench.processor import processor
from bench.random_model import full_width
from colorizer_core.engines import Engine
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.model import Model
from colorizer_core.network import mosaic
from colorizer_core.network.caffe import write_blobs, write_prototxt
from colorizer_core.network.layer import Convolution, Layer
from colorizer_core.network.onnx import write_onnx
from jobs.run_folder import versions

Map = np.ndarray
Run = Callable[[], Map]
Blobs = Mapping[str, Sequence[Map]]

RESULTS = Path(__file__).resolve().parent / "tried.json"
ROUNDS = 9
_HALVED = "pooling_param { pool: MAX kernel_size: 1 stride: 2 ceil_mode: false }"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two forms of the same layers. `same` is false where the second only bounds what another form could save."""

    name: str
    kept: bool
    before: Run
    after: Run
    same: bool = True


def pairs(model: Model) -> list[Pair]:
    """What was tried, as it can run here."""
    return [*_opencv_pairs(model), *_undilated_pairs(model)]


def _opencv_pairs(model: Model) -> list[Pair]:
    cv2.setNumThreads(1)
    parts, blobs = mosaic.split(model.layers), model.filled()
    assert parts is not None
    rng = np.random.default_rng(0)
    picture = rng.normal(0, 20, (1, 1, model.input_size, model.input_size)).astype(np.float32)
    behind = rng.normal(0, 1, (1, 512, parts.side, parts.side)).astype(np.float32)
    head, tail = _net(parts.head, blobs), _net(parts.tail, blobs)
    strided = [layer.name for layer in parts.head if layer.convolution and layer.convolution.stride == 2]
    return [
        Pair(
            "the dilated layers on a mosaic (whole network)",
            True,
            partial(OpenCVEngine(model, fast=False).forward, picture[0, 0]),
            partial(OpenCVEngine(model).forward, picture[0, 0]),
        ),
        *(
            Pair(
                f"{name} at stride 1, every second value kept (layers before the mosaic)",
                False,
                partial(head, picture),
                partial(_net(_at_stride_1(parts.head, name), blobs), picture),
            )
            for name in strided
        ),
        Pair(
            "the deconvolution as a 3×3 convolution to its four phases (layers behind the mosaic)",
            False,
            partial(tail, behind),
            partial(_in_phases(parts.tail, blobs), behind),
        ),
    ]


def _net(layers: Sequence[Layer], blobs: Blobs) -> Callable[[Map], Map]:
    own = {layer.name: blobs[layer.name] for layer in layers if layer.name in blobs}
    prototxt = write_prototxt("net", layers).replace(b'type: "Pooling"', f'type: "Pooling" {_HALVED}'.encode())
    net = cv2.dnn.readNetFromCaffe(np.frombuffer(prototxt, np.uint8), np.frombuffer(write_blobs("net", own), np.uint8))

    def run(data: Map) -> Map:
        net.setInput(data)
        done: Map = net.forward()
        return done

    return run


def _at_stride_1(layers: Sequence[Layer], name: str) -> list[Layer]:
    """The layer gets OpenCV's fast 3×3 algorithm, and computes four times as many values; a pooling of 1×1 drops them."""
    done: list[Layer] = []
    renamed: dict[str, str] = {}
    for layer in layers:
        reads = tuple(renamed.get(bottom, bottom) for bottom in layer.bottoms)
        if layer.name == name and layer.convolution is not None:
            done.append(replace(layer, convolution=replace(layer.convolution, stride=1)))
            continue
        done.append(replace(layer, bottoms=reads))
        if layer.type == "ReLU" and len(done) > 1 and done[-2].name == name:
            halved = f"{layer.top}_halved"
            done.append(Layer(halved, "Pooling", (layer.top,), halved))
            renamed[layer.top] = halved
    return done


def _in_phases(layers: Sequence[Layer], blobs: Blobs) -> Callable[[Map], Map]:
    """Each of the four phases of a 4×4 deconvolution of stride 2 is a 2×2 convolution, and all of them one of 3×3."""
    at = next(number for number, layer in enumerate(layers) if layer.type == "Deconvolution")
    layer = layers[at]
    kernel, bias = blobs[layer.name]
    inputs, outputs = kernel.shape[:2]
    taps = (((0, 3), (1, 1)), ((1, 2), (2, 0)))  # of each phase: where it reads, and with which of the four weights
    phases = np.zeros((2, 2, outputs, inputs, 3, 3), np.float32)
    for row, rows in enumerate(taps):
        for column, columns in enumerate(taps):
            for y, i in rows:
                for x, j in columns:
                    phases[row, column, :, :, y, x] = kernel[:, :, i, j].T
    convolution = replace(layer, type="Convolution", convolution=Convolution(4 * outputs, kernel=3, pad=1))
    weights = {layer.name: [phases.reshape(-1, inputs, 3, 3), np.tile(bias.reshape(-1), 4)]}
    first = _net([*layers[:at], convolution, layers[at + 1]], {**blobs, **weights})
    side = layers[0].shape[-1]
    shape = (1, outputs, 2 * side, 2 * side)
    second = _net([Layer(layer.top, "Input", (), layer.top, shape=shape), *layers[at + 2 :]], blobs)

    def run(data: Map) -> Map:
        found = first(data)
        return second(found.reshape(1, 2, 2, outputs, side, side).transpose(0, 3, 4, 1, 5, 2).reshape(shape))

    return run


def _undilated_pairs(model: Model) -> list[Pair]:
    """Dilated layers as if they were not: another function, and the least that any undilated form of them could take."""
    from colorizer_core.engines import onnxruntime, openvino, processor

    undilated = [
        replace(layer, convolution=replace(layer.convolution, pad=1, dilation=1))
        if layer.convolution and layer.convolution.dilation > 1
        else layer
        for layer in model.layers
    ]
    exact, bound = (write_onnx(layers, model.filled()) for layers in (model.layers, undilated))
    picture = np.random.default_rng(0).normal(0, 20, (model.input_size,) * 2).astype(np.float32)
    engines: dict[str, Callable[[bytes], Engine]] = {
        "openvino fp32": lambda network: openvino.OpenVINOEngine(openvino.compile_network(network)),
        "onnxruntime fp32": lambda network: onnxruntime.ONNXRuntimeEngine(onnxruntime.compile_network(network)),
    }
    if processor.has_bf16():
        engines["openvino bf16"] = lambda network: openvino.OpenVINOEngine(
            openvino.compile_network(network, "bf16"), "bf16"
        )
    return [
        Pair(
            f"{name}: the dilated layers undilated (whole network)",
            False,
            partial(build(exact).forward, picture),
            partial(build(bound).forward, picture),
            same=False,
        )
        for name, build in engines.items()
    ]


def measured(found: Sequence[Pair]) -> list[dict[str, object]]:
    """Each pair's seconds, and how far the two are apart of the largest value; for JSON."""
    lines = []
    for pair in found:
        before, after = pair.before().copy(), pair.after().copy()
        apart = float(np.abs(before - after).max() / np.abs(before).max()) if pair.same else None
        seconds = [[_seconds(run) for run in (pair.before, pair.after)] for _ in range(ROUNDS)]
        first, second = (round(float(value), 4) for value in np.median(seconds, axis=0))
        lines.append({"name": pair.name, "kept": pair.kept, "before": first, "after": second, "apart": apart})
        print(lines[-1])
    return lines


def _seconds(run: Run) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def main() -> None:
    content = {"processor": processor(), "versions": versions(), "tried": measured(pairs(read(full_width())))}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
