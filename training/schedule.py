"""What the learning rate and the crop size are, as functions of how much of the time is gone. Pure."""

from __future__ import annotations

import math

WARM_UP = 0.03  # of the time, linearly from nothing
LOWEST = 0.005  # of the highest learning rate, where the cosine ends

# Small pictures first: a step at half the side costs a quarter, and what things are called is learnt as well.
STAGES = ((0.55, 1 / 2), (0.8, 3 / 4), (1.0, 1.0))  # until which part of the time, which part of the full side


def learning_rate(progress: float, highest: float) -> float:
    """One cycle: a linear warm-up, then a cosine. `progress` is 0 … 1."""
    if progress < WARM_UP:
        return highest * progress / WARM_UP
    fall = (progress - WARM_UP) / (1 - WARM_UP)
    return highest * (LOWEST + (1 - LOWEST) * (1 + math.cos(math.pi * min(fall, 1))) / 2)


def crop_size(progress: float, full: int) -> int:
    """The side of the crops in pixels: a multiple of 8, and `full` in the end."""
    part = next((part for until, part in STAGES if progress < until), 1.0)
    return max(8, round(full * part / 8) * 8)
