"""The command line: flags → settings → one function. Each command's work is elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Annotated, Any, Optional

import typer

from colorizer_core import __version__
from colorizer_core.errors import ColorizerError
from jobs.cli_models import Cache, models
from jobs.shown import without_secrets

# Typer reads the annotations when a command is declared, on Python 3.10 too: Optional, and no `from __future__` magic.
Text = Optional[str]  # noqa: UP045
Number = Optional[int]  # noqa: UP045
Switch = Optional[bool]  # noqa: UP045

INTERNAL = 1
INTERRUPTED = 130
_ENGINES = "opencv, openvino, onnxruntime, or package.module:function."
_WORK, _WHICH, _STORE = "How the work is done", "Which rows", "Stores"

app = typer.Typer(
    name="colorizer",
    help="Colours photographic archives: a manifest in, coloured photographs and a Parquet log out, on Ray.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models, name="models")


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one command and exits: 0 complete · 1 internal error · 2 usage · others as `colorizer run --help` says."""
    try:
        app(list(sys.argv[1:] if argv is None else argv), prog_name="colorizer")
    except ColorizerError as error:
        typer.echo(f"colorizer: {without_secrets(str(error))}", err=True)
        sys.exit(getattr(error, "exit_code", INTERNAL))


@app.callback(invoke_without_command=True)
def _colorizer(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"colorizer {__version__}")


@app.command(
    epilog="Exit codes: 0 complete · 1 internal error · 2 usage · 3 complete, more failures than --tolerate · 4 stopped "
    "by the world (credentials, a full disk) or the breaker · 5 preflight failed, nothing was done · 6 another run is active · "
    "75 stopped early; run again to go on."
)
def run(
    manifest: Annotated[
        Text,
        typer.Argument(
            help="A txt, csv, tsv, jsonl or parquet file (also .gz, .zst; - is stdin), or a folder or prefix/."
        ),
    ] = None,
    out: Annotated[Text, typer.Option(help="Folder or s3://bucket/prefix of the coloured photographs.")] = None,
    log: Annotated[Text, typer.Option(help="Folder of the Parquet log. (default: OUT/colorizer-log)")] = None,
    config: Annotated[Text, typer.Option(help="A YAML file with any of these options (path or URI).")] = None,
    as_json: Annotated[Switch, typer.Option("--json", help="Print the summary as one JSON object.")] = None,
    model: Annotated[Text, typer.Option(help="mini, zhang2016, or a folder's path or URI. (default: mini)")] = None,
    names: Annotated[Text, typer.Option(help="stem: a.tif → a.png; full: a.tif → a.tif.png. (default: stem)")] = None,
    format: Annotated[Text, typer.Option(help="keep, jpeg, png, tiff, webp or jp2. (default: keep)")] = None,  # noqa: A002
    quality: Annotated[Number, typer.Option(help="1–100, of lossy formats.")] = None,
    limit: Annotated[Number, typer.Option(rich_help_panel=_WHICH, help="Only the first N rows.")] = None,
    redo: Annotated[
        Text, typer.Option(rich_help_panel=_WHICH, help="Answered rows to do again: failed, skipped, all, or a CODE.")
    ] = None,
    tolerate: Annotated[
        Text,
        typer.Option(
            rich_help_panel=_WHICH, help="Failures that still exit 0: 1% of the rows tried, or 20. (default: 0)"
        ),
    ] = None,
    max_pixels: Annotated[
        Number, typer.Option(rich_help_panel=_WHICH, help="Larger photographs are TOO_LARGE. (default: 300000000)")
    ] = None,
    manifest_format: Annotated[
        Text, typer.Option(rich_help_panel=_WHICH, help="Where the manifest's name does not say it.")
    ] = None,
    ray: Annotated[
        Text,
        typer.Option(
            rich_help_panel=_WORK, help="local, auto, an address, or none. (default: RAY_ADDRESS, else local)"
        ),
    ] = None,
    shared_files: Annotated[
        Switch,
        typer.Option(rich_help_panel=_WORK, help="Paths and file:// are the same on every node of the Ray cluster."),
    ] = None,
    workers: Annotated[
        Number,
        typer.Option(
            rich_help_panel=_WORK,
            help="Workers, each one network. (default: as many as the cores and the memory allow)",
        ),
    ] = None,
    engine: Annotated[Text, typer.Option(rich_help_panel=_WORK, help=f"{_ENGINES} (default: opencv)")] = None,
    precision: Annotated[
        Text, typer.Option(rich_help_panel=_WORK, help="Of the network: fp32 or bf16. (default: fp32)")
    ] = None,
    device: Annotated[
        Text, typer.Option(rich_help_panel=_WORK, help="That runs the network: cpu or cuda. (default: cpu)")
    ] = None,
    deadline: Annotated[
        Text, typer.Option(rich_help_panel=_WORK, help="Stop after this long, exit 75: 3h, 90m, 45s.")
    ] = None,
    shard_seconds: Annotated[
        Text, typer.Option(rich_help_panel=_WORK, help="A shard's length in a worker's time. (default: 60)")
    ] = None,
    row_timeout: Annotated[
        Text,
        typer.Option(rich_help_panel=_WORK, help="A row that takes longer is ended, and gets a code. (default: 5m)"),
    ] = None,
    object_timeout: Annotated[
        Text,
        typer.Option(
            rich_help_panel=_STORE, help="S3: an object of 64 MB that takes longer is given up. (default: 2m)"
        ),
    ] = None,
    foreign_etags: Annotated[
        Switch,
        typer.Option(rich_help_panel=_STORE, help="S3: this store's ETags are not MD5 sums; do not compare them."),
    ] = None,
    wait_nodes: Annotated[
        Text,
        typer.Option(rich_help_panel=_WORK, help="Stop, exit 75, when no worker comes for so long. (default: 30m)"),
    ] = None,
    breaker: Annotated[
        Text,
        typer.Option(
            rich_help_panel=_WORK,
            help="Stop, exit 4, when so many of the last 1,000 rows failed; or off. (default: 50%)",
        ),
    ] = None,
    heartbeat: Annotated[
        Text,
        typer.Option(rich_help_panel=_WORK, help="Between renewals of the lease on log and output. (default: 10s)"),
    ] = None,
    adopt: Annotated[
        Switch, typer.Option(rich_help_panel=_WORK, help="Begin another log for an output that has one elsewhere.")
    ] = None,
    cpus_per_worker: Annotated[
        Number,
        typer.Option(rich_help_panel=_WORK, help="Compute threads that share a worker's network. (default: 1)"),
    ] = None,
    gpus_per_worker: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(
            rich_help_panel=_WORK, help="Of the cluster's, with --device cuda; 0.5 is half of one. (default: 1)"
        ),
    ] = None,
    batch: Annotated[
        Number,
        typer.Option(
            rich_help_panel=_WORK,
            help="Pictures that a GPU computes together, at most. (default: as many as --cpus-per-worker)",
        ),
    ] = None,
    readers: Annotated[
        Number, typer.Option(rich_help_panel=_WORK, help="Reads at once, per worker. (default: 4)")
    ] = None,
    writers: Annotated[
        Number, typer.Option(rich_help_panel=_WORK, help="Writes at once, per worker. (default: 4)")
    ] = None,
    read_ahead: Annotated[
        Text,
        typer.Option(rich_help_panel=_WORK, help="Bytes read ahead, and written behind, per worker. (default: 256M)"),
    ] = None,
    model_cache: Annotated[
        Text, typer.Option(rich_help_panel=_STORE, help="Folder for fetched models. (default: ~/.cache/colorizer)")
    ] = None,
    mirror: Annotated[
        Text, typer.Option(rich_help_panel=_STORE, help="A folder's URI where a model's files are looked for first.")
    ] = None,
    request_payer: Annotated[Switch, typer.Option(rich_help_panel=_STORE, help="S3: the reader pays.")] = None,
    sse: Annotated[
        Text, typer.Option(rich_help_panel=_STORE, help="S3 encryption: AES256, aws:kms or aws:kms:KEY.")
    ] = None,
    storage_class: Annotated[Text, typer.Option(rich_help_panel=_STORE, help="S3 class of outputs.")] = None,
) -> None:
    """Colour every photograph of a manifest that the log does not answer yet.

    The same command again, after a crash, a kill or a deadline, goes on
    where it was. Every option can stand in a YAML file (--config) or a
    COLORIZER_… variable; flags win over variables, variables over the file.
    """
    flags = {**locals(), "json": as_json}
    del flags["as_json"]
    try:
        code = _run(flags)
    except KeyboardInterrupt:
        typer.echo("interrupted; the same command goes on from here", err=True)
        code = INTERRUPTED
    raise typer.Exit(code)


