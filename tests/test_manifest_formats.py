"""Every format says the same rows, plain or packed, from disk, object storage or standard input."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.manifest.open import read_manifest
from jobs.rows import NOTHING_STATED, Facts, ManifestRow
from jobs.storage.disk import DiskStore
from jobs.storage.memory import MemoryStore

Table = list[dict[str, str]]

COLUMNS = ("bucket", "key", "version_id", "etag", "size", "output_key", "title", "note")
PACKINGS = ("", ".gz", ".zst")


def as_csv(table: Table, delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()


def as_tsv(table: Table) -> bytes:
    return as_csv(table, "\t")


def as_jsonl(table: Table) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in table)


def as_parquet(table: Table) -> bytes:
    sink = pa.BufferOutputStream()
    columns = {name: pa.array([row[name] for row in table], pa.string()) for name in COLUMNS}
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


WRITERS: dict[str, Callable[[Table], bytes]] = {
    "csv": as_csv,
    "tsv": as_tsv,
    "jsonl": as_jsonl,
    "parquet": as_parquet,
}


def packed(data: bytes, packing: str) -> bytes:
    codec = {"": None, ".gz": "gzip", ".zst": "zstd"}[packing]
    if codec is None:
        return data
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def expected(table: Table) -> list[tuple[object, ...]]:
    return [
        (
            f"s3://{row['bucket']}/{row['key']}",
            Facts(row["version_id"] or None, row["etag"] or None, int(row["size"]) if row["size"] else None),
            row["output_key"] or None,
            {"title": row["title"], "note": row["note"]},
        )
        for row in table
    ]


def facts_of(rows: list[ManifestRow]) -> list[tuple[object, ...]]:
    return [(row.uri, row.stated, row.output_key, json.loads(row.extra or "null")) for row in rows]


def read(data: bytes, name: str, **options: str) -> list[ManifestRow]:
    store = MemoryStore()
    store.write(f"s3://lists/{name}", data)
    return list(read_manifest(f"s3://lists/{name}", store, **options))


NAMES = st.text(
    st.one_of(
        st.sampled_from("a/.\"%,; '#éÅ😀\u2028\u0085\\=&+?"),
        st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")),
    ),
    min_size=1,
    max_size=40,
)
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=40)
ROW = st.fixed_dictionaries(
    {
        "bucket": st.from_regex(r"[a-z0-9.-]{3,20}", fullmatch=True),
        "key": NAMES,
        "version_id": st.from_regex(r"[A-Za-z0-9._]{0,32}", fullmatch=True).filter(lambda text: text != "null"),
        "etag": st.from_regex(r"[0-9a-f]{0,32}(-[0-9]{1,3})?", fullmatch=True),
        "size": st.one_of(st.just(""), st.integers(0, 2**63 - 1).map(str)),
        "output_key": st.one_of(st.just(""), NAMES),
        "title": TEXT,
        "note": TEXT,
    }
)


@given(table=st.lists(ROW, max_size=6), packing=st.sampled_from(PACKINGS), form=st.sampled_from(sorted(WRITERS)))
@settings(max_examples=150, deadline=None)
def test_whatever_a_row_holds_every_format_gives_it_back(table: Table, packing: str, form: str) -> None:
    rows = read(packed(WRITERS[form](table), packing), f"rows.{form}{packing}")
    assert facts_of(rows) == expected(table)


@given(names=st.lists(NAMES.filter(lambda name: not name.isspace())), packing=st.sampled_from(PACKINGS))
@settings(max_examples=60, deadline=None)
def test_txt_gives_back_every_uri_and_keys_are_literal(names: list[str], packing: str) -> None:
    uris = [f"s3://bucket/{name}" for name in names]
    rows = read(packed("\n".join(uris).encode(), packing), f"rows.txt{packing}")
    assert [row.uri for row in rows] == uris
    assert all(row.stated is NOTHING_STATED and row.extra is None for row in rows)


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", ["txt", *WRITERS])
def test_from_disk_storage_and_standard_input_the_rows_are_the_same(tmp_path: Path, form: str, packing: str) -> None:
    table = [dict(zip(COLUMNS, ("b", f"{n}.tif", "v1", "e", "5", "", "A", "B"), strict=True)) for n in range(3)]
    plain = b"s3://b/0.tif\ns3://b/1.tif\ns3://b/2.tif\n" if form == "txt" else WRITERS[form](table)
    data, name = packed(plain, packing), f"rows.{form}{packing}"
    (tmp_path / name).write_bytes(data)
    on_disk = list(read_manifest(str(tmp_path / name), DiskStore()))
    by_uri = list(read_manifest(f"file://{tmp_path / name}", DiskStore()))
    told = list(read_manifest("-", MemoryStore(), format=form, stdin=io.BytesIO(data)))
    sniffed = list(read_manifest("-", MemoryStore(), stdin=io.BytesIO(data)))
    assert on_disk == by_uri == told == sniffed == read(data, name)
    assert [row.uri for row in on_disk] == ["s3://b/0.tif", "s3://b/1.tif", "s3://b/2.tif"]


def test_a_line_keeps_its_number_past_comments_blank_lines_and_quoted_line_ends() -> None:
    assert [row.line for row in read(b"# a list\n\ns3://b/1\r\n  \ns3://b/2", "a.txt")] == [3, 5]
    assert [row.line for row in read(b'uri,note\ns3://b/1,"two\nlines"\n\ns3://b/2,x\n', "a.csv")] == [2, 5]
    assert [row.line for row in read(b'{"uri":"s3://b/1"}\n\n{"uri":"s3://b/2"}\n', "a.jsonl")] == [1, 3]


def test_blocks_are_cut_between_lines_wherever_they_end() -> None:
    uris = [f"s3://bucket/{'é' * (n % 97)}/{n}.tif" for n in range(60_000)]
    assert [row.uri for row in read("\n".join(uris).encode(), "long.txt")] == uris


def test_a_byte_order_mark_in_front_is_no_part_of_the_first_column() -> None:
    assert read(b"\xef\xbb\xbfuri\ns3://b/k\n", "a.csv")[0].uri == "s3://b/k"


@pytest.mark.parametrize(
    ("stated", "facts"),
    [
        ({"etag": '"abc-2"'}, Facts(etag="abc-2")),
        ({"version_id": "null"}, NOTHING_STATED),
        ({"version_id": ""}, NOTHING_STATED),
        ({"size": 0}, Facts(size=0)),
        ({"size": "12"}, Facts(size=12)),
        ({"size": 12.0}, Facts(size=12)),
        ({"mtime": 1714564800}, Facts(mtime=1714564800)),
        ({"last_modified": "2024-05-01T12:00:00.789Z"}, Facts(mtime=1714564800)),
        ({"last_modified": "2024-05-01T14:00:00+02:00"}, Facts(mtime=1714564800)),
        ({"mtime": -1.5}, Facts(mtime=-2)),
        ({"sha256": "AbCdEf01" * 8, "md5": ""}, Facts(sha256="abcdef01" * 8)),
        ({"md5": "9F" * 16, "sha256": None}, Facts(md5="9f" * 16)),
        ({"etag": None, "size": None, "mtime": None, "version_id": None}, NOTHING_STATED),
    ],
)
def test_version_facts_are_read_as_the_store_would_give_them(stated: dict[str, object], facts: Facts) -> None:
    line = json.dumps({"uri": "s3://b/k", **stated}).encode()
    assert read(line, "a.jsonl")[0].stated == facts


@pytest.mark.parametrize("name", WRITERS)
def test_sums_are_read_from_every_format_in_either_case(name: str) -> None:
    sums = {"sha256": "AB" * 32, "md5": "cD" * 16}
    cells = {"uri": "s3://b/k", **sums}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({column: [cell] for column, cell in cells.items()}), sink)
    data = {
        "csv": f"{','.join(cells)}\n{','.join(cells.values())}\n".encode(),
        "tsv": "\t".join(cells).encode() + b"\n" + "\t".join(cells.values()).encode(),
        "jsonl": json.dumps(cells).encode(),
        "parquet": sink.getvalue().to_pybytes(),
    }[name]
    (row,) = read(data, f"a.{name}")
    assert (row.stated, row.extra) == (Facts(sha256="ab" * 32, md5="cd" * 16), None)


def test_other_columns_are_one_json_object_in_the_manifests_order() -> None:
    line = '{"z": [1, null], "uri": "s3://b/k", "a": {"é": 1.5}, "key": true}'
    assert read(line.encode(), "a.jsonl")[0].extra == '{"z":[1,null],"a":{"é":1.5},"key":true}'


def test_parquet_columns_of_any_type_are_carried() -> None:
    table = pa.table(
        {
            "bucket": pa.array(["b", "b"]).dictionary_encode(),
            "key": pa.array([b"1.tif", "é.tif".encode()], pa.binary()),
            "size": pa.array([5.0, float("nan")]),
            "last_modified_date": pa.array([1714564800123, None], pa.timestamp("ms", tz="UTC")),
            "score": pa.array([float("nan"), 0.5]),
            "day": pa.array([0, None], pa.date32()),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    first, second = read(sink.getvalue().to_pybytes(), "a.parquet")
    assert first.stated == Facts(size=5, mtime=1714564800)
    assert first.extra == '{"score":null,"day":"1970-01-01"}'
    assert (second.uri, second.stated) == ("s3://b/é.tif", NOTHING_STATED)


def test_relative_paths_start_at_the_manifests_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("x/../y%20.tif\n/abs/./z.tif\nfile:///literal/../z.tif\n")
    monkeypatch.chdir(tmp_path)
    uris = [row.uri for row in read_manifest("in/a.txt", DiskStore())]
    assert uris == [f"file://{tmp_path}/in/y%20.tif", "file:///abs/z.tif", "file:///literal/../z.tif"]
    piped = next(read_manifest("-", MemoryStore(), stdin=io.BytesIO(b"y.tif")))
    assert piped.uri == f"file://{tmp_path}/y.tif"
