"""The command line's `verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.cli_job import Came, finish, text_of
from jobs.cli_models import Cache
from jobs.cli_options import STORE, WHICH, WORK, AsJson, Text
from jobs.summary import INTERRUPTED

VERIFY_EXIT_CODES = (
    "Exit codes: 0 all that was asked for is proven · 1 internal error · 2 usage · 3 something does not hold or could not "
    "be proven · 4 stopped by the world (credentials, an endpoint) · 5 the log can't be read, nothing was verified · "
    "75 stopped early, with what was proven so far · 130 Ctrl-C twice."
)
EXAMPLE = (
    "Example: colorizer verify s3://archive/color --recompute 0.1% --seed 202701 --orphans -o findings.csv "
    "(every month, say: all outputs, one in a thousand made again)"
)


def verify(
    log: Annotated[str, typer.Argument(metavar="LOG", help="A run's log, or its --out.")],
    sample: Annotated[
        Text, typer.Option(rich_help_panel=WHICH, help="The share of the outputs that is looked at: 1%. (default: all)")
    ] = None,
    recompute: Annotated[
        Text,
        typer.Option(
            rich_help_panel=WHICH,
            help="The share that is made again from its source and compared: 0.1%. (default: none)",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(rich_help_panel=WHICH, min=0, help="Another one looks at others.")] = 0,
    orphans: Annotated[
        bool,
        typer.Option(
            "--orphans", rich_help_panel=WHICH, help="List files in the output that the log does not name as outputs."
        ),
    ] = False,
    output: Annotated[
        Text, typer.Option("--output", "-o", metavar="FILE.csv", help="What was found, one row each; a path or URI.")
    ] = None,
    as_json: AsJson = False,
    readers: Annotated[int, typer.Option(rich_help_panel=WORK, min=1, help="Outputs that are read at once.")] = 8,
    engine: Annotated[
        Text,
        typer.Option(
            rich_help_panel=WORK,
            help="Your own engine, package.module:function, which is run only if the log and you say it.",
        ),
    ] = None,
    model_cache: Cache = None,
    mirror: Annotated[
        Text, typer.Option(rich_help_panel=STORE, help="A folder's URI where a model's files are looked for first.")
    ] = None,
    request_payer: Annotated[
        bool, typer.Option("--request-payer", rich_help_panel=STORE, help="S3: the reader pays.")
    ] = False,
    foreign_etags: Annotated[
        bool,
        typer.Option("--foreign-etags", rich_help_panel=STORE, help="S3: this store's ETags are not MD5 sums."),
    ] = False,
    object_timeout: Annotated[
        str, typer.Option(rich_help_panel=STORE, help="S3: an object of 64 MB that takes longer is given up.")
    ] = "2m",
) -> None:
    """Prove that outputs are there, are what was written, and come out again.

    Reads what the newest rows of a log say, and every output (or a sample):
    it must be there, with the log's sha256. With --recompute some are made
    again with their run's settings: the bytes must be the same, or the
    pixels, or, on another processor, within one level of 255. Nothing is
    written but the findings, and nothing needs Ray.
    """

    def work() -> Came:
        from jobs.configuration import default_mirror, default_model_cache
        from jobs.settings import checked_place
        from jobs.storage.settings import StoreSettings
        from jobs.storage.uri import absolute
        from jobs.verify.prove import prove
        from jobs.verify.settings import VerifySettings, seconds, share

        settings = VerifySettings(
            log=absolute(checked_place(log)),
            sample=share("--sample", sample, 1.0),
            recompute=share("--recompute", recompute, 0.0),
            seed=seed,
            orphans=orphans,
            readers=readers,
            findings=output,
            model_cache=model_cache or str(default_model_cache()),
            mirror=mirror or default_mirror(),
            engine=engine,
            stores=StoreSettings(
                request_payer="requester" if request_payer else None,
                object_timeout=seconds("--object-timeout", object_timeout),
                etag_is_md5=not foreign_etags,
            ),
        )
        try:
            proof = prove(settings)
        except KeyboardInterrupt:
            typer.echo("interrupted twice; what was proven is not said", err=True)
            raise typer.Exit(INTERRUPTED) from None
        return Came(text_of(proof, as_json), proof.exit_code)

    finish(work)
