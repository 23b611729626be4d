"""ONNX Runtime: fp32 on the processor (the `onnxruntime` extra), or on an NVIDIA GPU (the `cuda` extra)."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from colorizer_core.engines import processor
from colorizer_core.engines.choice import Device
from colorizer_core.errors import EngineError, brief
from colorizer_core.requirement import pip_install

Map = npt.NDArray[np.float32]

_PROVIDERS: dict[Device, tuple[str, dict[str, str]]] = {
    "cpu": ("CPUExecutionProvider", {}),
    "cuda": ("CUDAExecutionProvider", {"use_tf32": "0"}),  # TensorFloat-32 is no fp32
}
_ERRORS_ONLY = 3


class ONNXRuntimeEngine:
    """A network that `compile_network` made for the same device. Any number of threads may share it; each computes by itself.

    Args:
        compiled: by the same version of ONNX Runtime, for a processor of the same kind.
        device: where it runs; never another one than asked for.

    Raises:
        EngineError: the device is not there, or ONNX Runtime refuses the network.
    """

    def __init__(self, compiled: bytes, device: Device = "cpu") -> None:
        check_device(device)
        options = _options()
        options.graph_optimization_level = _onnxruntime().GraphOptimizationLevel.ORT_DISABLE_ALL  # they are done
        self._session = _session(compiled, options, device)
        self._input, self._output = self._session.get_inputs()[0], self._session.get_outputs()[0].name
        self.input_size = int(self._input.shape[-1])

    def forward(self, lightness: Map) -> Map:
        """(s, s) float32, L minus 50 → (2, s/4, s/4) float32, ab. See `Engine`."""
        ab: Map = self.forward_batch(lightness[None])[0]
        return ab

    def forward_batch(self, lightness: Map) -> Map:
        """(n, s, s) → (n, 2, s/4, s/4): `forward` on each."""
        try:
            ab: Map = self._session.run([self._output], {self._input.name: lightness[:, None]})[0]
        except _failures() as error:
            raise EngineError(f"ONNX Runtime can't run the network: {brief(error)}") from error
        return ab


def compile_network(network: bytes, device: Device = "cpu") -> bytes:
    """An ONNX file → the same, optimized for this version, device and kind of processor.

    Raises:
        EngineError: the device is not there, or ONNX Runtime refuses the network.
    """
    check_device(device)
    with tempfile.TemporaryDirectory(prefix="colorizer-") as folder:
        written = Path(folder) / "optimized.onnx"
        options = _options()
        options.optimized_model_filepath = str(written)
        _session(network, options, device)
        return written.read_bytes()


def form(device: Device) -> str:
    """The name of what `compile_network` gives here: where it is the same, so is what runs it."""
    return f"onnxruntime-{version()}-{device}-{processor.kind()}"


def version() -> str:
    """ONNX Runtime's."""
    found: str = _onnxruntime().__version__
    return found


def check_device(device: Device) -> None:
    """Raises `EngineError` where the installed ONNX Runtime has nothing that runs on it."""
    provider, _ = _PROVIDERS[device]
    if provider not in _onnxruntime().get_available_providers():
        raise EngineError(
            f"the ONNX Runtime that is installed here can't use {device}: pip uninstall onnxruntime, then "
            f"{pip_install('onnxruntime-gpu')}"
        )


def _options() -> Any:
    options = _onnxruntime().SessionOptions()
    options.intra_op_num_threads = 1  # that of who calls
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    return options


def _session(network: bytes, options: Any, device: Device) -> Any:
    """A session on that device. ONNX Runtime itself would fall back to the processor and only print a warning."""
    provider = _PROVIDERS[device]
    try:
        session = _onnxruntime().InferenceSession(network, options, providers=[provider])
    except _failures() as error:
        raise EngineError(f"ONNX Runtime can't load the network: {brief(error)}") from error
    if session.get_providers()[0] != provider[0]:
        raise EngineError(f"there is no {device} here that ONNX Runtime can use (it fell back to the processor)")
    return session


def _failures() -> tuple[type[Exception], ...]:
    """Most of ONNX Runtime's errors have no ancestor of their own but Exception."""
    state = _onnxruntime().capi.onnxruntime_pybind11_state
    own = [found for found in vars(state).values() if isinstance(found, type) and issubclass(found, Exception)]
    return (*own, RuntimeError, ValueError)


@cache
def _onnxruntime() -> Any:
    """The package, imported when the first network needs it."""
    import onnxruntime

    return onnxruntime
