"""Figures of predicted ab against true ab, in numpy: what training and `evaluate` print.

Zhang, Isola, Efros 2016, section 3.1: the share of pixels within an ab distance of 0 … 150, averaged over the thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from colorizer_core.palette import nearest

THRESHOLDS = np.arange(151)

Floats = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Score:
    """Percentages are 0 … 100; the rest is in CIE units.

    Attributes:
        plain: area under the curve, every pixel the same.
        rebalanced: the same, each pixel weighed by the inverse of its true bin's share in the prior.
        rmse: root of the mean squared ab distance.
        chroma: mean predicted chroma.
        chroma_ratio: that over the mean true chroma.
    """

    plain: float
    rebalanced: float
    rmse: float
    chroma: float
    chroma_ratio: float

    def __str__(self) -> str:
        return (
            f"AuC {self.plain:5.2f} plain {self.rebalanced:5.2f} rebalanced, RMSE {self.rmse:5.2f}, "
            f"chroma {self.chroma:5.2f} ({self.chroma_ratio:.2f} of the truth's)"
        )


def rebalancing(true: Floats, points: Weights, prior: Weights) -> Weights:
    """What each of (n, 2) true colours counts, (n,): the inverse of its nearest point's share, (k,) of (k, 2) points."""
    weights: Weights = 1 / prior[nearest(true.astype(np.float64), points)]
    return weights


def score(predicted: Floats, true: Floats, weights: Weights) -> Score:
    """Figures of (n, 2) predicted against (n, 2) true ab, with the (n,) weights of `rebalancing`."""
    distance = np.linalg.norm(predicted - true, axis=1)
    chroma = float(np.linalg.norm(predicted, axis=1).mean())
    return Score(
        plain=area(distance, np.ones_like(weights)),
        rebalanced=area(distance, weights),
        rmse=float(np.sqrt((distance**2).mean())),
        chroma=chroma,
        chroma_ratio=chroma / float(np.linalg.norm(true, axis=1).mean()),
    )


def area(distance: Floats, weights: Weights) -> float:
    """(n,) distances and weights → the mean over the thresholds of the weighted share of distances within it, in percent."""
    counts = np.bincount(np.ceil(distance).astype(int).clip(max=len(THRESHOLDS)), weights, len(THRESHOLDS) + 1)
    return float(100 * (counts.cumsum()[:-1] / counts.sum()).mean())


def flat(ab: Floats) -> Floats:
    """(n, 2, h, w) → (n · h · w, 2)."""
    return ab.transpose(0, 2, 3, 1).reshape(-1, 2)


def heaviest(weights: Weights, photographs: npt.NDArray[np.integer]) -> tuple[int, float]:
    """The photograph that counts most in the rebalanced figure, and its share of the weights; (n,) each pixel's photograph."""
    found = np.bincount(photographs, weights)
    return int(found.argmax()), float(found.max() / found.sum())


def median(ab: Floats) -> Floats:
    """The constant colour with the least mean distance from (n, 2) colours, by Weiszfeld's iteration: (2,)."""
    points = ab.astype(np.float64)  # sums over millions
    centre = points.mean(axis=0)
    for _ in range(50):
        nearness = 1 / np.linalg.norm(points - centre, axis=1).clip(min=1e-3)
        centre = nearness @ points / nearness.sum()
    return centre.astype(np.float32)
