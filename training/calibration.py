"""What is set after training, on photographs held out: how far rare colours are preferred, and how sharp the distribution is.

The class weights of the loss made rare colours likelier than they are; how much of that an annealed mean bears is seen best
once the network has learnt. Both numbers go into the last layer's weights, so that the published 1/T = 2.606 stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from training.encoding import Encoding
from training.score import Score, flat, rebalancing, score

SHARPNESSES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)
PREFERENCES = tuple(step / 10 for step in range(-8, 5))
MOST_CHROMA = 0.95
"""Of the truth's mean."""
MOST_LOST = 1.5
"""Of gray's plain area under the curve, points."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the last layer is changed by.

    Attributes:
        sharpness: what the logits are multiplied by; 1 changes nothing.
        preference: times the logarithm of the class weights, added to the logits before that; 0 changes nothing.
    """

    sharpness: float = 1.0
    preference: float = 0.0

    def apply(
        self, weight: torch.Tensor, bias: torch.Tensor, classes: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The last layer's kernel (k, c, 1, 1) and bias (k,), with (k,) class weights → the same, changed."""
        return weight * self.sharpness, (bias + self.preference * classes.log()) * self.sharpness


def calibrate(
    logits: torch.Tensor, true: torch.Tensor, table: Encoding, prior: torch.Tensor, classes: torch.Tensor
) -> tuple[Calibration, Score]:
    """The one of the best rebalanced figure among those that are not too colourful and lose little against gray.

    Args:
        logits: (n, k, h, w), of photographs held out.
        true: (n, 2, h, w), their ab.
        table: of the palette.
        prior: (k,), share of each bin.
        classes: (k,), weights of the training's loss.

    Returns:
        It, and its figures; the most careful of all where none fits.
    """
    known = flat(true.numpy())
    weights = rebalancing(known, table.points.double().numpy(), prior.numpy())
    gray = score(np.zeros_like(known), known, weights)
    tried: list[tuple[Calibration, Score]] = []
    for one in (Calibration(*pair) for pair in product(SHARPNESSES, PREFERENCES)):
        changed = (logits + one.preference * classes.log().view(-1, 1, 1)) * one.sharpness
        tried.append((one, score(flat(table.annealed_mean(changed).numpy()), known, weights)))
    fit = [pair for pair in tried if pair[1].chroma_ratio <= MOST_CHROMA and pair[1].plain >= gray.plain - MOST_LOST]
    return max(fit, key=lambda pair: pair[1].rebalanced, default=tried[0])
