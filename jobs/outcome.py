"""What became of one row: exactly one outcome, which is one row of the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from colorizer_core.histogram import Histogram
from colorizer_core.kind import Kind
from colorizer_core.quality import Quality
from jobs.codes import WORLD_CODES, Status
from jobs.machine import cpu_name, node_name
from jobs.rows import Facts, Row


@dataclass(frozen=True, slots=True)
class Output:
    """The derivative that was written.

    `sha256` is of the bytes as they lie in the store; `label` the term of IPTC in them; `metadata_kept` what of the source's
    metadata they hold, and what not, in words; `source_frames` is its source's.
    """

    size: int
    sha256: str
    format: str
    width: int
    height: int
    channels: int
    bit_depth: int
    source_frames: int = 1
    label: str | None = None
    metadata_kept: str | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds that one row spent in each stage; None where it did not get there."""

    read: float | None = None
    decode: float | None = None
    infer: float | None = None
    render: float | None = None
    encode: float | None = None
    write: float | None = None


STAGES = ("read", "decode", "infer", "render", "encode", "write")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one row. What is the world's fault is none: it can't be made with such a code (`ValueError`).

    Attributes:
        row: the row.
        status: colorized (or counted), skipped or failed.
        code: why not; RECOLORED, or None for a plain colorized or counted row.
        message: the same for people, one line; None with it.
        facts: of the version that was read, else as stated.
        source_sha256: of the bytes that were read; None if none were.
        output: what was written; None if nothing was.
        started_at: seconds since the epoch, UTC.
        seconds: from the first byte asked for to the last byte put.
        times: where they went.
        colours: what was counted, where counting was the work.
        kind: of the source, where it was coloured.
        quality: of the output, likewise.
    """

    row: Row
    status: Status
    code: str | None
    message: str | None
    facts: Facts
    source_sha256: str | None
    output: Output | None
    started_at: float
    seconds: float
    times: Times
    colours: Histogram | None = None
    kind: Kind | None = None
    quality: Quality | None = None

    def __post_init__(self) -> None:
        if self.code in WORLD_CODES:
            raise ValueError(f"{self.code} is the world's: no row of the log may have it")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What all rows of a part share: the run, the model if there is one, and the machine that made them."""

    run_id: str
    model: str | None
    model_sha256: str | None
    engine: str | None
    precision: str | None
    device: str | None
    fingerprint: str
    worker: str = "driver"
    node: str = field(default_factory=node_name)
    cpu: str = field(default_factory=cpu_name)
