"""The command line's `palette`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from jobs import cli_options as options
from jobs.cli_job import Came, came_of, finish, told
from jobs.cli_options import WHICH, Number, Text


def palette(
    manifest: options.Manifest = None,
    out: Annotated[
        Text, typer.Option("--out", "-o", help="The palette, an .npy file; .json and .png go beside it.")
    ] = None,
    k: Annotated[Number, typer.Option("-k", "--k", help="How many points, with kmeans. (default: 313)")] = None,
    method: Annotated[
        Text, typer.Option(help="kmeans: the collection's own; grid: the published points. (default: kmeans)")
    ] = None,
    seed: Annotated[Number, typer.Option(help="Of k-means: the same one gives the same palette. (default: 0)")] = None,
    log: Annotated[
        Text, typer.Option(help="Folder of the Parquet log. (default: beside the palette, PALETTE-log)")
    ] = None,
    config: options.Config = None,
    as_json: options.SummaryAsJson = None,
    every: Annotated[
        Number, typer.Option(rich_help_panel=WHICH, help="Each n × n pixels count as one, of their mean. (default: 4)")
    ] = None,
    border: Annotated[Text, typer.Option(rich_help_panel=WHICH, help="Left out at each side: 5%. (default: 0)")] = None,
    near_gray: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(
            rich_help_panel=WHICH,
            help="Photographs are left out of which 99% of the pixels have less chroma than this. (default: 4)",
        ),
    ] = None,
    limit: options.Limit = None,
    redo: options.Redo = None,
    tolerate: options.Tolerate = None,
    max_pixels: options.MaxPixels = None,
    manifest_format: options.ManifestFormat = None,
    ray: options.Ray = None,
    shared_files: options.SharedFiles = None,
    workers: options.Workers = None,
    cpus_per_worker: options.CpusPerWorker = None,
    deadline: options.Deadline = None,
    shard_seconds: options.ShardSeconds = None,
    row_timeout: options.RowTimeout = None,
    wait_nodes: options.WaitNodes = None,
    breaker: options.Breaker = None,
    heartbeat: options.Heartbeat = None,
    adopt: options.Adopt = None,
    readers: options.Readers = None,
    read_ahead: options.ReadAhead = None,
    object_timeout: options.ObjectTimeout = None,
    foreign_etags: options.ForeignEtags = None,
    request_payer: options.RequestPayer = None,
    sse: options.Sse = None,
    storage_class: options.StorageClass = None,
) -> None:
    """Find the colours of a collection: the points that they gather around.

    Counts the colours of every photograph of a manifest, in parallel and
    with a log, as `run` does; then makes a palette of k points of them, with
    the share of each (.json) and a picture (.png). The same command goes on
    where it was; with another -k it only makes the palette again.
    """
    flags = locals()

    def work() -> Came:
        from jobs import palette as job  # half a second of pyarrow and OpenCV, which --help does without
        from jobs.configuration import configured_as
        from jobs.settings import PaletteSettings

        return came_of(configured_as(PaletteSettings, told(flags)), job.run)

    finish(work)
