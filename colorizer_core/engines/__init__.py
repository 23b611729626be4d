"""Engines: one file per runtime, each with the one method of `Engine`."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt


class Engine(Protocol):
    """A loaded network. It serves as many threads at once as it was built for.

    Attributes:
        input_size: the side s of the square that the network looks at, in pixels (224 for the published model).
    """

    @property
    def input_size(self) -> int:
        """Side of the square input, pixels."""
        ...

    def forward(self, lightness: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Predicts the ab of one picture.

        Args:
            lightness: (s, s) float32, CIE L minus 50, so −50 … 50.

        Returns:
            (2, s/4, s/4) float32, CIE a and b, about −110 … 110. The caller may keep it: it is not reused.

        Raises:
            EngineError: the runtime failed.
        """
        ...
