"""The run: every photograph of a manifest coloured. `python -m jobs.colorize` is the entry point of `ray job submit`."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from functools import partial
from typing import BinaryIO, TextIO

from jobs.coloring import Coloring, options_of, shape_of
from jobs.engine_choice import check_choice, check_here
from jobs.errors import log_trouble
from jobs.fingerprint import fingerprint
from jobs.intake import Keyed, check_layout, listed_prefix
from jobs.job import STARTING, Order, begin
from jobs.keys import keys_of
from jobs.model_store import read_palette, resolve
from jobs.names import Naming
from jobs.outcome import Provenance
from jobs.preflight import model_places, places_of
from jobs.settings import RunSettings
from jobs.stop import Stop, on_signals
from jobs.storage.store import Store
from jobs.summary import Summary


def run(settings: RunSettings, stdin: BinaryIO | None = None, stream: TextIO | None = None) -> Summary:
    """Colours what the log does not answer yet, and says what the whole manifest has come to.

    Args:
        settings: validated.
        stdin: where a manifest `-` is read from.
        stream: where progress goes; None for stderr.

    Raises:
        PreflightError: found before any work.
    """
    stop, stream = Stop(settings.deadline), stream or sys.stderr
    with on_signals(stop):
        check_layout(settings)
        check_choice(settings.engine_choice())
        if settings.ray in STARTING:
            check_here(settings.engine_choice())
        with begin(settings, partial(order_of, settings), keyed(settings), stop, stdin, stream) as job:
            done = job.work(stop, stream)
            with log_trouble():
                return job.finish(job.summed(done, stop), done)


def order_of(settings: RunSettings, store: Store) -> Order:
    """What a run with these settings would do here. The model is found and read once.

    Raises:
        PreflightError: the model or the palette can't be had.
    """
    model = resolve(settings.model, settings.model_cache, store, settings.mirror)
    palette = None if settings.palette is None else read_palette(settings.palette, store)
    digest = None if palette is None else hashlib.sha256(palette).hexdigest()
    shape = shape_of(model.sha256, settings.engine_choice(), options_of(settings), digest)
    provenance = Provenance(
        run_id="",
        model=model.name,
        model_sha256=model.sha256,
        engine=settings.engine,
        precision=settings.precision,
        device=settings.device,
        fingerprint=fingerprint(shape),
    )
    coloring = Coloring(settings, model, palette, provenance.fingerprint)
    return Order(coloring, asdict(shape), provenance, (*places_of(settings), *model_places(settings)))


def keyed(settings: RunSettings) -> Keyed:
    """A row's key is its output."""
    out, log = settings.out_uri(), settings.log_uri()
    naming = Naming(out, log, settings.names, settings.format)
    return Keyed(naming.output_uri, keys_of(out, log, listed_prefix(settings)))


if __name__ == "__main__":
    from jobs.cli import main

    main(["run", *sys.argv[1:]])
