"""The palette as classes: ab → soft-encoded bins, the prior over them, and logits → ab.

Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from colorizer_core.network.zhang2016 import TEMPERATURE_SCALE

NEIGHBOURS = 5  # bins that share a colour (section 2.1)
SIGMA = 5.0  # of the Gaussian that shares it out, CIE units
UNIFORM = 0.5  # λ: how much of the uniform distribution is mixed into the prior (section 2.2)
AB_LIMIT = 110  # the table below covers −110 … 110, which holds every sRGB colour


@dataclass(frozen=True, slots=True)
class Encoding:
    """A table from every whole (a, b) to its nearest bins and their shares.

    Attributes:
        points: (k, 2) float32, the bins in CIE ab.
        bins: (221 · 221, 5) int64, the nearest bins of each whole (a, b), nearest first.
        shares: (221 · 221, 5) float32, a Gaussian of the distance, each row summing to 1.
    """

    points: torch.Tensor
    bins: torch.Tensor
    shares: torch.Tensor

    def to(self, device: str) -> Encoding:
        """The same table on a device."""
        return Encoding(self.points.to(device), self.bins.to(device), self.shares.to(device))

    def cells(self, ab: torch.Tensor) -> torch.Tensor:
        """(n, 2, h, w) float ab → (n, h, w) int64, rows of `bins` and `shares`."""
        whole = ab.round().clamp(-AB_LIMIT, AB_LIMIT).long() + AB_LIMIT
        return whole[:, 0] * (2 * AB_LIMIT + 1) + whole[:, 1]

    def cross_entropy(self, logits: torch.Tensor, ab: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """The rebalanced multinomial cross-entropy (equation 2), the mean over pixels.

        Args:
            logits: (n, k, h, w).
            ab: (n, 2, h, w), the true colours.
            weights: (k,), what a pixel counts by its nearest bin.
        """
        cells = self.cells(ab)
        bins = self.bins[cells].permute(0, 3, 1, 2)
        shares = self.shares[cells].permute(0, 3, 1, 2)
        surprise = logits.logsumexp(1) - (logits.gather(1, bins) * shares).sum(1)
        return (surprise * weights[bins[:, 0]]).mean()

    def annealed_mean(self, logits: torch.Tensor) -> torch.Tensor:
        """(n, k, h, w) logits → (n, 2, h, w) ab: the expectation of the re-heated distribution (equation 5)."""
        return torch.einsum("nkhw,kc->nchw", (logits * TEMPERATURE_SCALE).softmax(1), self.points)

    def histogram(self, ab: torch.Tensor) -> torch.Tensor:
        """(n, 2, h, w) ab → (k,) float64: how many pixels each bin got, shared softly, so that it is smooth."""
        cells = self.cells(ab).flatten()
        counts = torch.zeros(len(self.points), dtype=torch.float64)
        return counts.index_add_(0, self.bins[cells].flatten(), self.shares[cells].flatten().double())


def encoding(points: npt.NDArray[np.float64]) -> Encoding:
    """The table for (k, 2) points."""
    centres = torch.from_numpy(points.astype(np.float32))
    axis = torch.arange(-AB_LIMIT, AB_LIMIT + 1, dtype=torch.float32)
    distance, bins = torch.cdist(torch.cartesian_prod(axis, axis), centres).topk(NEIGHBOURS, largest=False)
    shares = torch.exp(-(distance**2) / (2 * SIGMA**2)).clamp_min(1e-30)
    return Encoding(centres, bins, shares / shares.sum(1, keepdim=True))


def class_weights(prior: torch.Tensor, uniform: float = UNIFORM) -> torch.Tensor:
    """(k,) prior → (k,) float32 weights: the inverse of the prior mixed with the uniform, 1 in the prior's mean (equation 4)."""
    weights = 1 / ((1 - uniform) * prior + uniform / len(prior))
    return (weights / (weights * prior).sum()).float()
