"""Every engine is the same network: one suite over all that are installed, and what each refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from colorizer_core.engines import Engine, processor
from colorizer_core.engines.choice import EngineChoice, ways
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.errors import EngineError
from jobs.engine_choice import build_engine, check_choice, check_here, chosen
from jobs.errors import PreflightError, UsageError
from jobs.forms import Network
from jobs.model_store import resolve
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from tests import models

APART = 0.05
"""ab units, of ±110: how far an engine in fp32 may be from cv2.dnn on the published form."""
APART_BF16 = 5.0
"""At one point of the map; what it comes to in pictures is in docs/engines.md."""


@cache
def mini() -> Network:
    store = open_stores(StoreSettings())
    return Network(resolve("mini", None, store), None, store)


@cache
def built(choice: EngineChoice) -> Engine:
    if choice.name in ("openvino", "onnxruntime") and find_spec(choice.name) is None:
        pytest.skip(f"{choice.name} is not installed")
    if choice.precision == "bf16" and not processor.has_bf16():
        pytest.skip("this processor has no bf16")
    return build_engine(choice, mini())


CHOICES = [choice for choice in ways() if choice.device == "cpu"]
engines = pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: f"{choice.name}-{choice.precision}")


def lightness(seed: int) -> np.ndarray:
    steps = np.random.default_rng(seed).normal(0, 2, (models.INPUT, models.INPUT))
    return np.clip(np.cumsum(steps, axis=1), -50, 50).astype(np.float32)


@engines
def test_it_agrees_with_the_published_form(choice: EngineChoice):
    plain = OpenCVEngine(models.load(models.MINI), 1, fast=False)
    for seed in range(3):
        ab = built(choice).forward(lightness(seed))
        assert (ab.shape, ab.dtype) == ((2, models.OUTPUT, models.OUTPUT), np.float32)
        apart = np.abs(ab - plain.forward(lightness(seed))).max()
        assert apart < (APART if choice.precision == "fp32" else APART_BF16)
        assert choice.precision == "fp32" or apart > APART, "bf16 was asked for, and this is fp32"


@engines
def test_a_batch_is_its_pictures(choice: EngineChoice):
    pictures = np.stack([lightness(seed) for seed in range(3)])
    together = built(choice).forward_batch(pictures)  # type: ignore[attr-defined]
    apart = [np.abs(built(choice).forward(one) - ab).max() for one, ab in zip(pictures, together, strict=True)]
    assert max(apart) < (0.001 if choice.precision == "fp32" else APART_BF16)


@engines
def test_an_answer_may_be_kept(choice: EngineChoice):
    first = built(choice).forward(lightness(1))
    before = first.copy()
    built(choice).forward(lightness(2))
    assert np.array_equal(first, before)


@engines
def test_the_same_picture_gives_the_same_bytes(choice: EngineChoice):
    assert built(choice).forward(lightness(4)).tobytes() == built(choice).forward(lightness(4)).tobytes()
    again = build_engine(choice, mini())
    assert again.forward(lightness(4)).tobytes() == built(choice).forward(lightness(4)).tobytes()


@engines
def test_threads_may_share_it_and_change_no_byte(choice: EngineChoice):
    """Else an archive's bytes would hang on `--cpus-per-worker`, which no fingerprint knows of."""
    one = [built(choice).forward(lightness(seed)).tobytes() for seed in range(12)]
    shared = build_engine(EngineChoice(choice.name, choice.precision, choice.device, threads=2), mini())
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda seed: shared.forward(lightness(seed)).tobytes(), range(12))) == one


def test_openvino_in_fp32_has_no_layer_in_less():
    """On a processor with AMX or AVX512_BF16, OpenVINO left to itself would take bf16."""
    built(EngineChoice("openvino"))
    from colorizer_core.engines import openvino

    compiled = openvino._core().import_model(
        openvino.compile_network(mini().onnx()), "CPU", openvino._options("fp32", 1)
    )
    told = [node.get_rt_info() for node in compiled.get_runtime_model().get_ordered_ops()]
    kinds = {str(info["runtimePrecision"].value) for info in told if "Convolution" in str(info["layerType"].value)}
    assert kinds == {"f32"}


@pytest.mark.parametrize("data", [b"", b"junk" * 100, b"<html>"])
def test_what_was_not_compiled_is_refused(data: bytes):
    pytest.importorskip("onnxruntime")
    built(EngineChoice("openvino"))
    from colorizer_core.engines import onnxruntime, openvino

    refused: list[Callable[[bytes], object]] = [
        openvino.OpenVINOEngine, openvino.compile_network, onnxruntime.ONNXRuntimeEngine, onnxruntime.compile_network,
    ]  # fmt: skip
    for load in refused:
        with pytest.raises(EngineError, match=r"can't (load|compile) the network"):
            load(data)


