"""The command line: flags → settings → one function. Each command's work is elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Literal, Optional

import typer

from colorizer_core import __version__
from colorizer_core.errors import ColorizerError
from jobs import cli_doctor, cli_failures, cli_status
from jobs import cli_options as options
from jobs.cli_job import EXIT_CODES, Came, came_of, finish, text_of, told
from jobs.cli_models import Cache, models
from jobs.cli_options import STORE, WHICH, WORK, AsJson, Number, Text
from jobs.cli_palette import palette as palette_command
from jobs.cli_report import EXIT_CODES as REPORT_EXIT_CODES
from jobs.cli_report import report as report_command
from jobs.cli_verify import EXAMPLE, VERIFY_EXIT_CODES, verify
from jobs.shown import shown
from jobs.summary import INTERNAL

_RECIPE = "published: the pixels of the paper; photograph: chroma guided, gamut lightness."
_CHROMA = "Colour at full size: published (bilinear), cubic, or guided by the photograph's outlines."
_GAMUT = "Colours beyond sRGB: clip as published, or keep lightness and give up chroma."
_LABEL = "IPTC's term in the outputs: composite (…WithTrainedAlgorithmicMedia) or enhanced (algorithmicallyEnhanced)."
_METADATA = "The source's EXIF, XMP and IPTC: keep, or none (the label, sRGB and the resolution alone)."
_ALREADY = "Colour photographs: skip (ALREADY_COLOR), or recolor from their lightness (RECOLORED)."
_ENGINES = "opencv, openvino, onnxruntime, or package.module:function."

app = typer.Typer(
    name="colorizer",
    help="Colours photographic archives: a manifest in, coloured photographs and a Parquet log out, on Ray.",
    epilog="Example: colorizer run ~/scans --out ~/scans-coloured",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(models, name="models")
app.command("palette", epilog=f"Example: colorizer palette s3://archive/colour/ -k 64 -o p.npy\n\n{EXIT_CODES}")(
    palette_command
)
app.command("report", epilog=f"Example: colorizer report s3://archive/color -o report.html\n\n{REPORT_EXIT_CODES}")(
    report_command
)
app.command("verify", epilog=f"{EXAMPLE}\n\n{VERIFY_EXIT_CODES}")(verify)
app.command("doctor", epilog=cli_doctor.EPILOG)(cli_doctor.doctor)
app.command("failures", epilog=cli_failures.EPILOG)(cli_failures.failures)
app.command("status", epilog=cli_status.EPILOG)(cli_status.status)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one command and exits: 0 complete · 1 internal error · 2 usage · others as `colorizer run --help` says."""
    try:
        app(list(sys.argv[1:] if argv is None else argv), prog_name="colorizer")
    except ColorizerError as error:
        said = "\n".join(shown(line) for line in str(error).split("\n"))
        typer.echo(f"colorizer: {said}", err=True)
        sys.exit(getattr(error, "exit_code", INTERNAL))


@app.callback(invoke_without_command=True)
def _colorizer(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"colorizer {__version__}")


