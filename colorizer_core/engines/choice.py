"""Which engine runs the network, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["fp32", "bf16"]
"""Of the arithmetic inside the network; what goes in and comes out is float32."""
Device = Literal["cpu", "cuda"]

WAYS: dict[str, tuple[tuple[Precision, Device], ...]] = {
    "opencv": (("fp32", "cpu"),),
    "openvino": (("fp32", "cpu"), ("bf16", "cpu")),
    "onnxruntime": (("fp32", "cpu"), ("fp32", "cuda")),
}
"""The engines that there are, and what each can be asked for."""
DEFAULT = "opencv"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What the user chose; the same on every machine, or archives would mix two kinds of output.

    Attributes:
        name: of `WAYS`, or the user's own as package.module:function.
        precision: of its arithmetic.
        device: where it computes.
        threads: that share the network, each of them calling it with pictures of its own.
    """

    name: str = DEFAULT
    precision: Precision = "fp32"
    device: Device = "cpu"
    threads: int = 1

    @property
    def package(self) -> str:
        """What pip calls the runtime."""
        if self.name == DEFAULT:
            return "opencv-python-headless"
        return "onnxruntime-gpu" if self.device == "cuda" else self.name


def ways() -> tuple[EngineChoice, ...]:
    """Every engine in every way that it can be asked for, the default first."""
    return tuple(EngineChoice(name, *way) for name, its in WAYS.items() for way in its)
