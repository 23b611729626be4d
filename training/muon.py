"""Muon: a gradient's momentum, made orthogonal, as the step of a matrix.

Jordan et al. 2024, *Muon: an optimizer for hidden layers in neural networks*. PyTorch's own computes in bfloat16: on a
processor without it that took three quarters of a training step, and this a seventh (AMD EPYC with AVX2, width 0.25,
batches of 32 at 64 pixels).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial that moves singular values towards 1."""
TURNS = 5
MATCH = 0.2
"""The root mean square that AdamW's steps have, so that one learning rate and weight decay suit both."""


class Muon(torch.optim.Optimizer):
    """For parameters of two dimensions.

    Args:
        parameters: the matrices.
        rate: the learning rate, in AdamW's measure.
        decay: weight decay, decoupled, times the learning rate.
        momentum: of the gradient's moving average.
    """

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], rate: float, decay: float, momentum: float = 0.95
    ) -> None:
        super().__init__(parameters, {"lr": rate, "decay": decay, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # no closure: the loss is computed once
        """Moves every matrix that has a gradient."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                average = self.state[matrix].setdefault("average", torch.zeros_like(matrix))
                average.lerp_(matrix.grad, 1 - group["momentum"])
                towards = orthogonal(matrix.grad.lerp(average, group["momentum"]))  # Nesterov's
                rate = group["lr"]
                matrix.mul_(1 - rate * group["decay"]).add_(towards, alpha=-rate * MATCH * max(matrix.shape) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """The matrix with singular values of about 1 (0.7 … 1.2), by Newton's and Schulz's iteration."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / (wide.norm() + 1e-7)
    linear, cubic, fifth = COEFFICIENTS
    for _ in range(TURNS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=cubic, alpha=fifth), wide, beta=linear)
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.T
