"""Engines by name. A name with a colon is the user's own: `package.module:function`, called with (model, threads).

What it gives is called by as many threads at once.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import cast, get_args

from colorizer_core.engines import Engine
from colorizer_core.engines.choice import DEFAULT, WAYS, Device, EngineChoice, Precision
from colorizer_core.errors import EngineError
from colorizer_core.requirement import pip_install
from jobs.errors import PreflightError, UsageError
from jobs.forms import Network


def chosen(name: str, precision: str, device: str) -> EngineChoice:
    """The choice that these words of the user's make, for one thread. Raises `UsageError`."""
    if precision not in get_args(Precision) or device not in get_args(Device):
        raise UsageError(f"there is no {precision} on {device}; there is fp32 and bf16, on cpu and cuda")
    choice = EngineChoice(name, cast("Precision", precision), cast("Device", device))
    check_choice(choice)
    return choice


def check_choice(choice: EngineChoice) -> None:
    """Raises `UsageError` for an engine that does not exist, or has no such precision or device."""
    known = WAYS.get(choice.name)
    if known is None and ":" not in choice.name:
        raise UsageError(
            f"there is no engine {choice.name!r}; there is {', '.join(WAYS)}, or your own package.module:function"
        )
    if (choice.precision, choice.device) in (known or WAYS[DEFAULT]):
        return
    fitting = [name for name, its in WAYS.items() if (choice.precision, choice.device) in its]
    raise UsageError(
        f"the engine {choice.name} has no {choice.precision} on {choice.device}; "
        + (f"--engine {fitting[0]} has" if fitting else "no engine has")
    )


def check_here(choice: EngineChoice) -> None:
    """Whether this process could run it.

    Raises:
        UsageError: its package is not installed; the message has the line that does it.
        PreflightError: the processor can't compute so, or there is no such device.
    """
    check_choice(choice)
    if choice.name in ("openvino", "onnxruntime") and find_spec(choice.name) is None:
        raise UsageError(f"the engine {choice.name} is not installed here: {pip_install(choice.package)}")
    try:
        _check_machine(choice)
    except EngineError as error:
        raise PreflightError(str(error)) from error


def build_engine(choice: EngineChoice, network: Network) -> Engine:
    """The engine with the network loaded. What it must export or compile first is kept for its neighbours.

    Raises:
        UsageError: there is no such engine, or it is not installed.
        PreflightError: it can't run here as asked.
        ModelError: the model is not what was resolved.
        EngineError: the runtime refuses the model.
    """
    check_here(choice)
    if choice.name == "opencv":
        from colorizer_core.engines.opencv import OpenCVEngine  # a runtime is imported where it is used

        return OpenCVEngine(network.model(), choice.threads)
    if choice.name == "openvino":
        return _openvino(choice, network)
    if choice.name == "onnxruntime":
        return _onnxruntime(choice, network)
    return _own(choice, network)


def _check_machine(choice: EngineChoice) -> None:
    if choice.name == "openvino":
        from colorizer_core.engines import openvino

        openvino.check_precision(choice.precision)
    if choice.device != "cpu":
        from colorizer_core.engines import onnxruntime

        onnxruntime.check_device(choice.device)


def _openvino(choice: EngineChoice, network: Network) -> Engine:
    from colorizer_core.engines import openvino

    compiled = network.kept(
        openvino.form(choice.precision), ".blob", lambda: openvino.compile_network(network.onnx(), choice.precision)
    )
    return openvino.OpenVINOEngine(compiled, choice.precision, choice.threads)


def _onnxruntime(choice: EngineChoice, network: Network) -> Engine:
    from colorizer_core.engines import onnxruntime

    compiled = network.kept(
        onnxruntime.form(choice.device), ".onnx", lambda: onnxruntime.compile_network(network.onnx(), choice.device)
    )
    return onnxruntime.ONNXRuntimeEngine(compiled, choice.device)


def _own(choice: EngineChoice, network: Network) -> Engine:
    module, _, function = choice.name.partition(":")
    try:
        factory = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the engine {choice.name!r} can't be imported on this worker: {error}") from error
    engine: Engine = factory(network.model(), choice.threads)
    return engine
