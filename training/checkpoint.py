"""A run's state on disk: enough to go on after any interruption, and to export from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

NAME = "checkpoint.pt"

State = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is kept.

    Attributes:
        width: of the network, as a fraction of the published one.
        size: the full side of the input, pixels.
        points: (k, 2) float64, the palette.
        prior: (k,) float64, over the training data.
        uniform: λ of the class weights.
        network: its parameters and BatchNorm statistics, as trained.
        average: the same, averaged over the steps: what is exported.
        optimizers: their states; none before the first step.
        step: batches seen.
        photographs: drawn so far.
        seconds: spent training.
        sessions: how it was trained: command, machine, precision and PyTorch's version, of each start.
    """

    width: float
    size: int
    points: torch.Tensor
    prior: torch.Tensor
    uniform: float
    network: State
    average: State
    optimizers: list[dict[str, Any]]
    step: int
    photographs: int
    seconds: float
    sessions: tuple[dict[str, str], ...]

    def save(self, run: Path) -> None:
        """Writes it into the run's folder; the one before stays whole until this one is."""
        run.mkdir(parents=True, exist_ok=True)
        part = run / (NAME + ".part")
        torch.save({name: getattr(self, name) for name in self.__dataclass_fields__}, part)
        part.replace(run / NAME)


def load_checkpoint(run: Path) -> Checkpoint:
    """The newest checkpoint of a run.

    Raises:
        FileNotFoundError: the run has none yet.
    """
    return Checkpoint(**torch.load(run / NAME, map_location="cpu", weights_only=True))
