"""The command line's `models`: list, fetch, verify, import, export. Their work is in `model_shelf.py`."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

from jobs.cli_job import text_of
from jobs.cli_options import AsJson

Text = Optional[str]  # noqa: UP045 - Typer reads it on Python 3.10 too
Cache = Annotated[Text, typer.Option("--model-cache", help="Folder for fetched models. (default: ~/.cache/colorizer)")]
models = typer.Typer(
    help="The models: list, fetch, verify, import, export.",
    epilog="Example: colorizer models fetch zhang2016",
    no_args_is_help=True,
)


@models.command("list", epilog="Example: colorizer models list")
def list_models(model_cache: Cache = None, as_json: AsJson = False) -> None:
    """The known models, and which are at hand."""
    from jobs.model_shelf import describe

    typer.echo(text_of(describe(model_cache), as_json))


@models.command(epilog="Example: colorizer models fetch zhang2016 --mirror s3://archive/models")
def fetch(
    name: Annotated[str, typer.Argument(help="A model of the list.")],
    mirror: Annotated[Text, typer.Option(help="A folder's URI of yours where its files are looked for first.")] = None,
    model_cache: Cache = None,
    as_json: AsJson = False,
) -> None:
    """Get a model's files, checked by size and sha256, into the cache."""
    from jobs.model_shelf import fetch as fetch_model

    typer.echo(text_of(fetch_model(name, mirror, model_cache), as_json))


@models.command(epilog="Example: colorizer models verify zhang2016")
def verify(
    name: Annotated[str, typer.Argument(help="A model of the list, or a folder.")] = "mini",
    model_cache: Cache = None,
    as_json: AsJson = False,
) -> None:
    """Check a model's files again, load it, and colour the test picture."""
    from jobs.model_shelf import verify as verify_model

    typer.echo(text_of(verify_model(name, model_cache), as_json))


@models.command("import", epilog="Example: colorizer models import zhang2016 ~/downloads")
def import_model(
    name: Annotated[str, typer.Argument(help="A model of the list.")],
    folder: Annotated[str, typer.Argument(help="The folder (or URI) where its three files are.")],
    model_cache: Cache = None,
    as_json: AsJson = False,
) -> None:
    """Take files that you already have into the cache, checked."""
    from jobs.model_shelf import fetch as fetch_model

    typer.echo(text_of(fetch_model(name, folder, model_cache, only_mirror=True), as_json))


@models.command("export", epilog="Example: colorizer models export zhang2016 -o zhang2016.onnx")
def export_model(
    name: Annotated[str, typer.Argument(metavar="NAME|DIR", help="A model of the list, or a folder.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The file to write; a path or URI, or - for stdout.")
    ],
    format: Annotated[Literal["onnx"], typer.Option(help="Of the file.")] = "onnx",  # noqa: A002, ARG001
    model_cache: Cache = None,
    as_json: AsJson = False,
) -> None:
    """Write a model as one file for other programs, the palette inside."""
    from jobs.model_shelf import export
    from jobs.written_file import STDOUT

    typer.echo(text_of(export(name, output, model_cache), as_json), err=output == STDOUT)
