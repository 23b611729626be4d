"""The command line's `report`. Its work is in `jobs/report/`."""

from __future__ import annotations

import json
from typing import Annotated, Optional

import typer

EXIT_CODES = "Exit codes: 0 written · 2 usage, or no log there · 5 the log can't be read, or the page not be written."


def report(
    log: Annotated[str, typer.Argument(metavar="LOG", help="A log's folder, or the --out of its run; a path or URI.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE.html|URI", help="The page to write, or - for stdout.")
    ] = "colorizer-report.html",
    rows: Annotated[int, typer.Option(min=0, max=1000, help="Photographs in the gallery, at most.")] = 300,
    price: Annotated[
        float, typer.Option(min=0, help="Of a core for an hour, for the cost of a million images.")
    ] = 0.04,
    true: Annotated[
        Optional[str],  # noqa: UP045 - Typer reads it on Python 3.10 too
        typer.Option(metavar="FOLDER", help="True-colour originals under the same relative names, shown beside."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as one JSON object, and write no page.")
    ] = False,
) -> None:
    """Make one page of a log: totals, plots, failures, pictures.

    The page is one HTML file with everything inside, and asks no network
    for anything. It may be made while a run is active.
    """
    from jobs.report.report import Asked, figures, write_report
    from jobs.written_file import STDOUT

    asked = Asked(log, rows, price, true)
    if as_json:
        typer.echo(json.dumps(figures(asked).as_dict(), indent=2))
    else:
        typer.echo(write_report(asked, output), err=output == STDOUT)
