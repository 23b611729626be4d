"""The craft of the palette: a photograph's bytes → how many of its pixels have which colour, for the log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from colorizer_core.histogram import histogram
from colorizer_core.image.decode import decode
from colorizer_core.image.picture import Picture
from jobs.outcome import Outcome
from jobs.pulse import Progress
from jobs.reading import Arrived
from jobs.sample import sample_picture
from jobs.stages import Stages
from jobs.storage.store import Store
from jobs.writing import without_output

_PERCENTILE = 99.0
"""Of a photograph's pixels: those few that are more colourful may be dust, or an edge that a lens has coloured."""


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts colours.

    Attributes:
        max_pixels: a photograph of more is refused.
        every: each n × n pixels count as one, of their mean colour.
        border: what is left out at each side, as a share of it; below 0.5.
        near_gray: a photograph of which 99 % of the pixels have less chroma than this is left out; CIE units.
    """

    max_pixels: int
    every: int
    border: float
    near_gray: float

    def open(self, _store: Store, _progress: Progress, _threads: int) -> OpenCounting:
        """Needs nothing."""
        return OpenCounting(self)


class OpenCounting:
    """Counts colours; any number of threads may."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def rehearse(self) -> None:
        """Counts the test picture's."""
        histogram(self._decoded(sample_picture(self._counting.max_pixels)), self._counting.border)

    def answer(self, arrived: Arrived, data: bytes, stages: Stages) -> Outcome:
        """The colours, or that there are hardly any."""
        picture = self._decoded(data)
        stages.lap("decode")
        if picture.is_gray:
            return without_output(arrived, "skipped", "GRAY", "it has one channel", stages.times())
        colours = histogram(picture, self._counting.border)
        chroma = colours.chroma(_PERCENTILE)
        if chroma < self._counting.near_gray:
            said = f"99 % of its pixels have a chroma of at most {chroma:.1f}"
            return without_output(arrived, "skipped", "GRAY", said, stages.times())
        return replace(without_output(arrived, "counted", None, None, stages.times()), colours=colours)

    def _decoded(self, data: bytes) -> Picture:
        return decode(data, self._counting.max_pixels, self._counting.every)

    def close(self) -> None:
        """Has nothing to end."""
