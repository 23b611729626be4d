"""Makes engines.md from what `python -m bench.agreement` measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.agreement import mini_sha256

RESULTS = Path(__file__).resolve().parents[1] / "bench" / "agreement.json"

_PAGE = """# Engines

*Made by `make docs` from `bench/agreement.json`, which `python -m bench.agreement` writes.*

An engine is the runtime that computes the network. All of them compute the same function, from the same three files.

| `--engine` | install | `--precision` | `--device` | what for |
|---|---|---|---|---|
| `opencv` (default) | nothing | fp32 | cpu | the same bytes on every x86-64 machine with AVX2, at one version of OpenCV |
| `openvino` | the extra `openvino` | fp32, bf16 | cpu | bf16: fastest where the processor has it; the least memory |
| `onnxruntime` | the extra `onnxruntime` | fp32 | cpu | |
| `onnxruntime` | the extra `cuda` in place of it | fp32 | cuda | an NVIDIA GPU |

An extra is installed from a checkout (`pip install -e '.[openvino]' -c constraints.txt`) or with the wheel
(`pip install "$(ls dist/colorizer-*.whl)[openvino]"`); the name `colorizer` on PyPI is another project's. `make setup` has
the first two.

`colorizer engines` says which run here, how fast each is, and which to choose. Engine, precision and device are part of a row's
fingerprint: another choice makes an archive's rows stale, and nothing but your choice does. No machine chooses for itself: fp32
is fp32 also where the processor would rather compute in bf16 or TensorFloat-32, and a node that can't do what was asked refuses.

What `openvino` and `onnxruntime` need is made of the model's files when it is first asked for and kept in the model cache
(`--model-cache`, default `~/.cache/colorizer`), by the model's hash, the runtime's version and the processor's features: as one
ONNX file, and as what the runtime compiles of it. The first worker of a node does that and its neighbours wait. Each of
these files is named for its own hash; one that is damaged is made again. The folder may be deleted at any time.

## Threads, memory, GPUs

`--cpus-per-worker K`: K compute threads share a worker's network. OpenVINO gives each a stream of its own, ONNX Runtime
computes on the thread that asks, OpenCV computes one picture at a time with K threads. The bytes are the same for every K; a
test holds that. Left open, K is 2 where every node has an even number of cores and the workers that were asked for find room,
else 1: as fast as two workers of one thread, in little more than the memory of one. [performance.md](performance.md) has
both, by engine and processor; with OpenVINO and ONNX Runtime that is less than 0.5 GB a core, with OpenCV, which keeps
transformed kernels for its speed, more.

`--device cuda --cpus-per-worker 8` is one worker for each GPU: eight threads decode, render and encode, and what they bring
is computed in batches (`--batch`, at most K; a picture waits 10 ms for others). `--gpus-per-worker 0.5` puts two workers on
each GPU. It has not been run on a GPU yet.

## Agreement

Ten photographs (those of `make demo`), turned gray, against cv2.dnn on the plain Caffe files.
ab is the largest difference at any point of the network's map, where values are up to ±{largest:.0f} (published width) and
±{small:.0f} (mini). ΔE is CIEDE2000 of the final 8-bit pictures, pixel by pixel. Each figure is that of the worst photograph.
Promised: ab within 0.05 in fp32; with `mini` in bf16, ΔE at most 1.0 on average and 3.0 at the 99th percentile.
The published width is with random weights, calibrated until the colours follow the picture.
{tables}
## ONNX

`colorizer models export NAME|DIR -o FILE` writes a model as one ONNX file (opset 13) for any other program. Its input
`lightness` is float32, N×1×s×s: CIE L of the photograph, resized to s×s, minus 50. Its output `ab` is float32,
N×2×s/4×s/4: CIE a and b, palette and annealed mean included. The same model gives the same bytes.
"""


_TABLE = """
On **{processor}**, `mini` {sha256}{earlier}:

| network | engine | ab | ΔE, mean | ΔE, 99 % |
|---|---|---|---|---|
{rows}
Versions: {versions}.
"""


def engines_page() -> str:
    """docs/engines.md, from the newest `python -m bench.agreement` on each processor."""
    sets = json.loads(RESULTS.read_text(encoding="utf-8"))
    largest = {one["model"]: one["largest_ab"] for one in sets[0]["agreements"] if one["largest_ab"]}
    wide, mini = largest.values()
    return _PAGE.format(largest=wide, small=mini, tables="".join(map(_table, sets)))


def _table(measured: dict[str, Any]) -> str:
    """What one processor gave; `mini` by the start of its hash, for it is trained on from time to time."""
    sha256 = measured["mini"]
    return _TABLE.format(
        processor=measured["processor"],
        sha256=sha256[:12],
        earlier="" if sha256 == mini_sha256() else " (an earlier training)",
        rows="".join(_row(one) for one in measured["agreements"]),
        versions=", ".join(f"{name} {version}" for name, version in measured["versions"].items()),
    )


def _row(one: dict[str, Any]) -> str:
    engine = one["engine"]
    name = " ".join([engine["name"], engine["precision"], *(["on a GPU"] if engine["device"] == "cuda" else [])])
    if one["ab"] is None:
        return f"| {one['model']} | {name} | not run: that machine can't | | |\n"
    return f"| {one['model']} | {name} | {one['ab']:.4f} | {one['mean']:.3f} | {one['percentile']:.3f} |\n"