@app.command(epilog=f"Example: colorizer run m.csv --out s3://archive/color --limit 100\n\n{EXIT_CODES}")
def run(
    manifest: options.Manifest = None,
    out: Annotated[Text, typer.Option(help="Folder or s3://bucket/prefix of the coloured photographs.")] = None,
    log: options.Log = None,
    config: options.Config = None,
    as_json: options.SummaryAsJson = None,
    model: Annotated[Text, typer.Option(help="mini, zhang2016, or a folder's path or URI. (default: mini)")] = None,
    palette: Annotated[
        Text, typer.Option(help="An .npy of `colorizer palette`: the model's colours move to the nearest of its.")
    ] = None,
    names: Annotated[Text, typer.Option(help="stem: a.tif → a.png; full: a.tif → a.tif.png. (default: stem)")] = None,
    format: Annotated[Text, typer.Option(help="keep, jpeg, png, tiff, webp or jp2. (default: keep)")] = None,  # noqa: A002
    quality: Annotated[Number, typer.Option(help="1–100, of lossy formats.")] = None,
    recipe: Annotated[Text, typer.Option(help=f"{_RECIPE} (default: photograph)")] = None,
    chroma: Annotated[Text, typer.Option(help=f"{_CHROMA} (default: the recipe's)")] = None,
    gamut: Annotated[Text, typer.Option(help=f"{_GAMUT} (default: the recipe's)")] = None,
    label: Annotated[Text, typer.Option(help=f"{_LABEL} (default: composite)")] = None,
    metadata: Annotated[Text, typer.Option(help=f"{_METADATA} (default: keep)")] = None,
    already_color: Annotated[Text, typer.Option(rich_help_panel=WHICH, help=f"{_ALREADY} (default: skip)")] = None,
    limit: options.Limit = None,
    redo: options.Redo = None,
    tolerate: options.Tolerate = None,
    max_pixels: options.MaxPixels = None,
    manifest_format: options.ManifestFormat = None,
    ray: options.Ray = None,
    shared_files: options.SharedFiles = None,
    workers: options.Workers = None,
    engine: Annotated[Text, typer.Option(rich_help_panel=WORK, help=f"{_ENGINES} (default: opencv)")] = None,
    precision: Annotated[
        Text, typer.Option(rich_help_panel=WORK, help="Of the network: fp32 or bf16. (default: fp32)")
    ] = None,
    device: Annotated[
        Text, typer.Option(rich_help_panel=WORK, help="That runs the network: cpu or cuda. (default: cpu)")
    ] = None,
    deadline: options.Deadline = None,
    shard_seconds: options.ShardSeconds = None,
    row_timeout: options.RowTimeout = None,
    object_timeout: options.ObjectTimeout = None,
    foreign_etags: options.ForeignEtags = None,
    wait_nodes: options.WaitNodes = None,
    breaker: options.Breaker = None,
    heartbeat: options.Heartbeat = None,
    adopt: options.Adopt = None,
    cpus_per_worker: options.CpusPerWorker = None,
    gpus_per_worker: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(
            rich_help_panel=WORK, help="Of the cluster's, with --device cuda; 0.5 is half of one. (default: 1)"
        ),
    ] = None,
    batch: Annotated[
        Number,
        typer.Option(
            rich_help_panel=WORK,
            help="Pictures that a GPU computes together, at most. (default: as many as --cpus-per-worker)",
        ),
    ] = None,
    readers: options.Readers = None,
    writers: Annotated[
        Number, typer.Option(rich_help_panel=WORK, help="Writes at once, per worker. (default: 4)")
    ] = None,
    read_ahead: options.ReadAhead = None,
    model_cache: Annotated[
        Text, typer.Option(rich_help_panel=STORE, help="Folder for fetched models. (default: ~/.cache/colorizer)")
    ] = None,
    mirror: Annotated[
        Text, typer.Option(rich_help_panel=STORE, help="A folder's URI where a model's files are looked for first.")
    ] = None,
    request_payer: options.RequestPayer = None,
    sse: options.Sse = None,
    storage_class: options.StorageClass = None,
) -> None:
    """Colour every photograph of a manifest that the log does not answer yet.

    The same command again, after a crash, a kill or a deadline, goes on
    where it was. Every option can stand in a YAML file (--config) or a
    COLORIZER_… variable; flags win over variables, variables over the file.
    """
    flags = locals()

    def work() -> Came:
        from jobs import colorize  # half a second of pyarrow and OpenCV, which --help does without
        from jobs.configuration import configured

        return came_of(configured(told(flags)), colorize.run)

    finish(work)


@app.command(epilog="Example: colorizer image old.tif coloured.jpg --quality 92")
def image(
    source: Annotated[str, typer.Argument(metavar="IN", help="A photograph: a path or URI.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="Its derivative; the ending says the format.")],
    model: Annotated[str, typer.Option(help="mini, zhang2016, or a folder's path or URI.")] = "mini",
    engine: Annotated[str, typer.Option(help=_ENGINES)] = "opencv",
    precision: Annotated[str, typer.Option(help="Of the network: fp32 or bf16.")] = "fp32",
    device: Annotated[str, typer.Option(help="That runs the network: cpu or cuda.")] = "cpu",
    quality: Annotated[Number, typer.Option(min=1, max=100, help="1–100, of lossy formats.")] = None,
    recipe: Annotated[Literal["published", "photograph"], typer.Option(help=_RECIPE)] = "photograph",
    chroma: Annotated[Optional[Literal["published", "cubic", "guided"]], typer.Option(help=_CHROMA)] = None,  # noqa: UP045
    gamut: Annotated[Optional[Literal["clip", "lightness"]], typer.Option(help=_GAMUT)] = None,  # noqa: UP045
    label: Annotated[Literal["composite", "enhanced"], typer.Option(help=_LABEL)] = "composite",
    metadata: Annotated[Literal["keep", "none"], typer.Option(help=_METADATA)] = "keep",
    already_color: Annotated[Literal["skip", "recolor"], typer.Option(help=_ALREADY)] = "skip",
    max_pixels: Annotated[int, typer.Option(min=1, help="More pixels are refused.")] = 300_000_000,
    as_json: AsJson = False,
) -> None:
    """Colour one photograph, by the job's own code, without Ray."""
    from colorizer_core.colorizer import Options
    from colorizer_core.recipe import rendering
    from jobs.engine_choice import chosen
    from jobs.image import colorize_one

    asked = Options(max_pixels, quality, rendering(recipe, chroma, gamut), label, metadata, already_color)
    done = colorize_one(source, target, model, chosen(engine, precision, device), asked)
    typer.echo(text_of(done, as_json))


@app.command("engines", epilog="Example: colorizer engines --model zhang2016")
def show_engines(
    model: Annotated[Text, typer.Option(help="Whose network is measured. (default: one of zhang2016's size)")] = None,
    as_json: AsJson = False,
    model_cache: Cache = None,
) -> None:
    """What can run the network here, how fast, and which to choose."""
    from jobs.engine_report import report

    found = report(model, model_cache)
    typer.echo(text_of(found, as_json))


if __name__ == "__main__":
    main()
