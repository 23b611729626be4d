"""The columns of the log: name, type and meaning in one table, from which the Parquet schema and docs/log.md are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TypeVar

import pyarrow as pa

from colorizer_core.quality import Quality
from jobs.outcome import Outcome, Output, Provenance
from jobs.rows import FIRST_SECOND, LAST_SECOND

_TIMESTAMP = pa.timestamp("ms", tz="UTC")
_NAME = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class Part:
    """What every row of one part shares beside its provenance."""

    provenance: Provenance
    shard: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the log.

    Attributes:
        name: as it stands in Parquet.
        type: the Arrow type.
        meaning: for docs/log.md.
        value: the cell for one outcome.
    """

    name: str
    type: pa.DataType
    meaning: str
    value: Callable[[Part, Outcome], object]


T = TypeVar("T")


def _of_output(get: Callable[[Output], T]) -> Callable[[Part, Outcome], T | None]:
    return lambda _part, outcome: None if outcome.output is None else get(outcome.output)


def _of_quality(get: Callable[[Quality], T]) -> Callable[[Part, Outcome], T | None]:
    return lambda _part, outcome: None if outcome.quality is None else get(outcome.quality)


def _moment(seconds: float | None) -> datetime | None:
    """None too for a time that no calendar has: a disk takes whatever it is told."""
    if seconds is None or not FIRST_SECOND <= seconds <= LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc)


