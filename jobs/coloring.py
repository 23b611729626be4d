"""The craft of a run: a photograph's bytes → its coloured derivative, written behind."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import cast

from colorizer_core.colorizer import Colored, Colorizer, Options
from colorizer_core.engines import Engine
from colorizer_core.engines.choice import EngineChoice
from colorizer_core.errors import AlreadyColor, Blank
from colorizer_core.image.label import Making
from jobs.batcher import BatchEngine, Batcher
from jobs.engine_choice import build_engine
from jobs.fingerprint import Shape
from jobs.forms import Network
from jobs.model_store import ModelSource
from jobs.names import format_of
from jobs.outcome import Outcome
from jobs.pulse import Progress
from jobs.reading import Arrived
from jobs.sample import sample_picture
from jobs.settings import RunSettings
from jobs.stages import Stages
from jobs.storage.store import Store
from jobs.writing import Finished, WriteBehind, without_output


@dataclass(frozen=True, slots=True)
class Coloring:
    """Colours with one model, as the settings say.

    Attributes:
        run: the settings.
        model: where its files are.
        palette: an .npy file whose points the model's own move to, or None.
        fingerprint: of the run, for the outputs' labels.
    """

    run: RunSettings
    model: ModelSource
    palette: bytes | None = None
    fingerprint: str = ""

    def open(self, store: Store, progress: Progress, threads: int) -> OpenColoring:
        """Loads the network."""
        run = self.run
        engine: Engine = build_engine(
            run.engine_choice(threads), Network(self.model, run.model_cache, store, self.palette)
        )
        if (most := run.batch_size(threads)) > 1:
            engine = Batcher(cast("BatchEngine", engine), most)  # what runs on a GPU computes batches
        making = Making(self.model.name, self.model.sha256, self.fingerprint)
        return OpenColoring(run, engine, making, store, progress)


class OpenColoring:
    """A loaded network, and threads that write what it has coloured."""

    def __init__(self, run: RunSettings, engine: Engine, making: Making, store: Store, progress: Progress) -> None:
        self._run, self._progress = run, progress
        self._colorizer = Colorizer(engine, options_of(run), making)
        self._writing = WriteBehind(store, run.writers, run.read_ahead, progress.count, making.fingerprint)

    def rehearse(self) -> None:
        """Colours the test picture."""
        self._colorizer.colorize(sample_picture(self._run.max_pixels), "jpeg")

    def answer(self, arrived: Arrived, data: bytes, stages: Stages) -> Future[Outcome] | Outcome:
        """Colours it, and begins to write; or says why it is left alone, before the network runs.

        A small file is written by this thread; a large one waits for room.
        """
        try:
            colored = self.colored(arrived, data, stages)
        except (AlreadyColor, Blank) as error:
            return without_output(arrived, "skipped", error.code, str(error), stages.times())
        self._progress.at("write")
        return self._writing.start(Finished(arrived, colored, stages.times()))

    def colored(self, arrived: Arrived, data: bytes, stages: Stages) -> Colored:
        """Its derivative, written nowhere. One thread at a time, unless the engine is for several."""
        return self._colorizer.colorize(data, format_of(arrived.row.output_uri), stages.lap, arrived.sha256)

    def close(self) -> None:
        """Ends the threads that write."""
        self._writing.close()


def options_of(run: RunSettings) -> Options:
    """What a run's settings ask of each photograph."""
    return Options(run.max_pixels, run.quality, run.rendering(), run.label, run.metadata, run.already_color)


def shape_of(model_sha256: str, choice: EngineChoice, options: Options, palette: str | None = None) -> Shape:
    """What shapes the bytes of outputs; `palette` is its file's sha256. What only decides whether there are any is not in it."""
    return Shape(
        model_sha256=model_sha256,
        engine=choice.name,
        quality=options.quality,
        precision=choice.precision,
        device=choice.device,
        palette=palette,
        chroma=options.rendering.chroma,
        gamut=options.rendering.gamut,
        label=options.label,
        metadata=options.metadata,
    )