def test_bf16_is_refused_where_the_processor_would_imitate_it(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("openvino")
    monkeypatch.setattr(processor, "flags", lambda: frozenset({"avx2", "avx512f"}))
    with pytest.raises(PreflightError, match=r"no instructions for bf16 .*--precision fp32") as refused:
        check_here(EngineChoice("openvino", "bf16"))
    assert refused.value.exit_code == 5
    with pytest.raises(PreflightError, match="no instructions for bf16"):
        build_engine(EngineChoice("openvino", "bf16"), mini())
    check_here(EngineChoice("openvino"))


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (EngineChoice("openvino"), r"pip install 'openvino>="),
        (EngineChoice("onnxruntime"), r"pip install 'onnxruntime>="),
        (EngineChoice("onnxruntime", device="cuda"), r"pip install 'onnxruntime-gpu>="),
    ],
)
def test_a_missing_package_is_a_usage_error_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, choice: EngineChoice, said: str
):
    monkeypatch.setattr("jobs.engine_choice.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=said) as refused:
        check_here(choice)
    assert refused.value.exit_code == 2


def test_a_gpu_that_is_not_there_is_refused():
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("there is one")
    with pytest.raises(PreflightError, match=r"can't use cuda: .*pip install 'onnxruntime-gpu>="):
        check_here(EngineChoice("onnxruntime", device="cuda"))


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (EngineChoice("opencv", "bf16"), "opencv has no bf16 on cpu; --engine openvino has"),
        (EngineChoice("opencv", device="cuda"), "opencv has no fp32 on cuda; --engine onnxruntime has"),
        (EngineChoice("openvino", device="cuda"), "openvino has no fp32 on cuda; --engine onnxruntime has"),
        (EngineChoice("onnxruntime", "bf16", "cuda"), "onnxruntime has no bf16 on cuda; no engine has"),
        (EngineChoice("a.module:function", "bf16"), "has no bf16"),
        (EngineChoice("tensorflow"), "there is no engine 'tensorflow'; there is opencv, openvino, onnxruntime"),
    ],
)
def test_what_no_engine_can_do_is_a_usage_error(choice: EngineChoice, said: str):
    with pytest.raises(UsageError, match=said):
        check_choice(choice)


@pytest.mark.parametrize(("precision", "device"), [("fp16", "cpu"), ("fp32", "tpu")])
def test_words_that_mean_nothing_are_a_usage_error(precision: str, device: str):
    with pytest.raises(UsageError, match=f"there is no {precision} on {device}"):
        chosen("openvino", precision, device)


def run(code: str, home: Path) -> str:
    """What a new process says."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(models.ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, cwd=home, text=True, check=True, capture_output=True).stdout


@pytest.mark.parametrize("name", ["opencv", "openvino", "onnxruntime"])
def test_two_threads_may_be_its_first(name: str, tmp_path: Path):
    """OpenVINO's binding waits for ever where two threads are in its first inference: half of the time, switched so fast."""
    if name != "opencv":
        pytest.importorskip(name)
    for _ in range(4):
        said = run(
            "import faulthandler, sys\n"
            "from concurrent.futures import ThreadPoolExecutor\n"
            "from tests.test_engines import *\n"
            "faulthandler.dump_traceback_later(60, exit=True)\n"
            f"shared = build_engine(EngineChoice({name!r}, threads=2), mini())\n"
            "sys.setswitchinterval(1e-6)\n"
            "with ThreadPoolExecutor(2) as threads:\n"
            "    print(*threads.map(lambda seed: shared.forward(lightness(seed)).shape, (1, 2)))",
            tmp_path,
        )
        assert said == f"{(2, models.OUTPUT, models.OUTPUT)} {(2, models.OUTPUT, models.OUTPUT)}\n"


def test_who_uses_opencv_pays_for_no_other_runtime(tmp_path: Path):
    said = run(
        "import sys, jobs.cli, jobs.worker, jobs.colorize\n"
        "from jobs.image import *\n"
        "check_here(EngineChoice())\n"
        "store = open_stores(StoreSettings())\n"
        "build_engine(EngineChoice(), Network(resolve('mini', None, store), None, store))\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('openvino', 'onnxruntime', 'onnx')])",
        tmp_path,
    )
    assert said == "[]\n"


def test_openvino_reports_to_nobody(tmp_path: Path):
    pytest.importorskip("openvino")
    said = run(
        "import sys\n"
        "from colorizer_core.engines import openvino\n"
        "openvino.version()\n"
        "print([name for name in sys.modules if name.startswith('openvino_telemetry')])",
        tmp_path,
    )
    assert said == "[]\n"
    assert not list(tmp_path.iterdir())
