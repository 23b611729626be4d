"""The command line's `doctor`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from jobs.check import Check
from jobs.cli_job import text_of
from jobs.cli_models import Cache
from jobs.cli_options import AsJson

Places = Optional[list[str]]  # noqa: UP045 - Typer reads it on Python 3.10 too
EPILOG = (
    "Example: colorizer doctor s3://archive/photos s3://archive/color\n\n"
    "Exit codes: 0 all is ok, or only doubtful · 2 usage · 5 something fails, and a run would."
)


def doctor(
    places: Annotated[Places, typer.Argument(metavar="PLACE", help="Folders or s3:// prefixes to probe.")] = None,
    as_json: AsJson = False,
    model_cache: Cache = None,
) -> None:
    """Whether a run could work here: versions, engines, memory, credentials.

    Each finding is ok, WARN or FAIL, and is told as it is made; what to do
    about them comes last, in order. A PLACE is listed, read from and written
    to (a small object, which is deleted again); without one, nobody on the
    network is asked but RAY_ADDRESS, where that is set.
    """
    from jobs.doctor import diagnose, finding

    def tell(one: Check) -> None:
        typer.echo("\n".join(finding(one)))

    found = diagnose(places or (), model_cache, None if as_json else tell)
    typer.echo(text_of(found, as_json))
    raise typer.Exit(found.exit_code)
