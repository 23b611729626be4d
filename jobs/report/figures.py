"""The figures of a report: what is said of a log, in plain values. The newest answer of each output counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from jobs.codes import CODES

_KNOWN = {code.name: code for code in CODES}
_MILLION = 1_000_000
_SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class CodeCount:
    """Rows with one code, and what it means; a code of another version has no meaning here."""

    code: str
    rows: int
    kind: str
    meaning: str
    remedy: str

    @classmethod
    def of(cls, code: str, rows: int) -> CodeCount:
        """With what `jobs.codes` says of it."""
        known = _KNOWN.get(code)
        if known is None:
            return cls(code, rows, "unknown", "A code of another version.", "See the message.")
        return cls(code, rows, known.kind, known.meaning, known.remedy)


@dataclass(frozen=True, slots=True)
class Totals:
    """rows = colorized + counted + skipped + failed + duplicates + unanswered.

    Attributes:
        rows: of the manifest of `run_id`; of the whole log where no run has left one.
        run_id: the newest run that spooled its manifest to the end, or None.
        colorized: rows with an output, by the newest answer of each; likewise the others.
        counted: by `colorizer palette`.
        skipped: left alone for a reason.
        failed: with a code.
        duplicates: exact repeats in the manifest.
        unanswered: rows that wait for the next run.
        by_code: the most frequent code first.
    """

    rows: int
    run_id: str | None
    colorized: int
    counted: int
    skipped: int
    failed: int
    duplicates: int
    unanswered: int
    by_code: tuple[CodeCount, ...]


@dataclass(frozen=True, slots=True)
class Throughput:
    """Images finished over working time, the pauses between runs left out.

    Attributes:
        step: seconds of each bin.
        images: by bin.
        begins: seconds at which each run begins on that clock, from 0.
        seconds: of work, above 0; the last bin may end later.
    """

    step: float
    images: tuple[int, ...]
    begins: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """One worker over all runs; `seconds` from its first read to its last write in each, added up."""

    name: str
    images: int
    seconds: float

    @property
    def images_per_second(self) -> float:
        """0 where no time passed."""
        return self.images / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """What the newest answers took.

    Attributes:
        images: rows that were coloured or counted.
        megapixels: of the outputs.
        stages: seconds by stage, of all answered rows.
        throughput: over time.
        workers: the most images first.
        fingerprints: rows by fingerprint, the most first.
    """

    images: int
    megapixels: float
    stages: tuple[tuple[str, float], ...]
    throughput: Throughput
    workers: tuple[WorkerFigures, ...]
    fingerprints: tuple[tuple[str, int], ...]

    @property
    def core_seconds(self) -> float:
        """Of computing: a photograph is decoded, inferred, rendered and encoded by one thread, which is one core."""
        return sum(seconds for stage, seconds in self.stages if stage not in ("read", "write"))


@dataclass(frozen=True, slots=True)
class Cost:
    """Money for computing, by the price of a core for an hour.

    Attributes:
        price: of a core-hour, in the user's currency.
        core_seconds: measured, waits for the store left out.
        per_million: of a million images like these; None where there are none.
    """

    price: float
    core_seconds: float
    per_million: float | None

    @classmethod
    def of(cls, work: Work, price: float) -> Cost:
        """(core-seconds ÷ images) × 10⁶ ÷ 3600 × price."""
        each = work.core_seconds / work.images if work.images else None
        return cls(price, work.core_seconds, each if each is None else each * _MILLION / _SECONDS_AN_HOUR * price)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run, as `_run.json` and `_summary.json` say; what they do not say is None or empty."""

    run_id: str
    command: str | None
    tried: int | None
    seconds: float | None
    images_per_second: float | None
    exit_code: int | None
    stopped: str | None
    fingerprint: str | None
    settings: tuple[tuple[str, str], ...]
    shape: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """One row of the log as the gallery shows it, or as an example of a failure.

    Attributes:
        source, output: URIs.
        source_size: bytes, where known.
        code, message: of the row.
        width, height: pixels of the output, 0 where there is none.
        flags: of review.
        label: what the derivative says of itself, where the log has it.
        colourfulness: where the log has it.
    """

    source: str
    output: str
    source_size: int | None
    code: str | None
    message: str | None
    width: int
    height: int
    flags: tuple[str, ...]
    label: str | None
    colourfulness: float | None

    @property
    def folder(self) -> str:
        """The source's."""
        return self.source.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows drawn from the log; the same log gives the same ones.

    Attributes:
        shots: of coloured rows, in the order of the draw.
        coloured: rows of the log that they were drawn from, whatever the manifest has.
        has_review: whether the log has review flags at all.
        failures: a few of each code.
    """

    shots: tuple[Shot, ...]
    coloured: int
    has_review: bool
    failures: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that a report says but for its pictures."""

    log: str
    totals: Totals
    work: Work
    cost: Cost
    runs: tuple[RunFigures, ...]
    sample: Sample

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)