def _run(flags: dict[str, Any]) -> int:
    from jobs import colorize  # half a second of pyarrow and OpenCV, which --help does without
    from jobs.configuration import configured

    settings, as_json = configured(flags)
    stdin = sys.stdin.buffer if settings.manifest == "-" else None
    with redirect_stdout(sys.stderr):  # Ray tells of dead nodes on standard output, which is the summary's
        summary = colorize.run(settings, stdin)
    typer.echo(json.dumps(summary.as_dict(), indent=2) if as_json else "\n".join(summary.lines()))
    return summary.exit_code


@app.command()
def image(
    source: Annotated[str, typer.Argument(metavar="IN", help="A photograph: a path or URI.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="Its derivative; the ending says the format.")],
    model: Annotated[str, typer.Option(help="mini, zhang2016, or a folder's path or URI.")] = "mini",
    engine: Annotated[str, typer.Option(help=_ENGINES)] = "opencv",
    precision: Annotated[str, typer.Option(help="Of the network: fp32 or bf16.")] = "fp32",
    device: Annotated[str, typer.Option(help="That runs the network: cpu or cuda.")] = "cpu",
    quality: Annotated[Number, typer.Option(min=1, max=100, help="1–100, of lossy formats.")] = None,
    max_pixels: Annotated[int, typer.Option(min=1, help="More pixels are refused.")] = 300_000_000,
) -> None:
    """Colour one photograph, by the job's own code, without Ray."""
    from colorizer_core.colorizer import Options
    from jobs.engine_choice import chosen
    from jobs.image import colorize_one

    typer.echo(colorize_one(source, target, model, chosen(engine, precision, device), Options(max_pixels, quality)))


@app.command("engines")
def show_engines(
    model: Annotated[Text, typer.Option(help="Whose network is measured. (default: one of zhang2016's size)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    model_cache: Cache = None,
) -> None:
    """What can run the network here, how fast, and which to choose."""
    from jobs.engine_report import report

    found = report(model, model_cache)
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else "\n".join(found.lines()))


if __name__ == "__main__":
    main()
