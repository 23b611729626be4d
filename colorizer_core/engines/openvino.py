"""OpenVINO on the processor: fp32 everywhere, bf16 where the processor has instructions for it (the `openvino` extra)."""

from __future__ import annotations

import sys
import threading
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from colorizer_core.engines import processor
from colorizer_core.engines.choice import Precision
from colorizer_core.errors import EngineError, brief

Map = npt.NDArray[np.float32]

_DEVICE = "CPU"
_TYPES = {"fp32": "f32", "bf16": "bf16"}
"""OpenVINO's own words for the precisions."""


class OpenVINOEngine:
    """A network that `compile_network` made. The precision is what was asked for, never what the machine would choose.

    Args:
        compiled: of the same precision, by the same version of OpenVINO, for a processor of the same kind.
        precision: of the arithmetic.
        threads: that share it; each has a stream of its own.

    Raises:
        EngineError: the processor has no bfloat16, or OpenVINO refuses the network.
    """

    def __init__(self, compiled: bytes, precision: Precision = "fp32", threads: int = 1) -> None:
        check_precision(precision)
        try:
            network = _core().import_model(compiled, _DEVICE, _options(precision, threads))
            _check_honoured(network, precision)
            self.input_size = int(network.input(0).get_partial_shape()[2].get_length())
            self._network = network
            self._of_thread = threading.local()
            # The Python binding sets itself up in its first inference, and two threads that are in it together wait for ever:
            # one holds the interpreter's lock, the other that of a C++ static.
            self._request().infer({0: np.zeros((1, 1, self.input_size, self.input_size), np.float32)})
        except RuntimeError as error:
            raise EngineError(f"OpenVINO can't load the network: {brief(error)}") from error

    def forward(self, lightness: Map) -> Map:
        """(s, s) float32, L minus 50 → (2, s/4, s/4) float32, ab. See `Engine`."""
        ab: Map = self.forward_batch(lightness[None])[0]
        return ab

    def forward_batch(self, lightness: Map) -> Map:
        """(n, s, s) → (n, 2, s/4, s/4): `forward` on each."""
        try:
            ab: Map = self._request().infer({0: lightness[:, None]})[0]
        except RuntimeError as error:
            raise EngineError(f"OpenVINO can't run the network: {brief(error)}") from error
        return ab

    def _request(self) -> Any:
        """The calling thread's own."""
        if not hasattr(self._of_thread, "request"):
            self._of_thread.request = self._network.create_infer_request()
        return self._of_thread.request


def compile_network(network: bytes, precision: Precision = "fp32") -> bytes:
    """An ONNX file → what `OpenVINOEngine` loads. For this version of OpenVINO and this kind of processor.

    Raises:
        EngineError: the processor has no bfloat16, or OpenVINO refuses the network.
    """
    check_precision(precision)
    try:
        compiled = _core().compile_model(_core().read_model(network, b""), _DEVICE, _options(precision, 1))
        exported: bytes = compiled.export_model().getvalue()
    except RuntimeError as error:
        raise EngineError(f"OpenVINO can't compile the network: {brief(error)}") from error
    return exported


def form(precision: Precision) -> str:
    """The name of what `compile_network` gives here: where it is the same, so is what runs it."""
    return f"openvino-{version()}-{precision}-{processor.kind()}"


def version() -> str:
    """OpenVINO's."""
    found: str = _openvino().__version__
    return found.partition("-")[0]


def check_precision(precision: Precision) -> None:
    """Raises `EngineError` where the processor would only imitate that precision."""
    if precision == "bf16" and not processor.has_bf16():
        raise EngineError(
            f"this processor has no instructions for bf16 ({' or '.join(processor.BF16)}); --precision fp32 runs on it"
        )


def _options(precision: Precision, threads: int) -> dict[str, object]:
    return {
        "INFERENCE_PRECISION_HINT": _TYPES[precision],
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": threads,
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,  # several workers on a node would be pinned to the same cores
    }


def _check_honoured(network: Any, precision: Precision) -> None:
    found = network.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    if found != _TYPES[precision]:
        raise EngineError(f"OpenVINO computes in {found} though {_TYPES[precision]} was asked for")


@cache
def _core() -> Any:
    return _openvino().Core()


@cache
def _openvino() -> Any:
    """The package, imported when the first network needs it.

    Its import would report itself to the package's makers, over the network and from every worker; where the module
    that does so can't be imported, OpenVINO goes without.
    """
    telemetry = "openvino_telemetry"
    loaded = sys.modules.get(telemetry)
    sys.modules[telemetry] = None  # type: ignore[assignment]  # what forbids an import; typeshed has modules only
    try:
        import openvino
    finally:
        del sys.modules[telemetry]
        if loaded is not None:
            sys.modules[telemetry] = loaded
    return openvino
