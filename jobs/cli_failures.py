"""The command line's `failures`."""

from __future__ import annotations

import json
from typing import Annotated, Literal, Optional

import typer

Text = Optional[str]  # noqa: UP045 - Typer reads it on Python 3.10 too
EPILOG = (
    "Example: colorizer failures s3://archive/color/colorizer-log --code NOT_FOUND -o missing.csv\n\n"
    "then: colorizer run missing.csv --out s3://archive/color\n\n"
    "Exit codes: 0 written, also where nothing failed · 2 usage · 5 the log can't be read or the file not be written."
)


def failures(
    log: Annotated[str, typer.Argument(help="The log's folder or s3:// prefix; the job's --out does too.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The manifest: a path or URI, or - for stdout.")
    ] = "-",
    code: Annotated[Text, typer.Option(help="Only rows with this code, skipped ones too. (default: failed)")] = None,
    findings: Annotated[
        Text,
        typer.Option(metavar="FILE", help="Instead: what `verify -o FILE` found missing or damaged, to be made again."),
    ] = None,
    format: Annotated[  # noqa: A002
        Literal["csv", "s3-batch"], typer.Option(help="csv, or the report of S3 Batch Operations.")
    ] = "csv",
    current: Annotated[
        bool, typer.Option("--current", help="Leave out versions, ETags, sizes and times: read what is there now.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as one JSON object.")] = False,
) -> None:
    """What failed, by the newest answer of each output, as a manifest.

    `colorizer run` takes the csv as it is and gives the same outputs. Codes
    that are permanent need its --redo, and files that were replaced --current;
    what --findings gives needs --redo all, for the log has it as done.
    """
    from jobs.errors import PreflightError, StorageError, UsageError, WorldError
    from jobs.failure_manifest import write_csv, write_s3_batch
    from jobs.failures import Failures, check_code
    from jobs.found_run import find_log
    from jobs.storage.settings import StoreSettings
    from jobs.storage.stores import open_stores
    from jobs.verify.findings_file import damaged
    from jobs.written_file import STDOUT, written_file

    if code is not None and findings is not None:
        raise UsageError("--code and --findings each say which rows are wanted: give one of them")
    wanted = None if code is None else check_code(code)
    store = open_stores(StoreSettings())
    found, runs = find_log(store, log)
    rows = Failures(store, found, wanted, None if findings is None else damaged(findings, store))
    try:
        with written_file(output, store, "text/csv") as target:
            done = write_csv(rows, target, runs, current) if format == "csv" else write_s3_batch(rows, target)
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the log can't be read: {error}") from error
    to_stderr = output == STDOUT
    if as_json:
        said = {"rows": done.rows, "left_out": done.left_out, "output": output, "format": format, "log": found}
        typer.echo(json.dumps(said), err=to_stderr)
        return
    more = f"; {done.left_out:,} left out ({'no s3://' if format == 's3-batch' else 'below another --out'})"
    typer.echo(f"{done.rows:,} rows → {output}{more if done.left_out else ''}", err=to_stderr)