COLUMNS: tuple[Column, ...] = (
    Column("run_id", _NAME, "The run; later runs sort after earlier ones.", lambda p, _: p.provenance.run_id),
    Column("shard", pa.int32(), "The shard of the run, from 0.", lambda p, _: p.shard),
    Column("attempt", pa.int32(), "The attempt at the shard, from 0.", lambda p, _: p.attempt),
    Column("row", pa.int64(), "The row of the run's spooled manifest, from 0.", lambda _, o: o.row.number),
    Column("source_uri", pa.string(), "The photograph; absolute and literal.", lambda _, o: o.row.uri),
    Column("source_version", pa.string(), "Its version id.", lambda _, o: o.facts.version_id),
    Column("source_etag", pa.string(), "Its ETag, without quotes.", lambda _, o: o.facts.etag),
    Column("source_size", pa.int64(), "Its size in bytes.", lambda _, o: o.facts.size),
    Column("source_mtime", _TIMESTAMP, "Its last modification, whole seconds.", lambda _, o: _moment(o.facts.mtime)),
    Column("source_sha256", pa.string(), "Of the bytes that were read.", lambda _, o: o.source_sha256),
    Column("expected_sha256", pa.string(), "That the manifest stated.", lambda _, o: o.row.stated.sha256),
    Column("expected_md5", pa.string(), "That the manifest stated.", lambda _, o: o.row.stated.md5),
    Column("status", _NAME, "colorized, counted (by `colorizer palette`), skipped or failed.", lambda _, o: o.status),
    Column("code", _NAME, "Why not, or RECOLORED; docs/codes.md says what to do.", lambda _, o: o.code),
    Column("message", pa.string(), "The same in words.", lambda _, o: o.message),
    Column(
        "output_uri",
        pa.string(),
        "Where the output goes (`colorizer palette`: the source itself): the key of the row.",
        lambda _, o: o.row.output_uri,
    ),
    Column("output_size", pa.int64(), "Bytes written.", _of_output(lambda w: w.size)),
    Column(
        "output_sha256", pa.string(), "Of the bytes written. Set: the output is there.", _of_output(lambda w: w.sha256)
    ),
    Column("format", _NAME, "jpeg, png, tiff, webp or jp2.", _of_output(lambda w: w.format)),
    Column("width", pa.int32(), "Pixels, of the output.", _of_output(lambda w: w.width)),
    Column("height", pa.int32(), "Pixels, of the output.", _of_output(lambda w: w.height)),
    Column("channels", pa.int32(), "3, or 4 with alpha.", _of_output(lambda w: w.channels)),
    Column("bit_depth", pa.int32(), "Bits a sample, 8 or 16.", _of_output(lambda w: w.bit_depth)),
    Column(
        "source_frames",
        pa.int32(),
        "Pages or frames in the source's file, of which the first was coloured; counted to 100,000.",
        _of_output(lambda w: w.source_frames),
    ),
    Column("label", _NAME, "IPTC's digital source type that the output states.", _of_output(lambda w: w.label)),
    Column(
        "metadata_kept",
        pa.string(),
        "What of the source's metadata went along, and what was lost; null where it had none.",
        _of_output(lambda w: w.metadata_kept),
    ),
    Column(
        "source_kind",
        _NAME,
        "Of a coloured source: gray, toned or, where it was recoloured, color (docs/kinds.md).",
        lambda _, o: o.kind,
    ),
    Column(
        "colourfulness",
        pa.float32(),
        "Of the output: Hasler and Süsstrunk's M3; 0 gray, 15 slightly, 45 averagely, 82 highly colourful.",
        _of_quality(lambda q: q.colourfulness),
    ),
    Column("mean_chroma", pa.float32(), "Of the output, CIE units.", _of_quality(lambda q: q.mean_chroma)),
    Column(
        "out_of_gamut",
        pa.float32(),
        "Share of the pixels, 0 … 1, whose colour sRGB can't show, before --gamut.",
        _of_quality(lambda q: q.out_of_gamut),
    ),
    Column(
        "delta_l_p99",
        pa.float32(),
        "Difference in CIE L between source and output that 99 % of the pixels do not exceed.",
        _of_quality(lambda q: q.delta_l_p99),
    ),
    Column("delta_l_max", pa.float32(), "And that none exceeds.", _of_quality(lambda q: q.delta_l_max)),
    Column(
        "hue_entropy",
        pa.float32(),
        "Of the output's hues, by chroma: 0 one hue or none, 1 all alike.",
        _of_quality(lambda q: q.hue_entropy),
    ),
    Column(
        "review",
        _NAME,
        "Why to look at it: no_color, one_tint, clipped, with commas between; empty where nothing is.",
        _of_quality(lambda q: ",".join(q.flags) or None),
    ),
    Column("model", _NAME, "The model's name.", lambda p, _: p.provenance.model),
    Column("model_sha256", _NAME, "Of its three files together.", lambda p, _: p.provenance.model_sha256),
    Column("engine", _NAME, "The runtime that ran the network.", lambda p, _: p.provenance.engine),
    Column("precision", _NAME, "Of its arithmetic: fp32 or bf16.", lambda p, _: p.provenance.precision),
    Column("device", _NAME, "Where it computed: cpu or cuda.", lambda p, _: p.provenance.device),
    Column("fingerprint", _NAME, "Hash of all that shapes an output's bytes.", lambda p, _: p.provenance.fingerprint),
    Column("worker", _NAME, "The worker, within its run.", lambda p, _: p.provenance.worker),
    Column("node", _NAME, "The host's name.", lambda p, _: p.provenance.node),
    Column("cpu", _NAME, "The processor's name.", lambda p, _: p.provenance.cpu),
    Column("started_at", _TIMESTAMP, "When the read began.", lambda _, o: _moment(o.started_at)),
    Column(
        "seconds", pa.float64(), "From the read's begin to the output's end, waits included.", lambda _, o: o.seconds
    ),
    Column("t_read_ms", pa.float32(), "Reading the source.", lambda _, o: o.times.read),
    Column("t_decode_ms", pa.float32(), "Decoding it.", lambda _, o: o.times.decode),
    Column("t_infer_ms", pa.float32(), "The network.", lambda _, o: o.times.infer),
    Column("t_render_ms", pa.float32(), "Joining lightness and colour.", lambda _, o: o.times.render),
    Column("t_encode_ms", pa.float32(), "Encoding the output.", lambda _, o: o.times.encode),
    Column("t_write_ms", pa.float32(), "Writing it.", lambda _, o: o.times.write),
    Column(
        "extra",
        pa.string(),
        "The manifest's other columns, as one JSON object, without the secrets of URLs.",
        lambda _, o: o.row.extra,
    ),
    Column(
        "ab_bins",
        pa.list_(pa.uint16()),
        "In the log of `colorizer palette`: the photograph's colours, each (a + 128) · 256 + b + 128.",
        lambda _, o: None if o.colours is None else o.colours.bins,
    ),
    Column(
        "ab_counts",
        pa.list_(pa.uint32()),
        "And how many of its pixels have each.",
        lambda _, o: None if o.colours is None else o.colours.counts,
    ),
)

SCHEMA = pa.schema([pa.field(column.name, column.type) for column in COLUMNS])


def to_table(part: Part, outcomes: list[Outcome]) -> pa.Table:
    """The outcomes of one part as an Arrow table of `SCHEMA`, in the order given."""
    cells = [pa.array([column.value(part, one) for one in outcomes], column.type) for column in COLUMNS]
    return pa.Table.from_arrays(cells, schema=SCHEMA)
