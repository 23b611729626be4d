"""The options that every job over a manifest has, in the command line's words."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

# Typer reads the annotations when a command is declared, on Python 3.10 too: Optional, and no `from __future__` magic.
Text = Optional[str]  # noqa: UP045
Number = Optional[int]  # noqa: UP045
Switch = Optional[bool]  # noqa: UP045

WORK, WHICH, STORE = "How the work is done", "Which rows", "Stores"

Manifest = Annotated[
    Text,
    typer.Argument(help="A txt, csv, tsv, jsonl or parquet file (also .gz, .zst; - is stdin), or a folder or prefix/."),
]
Log = Annotated[Text, typer.Option(help="Folder of the Parquet log. (default: OUT/colorizer-log)")]
Config = Annotated[Text, typer.Option(help="A YAML file with any of these options (path or URI).")]
SummaryAsJson = Annotated[Switch, typer.Option("--json", help="Print the summary as one JSON object.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Limit = Annotated[Number, typer.Option(rich_help_panel=WHICH, help="Only the first N rows.")]
Redo = Annotated[
    Text, typer.Option(rich_help_panel=WHICH, help="Answered rows to do again: failed, skipped, all, or a CODE.")
]
Tolerate = Annotated[
    Text,
    typer.Option(rich_help_panel=WHICH, help="Failures that still exit 0: 1% of the rows tried, or 20. (default: 0)"),
]
MaxPixels = Annotated[
    Number, typer.Option(rich_help_panel=WHICH, help="Larger photographs are TOO_LARGE. (default: 300000000)")
]
ManifestFormat = Annotated[Text, typer.Option(rich_help_panel=WHICH, help="Where the manifest's name does not say it.")]
Ray = Annotated[
    Text,
    typer.Option(rich_help_panel=WORK, help="local, auto, an address, or none. (default: RAY_ADDRESS, else local)"),
]
SharedFiles = Annotated[
    Switch,
    typer.Option(rich_help_panel=WORK, help="Paths and file:// are the same on every node of the Ray cluster."),
]
Workers = Annotated[
    Number,
    typer.Option(
        rich_help_panel=WORK,
        help="Workers; state them where nodes come on demand. (default: as many as the cores and the memory allow)",
    ),
]
Deadline = Annotated[Text, typer.Option(rich_help_panel=WORK, help="Stop after this long, exit 75: 3h, 90m, 45s.")]
ShardSeconds = Annotated[
    Text, typer.Option(rich_help_panel=WORK, help="A shard's length in a worker's time. (default: 60)")
]
RowTimeout = Annotated[
    Text,
    typer.Option(rich_help_panel=WORK, help="A row that takes longer is ended, and gets a code. (default: 5m)"),
]
ObjectTimeout = Annotated[
    Text,
    typer.Option(rich_help_panel=STORE, help="S3: an object of 64 MB that takes longer is given up. (default: 2m)"),
]
ForeignEtags = Annotated[
    Switch,
    typer.Option(rich_help_panel=STORE, help="S3: this store's ETags are not MD5 sums; do not compare them."),
]
WaitNodes = Annotated[
    Text,
    typer.Option(rich_help_panel=WORK, help="Stop, exit 75, when no worker comes for so long. (default: 30m)"),
]
Breaker = Annotated[
    Text,
    typer.Option(
        rich_help_panel=WORK,
        help="Stop, exit 4, when so many of the last 1,000 rows failed; or off. (default: 50%)",
    ),
]
Heartbeat = Annotated[
    Text,
    typer.Option(rich_help_panel=WORK, help="Between renewals of the lease on log and output. (default: 10s)"),
]
Adopt = Annotated[
    Switch, typer.Option(rich_help_panel=WORK, help="Begin another log for an output that has one elsewhere.")
]
CpusPerWorker = Annotated[
    Number,
    typer.Option(
        rich_help_panel=WORK,
        help="Compute threads that share a worker's network. (default: 2 where no core is left over, else 1)",
    ),
]
Readers = Annotated[Number, typer.Option(rich_help_panel=WORK, help="Reads at once, per worker. (default: 4)")]
ReadAhead = Annotated[
    Text,
    typer.Option(rich_help_panel=WORK, help="Bytes read ahead, and written behind, per worker. (default: 256M)"),
]
RequestPayer = Annotated[Switch, typer.Option(rich_help_panel=STORE, help="S3: the reader pays.")]
Sse = Annotated[Text, typer.Option(rich_help_panel=STORE, help="S3 encryption: AES256, aws:kms or aws:kms:KEY.")]
StorageClass = Annotated[Text, typer.Option(rich_help_panel=STORE, help="S3 class of outputs.")]
