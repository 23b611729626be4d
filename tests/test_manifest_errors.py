"""A bad manifest is an error that names the line, says what is wrong, and stops before any work."""

from __future__ import annotations

import gzip
import io
import sys

import pyarrow as pa
import pytest

from jobs.errors import ManifestError, UsageError
from jobs.manifest.listing import is_prefix, list_prefix, prefix_uri
from jobs.manifest.open import read_manifest
from jobs.rows import ManifestRow
from jobs.storage.memory import MemoryStore


def read(data: bytes, name: str, **options: str) -> list[ManifestRow]:
    store = MemoryStore()
    store.write(f"s3://lists/{name}", data)
    return list(read_manifest(f"s3://lists/{name}", store, **options))


BAD_LINES = [
    ("a.txt", b"s3://b/k\ncaf\xe9.tif\n", "line 2: not UTF-8"),
    ("a.txt", b"s3://b/k\ns3://b/\x01\n", "line 2: .*control character"),
    ("a.txt", b"s3://b/k\n\ns3://b/\0\n", "line 3: has a NUL byte"),
    ("a.txt", "s3://b/k".encode("utf-16"), "line 1: .*UTF-16"),
    ("a.txt", b"scans/a.tif\n", "line 1: 'scans/a.tif' is a relative path"),
    ("a.txt", b"https://host/a.jpg\n", "line 1: .*only s3://"),
    ("a.txt", b"s3://bucket\n", "line 1: .*names no object"),
    ("a.txt", b"s3:///key\n", "line 1: .*names no object"),
    ("a.txt", b"file://host/key\n", "line 1: .*three slashes"),
    ("a.txt", b"x" * (9 << 20), "line 1: longer than 8 MiB"),
    ("a.csv", b"", "line 1: no header"),
    ("a.csv", b"uri,a\ns3://b/k,1\ns3://b/k\n", "line 3: 1 fields where the header names 2"),
    ("a.csv", b"uri,size\ns3://b/k,-1\n", "line 2: size is negative"),
    ("a.csv", b"uri,size\ns3://b/k,1_000\n", "line 2: size is no whole number"),
    ("a.csv", b"uri,size\ns3://b/k,9223372036854775808\n", "line 2: size is too large"),
    ("a.csv", b"uri,mtime\ns3://b/k,2024-05-01T12:00:00\n", "line 2: mtime has no time zone"),
    ("a.csv", b"uri,mtime\ns3://b/k,yesterday\n", "line 2: mtime is neither"),
    ("a.csv", b"uri,mtime\ns3://b/k,1714564800000\n", "line 2: mtime is beyond the year 9999: .*not milliseconds"),
    ("a.csv", b"uri,size\ns3://b/k," + b"1" * 5000 + b"\n", "line 2: size is too long"),
    ("a.jsonl", b'{"uri":"s3://b/k","size":' + b"1" * 5000 + b"}\n", "line 1: JSON that can't be read"),
    ("a.csv", b"uri,a,a\n", "line 1: 2 columns are called 'a'"),
    ("a.csv", b"uri, etag\n", "line 1: .*white space"),
    ("a.csv", b"mtime,uri,last_modified\n", "line 1: .*say the same thing"),
    ("a.csv", b"bucket,name\n", "line 1: .*column uri"),
    ("a.csv", b"URI,name\n", "line 1: .*lower case"),
    ("a.csv", b'"bucket","photos/a%20b.tif","123"\n', "line 1: .*S3 Inventory"),
    ("a.csv", b"s3://bucket/a.tif\n", "line 1: .*--manifest-format txt"),
    ("a.csv", b'uri,a\ns3://b/k,x\n"s3://b/k,x\n', "line 3: .*quote"),
    ("a.csv", b'uri,a\n\n"s3://b/k"x,x\n', "line 3: "),
    ("a.csv", b"bucket,key\n,k\n", "line 2: no bucket"),
    ("a.csv", b"bucket,key\nb/c,k\n", "line 2: bucket has a slash"),
    ("a.csv", b"uri\n\n\xff\n", "line 3: not UTF-8"),
    ("a.csv", b"uri,sha256\ns3://b/k,\ns3://b/l,0123\n", "line 3: sha256 is not 64 hexadecimal digits: '0123'"),
    ("a.tsv", b"uri\tmd5\ns3://b/k\t" + b"g" * 32 + b"\n", "line 2: md5 is not 32 hexadecimal digits"),
    ("a.jsonl", b'{"uri":"s3://b/k","sha256":" ' + b"0" * 63 + b'"}\n', "line 1: sha256 is not 64 hexadecimal digits"),
    ("a.jsonl", ('{"uri":"s3://b/k","md5":"' + "٣" * 32 + '"}').encode(), "line 1: md5 is not 32 hexadecimal digits"),
    ("a.jsonl", b'{"uri":"s3://b/k","md5":7}\n', "line 1: md5 is not text"),
    ("a.tsv", b"uri\tetag\ns3://b/k\t\x02\n", "line 2: etag has a control character"),
    ("a.jsonl", b'{"uri":"s3://b/k"}\n{"uri":\n', "line 2: no JSON"),
    ("a.jsonl", b'["s3://b/k"]\n', "line 1: no JSON object"),
    ("a.jsonl", b'{"uri":null}\n', "line 1: no uri"),
    ("a.jsonl", b'{"uri":5}\n', "line 1: uri is not text"),
    ("a.jsonl", b'{"uri":"s3://b/k","uri":"s3://b/l"}\n', "line 1: .*twice"),
    ("a.jsonl", b'{"uri":"s3://b/\\ud800"}\n', "line 1: .*surrogate"),
    ("a.jsonl", b'{"uri":"s3://b/k","a":"\\ud800"}\n', "line 1: .*surrogate"),
    ("a.jsonl", b'{"uri":"s3://b/k","size":NaN}\n', "line 1: NaN is no JSON"),
    ("a.jsonl", b'{"uri":"s3://b/k","size":true}\n', "line 1: size is no whole number"),
    ("a.jsonl", b"[" * 100_000 + b"\n", "line 1: "),
    ("a.parquet", b"uri\ns3://b/k\n", "is no Parquet file"),
    ("a.parquet", b"PAR1 and no more", "no whole Parquet file"),
    ("a.csv", b"PAR1\0\0", "--manifest-format parquet"),
]


@pytest.mark.parametrize(("name", "data", "says"), BAD_LINES, ids=[says for _, _, says in BAD_LINES])
def test_a_bad_line_is_an_error_with_its_number(name: str, data: bytes, says: str) -> None:
    with pytest.raises(ManifestError, match=says) as found:
        read(data, name)
    assert f"lists/{name}" in str(found.value)


def test_a_bad_row_of_parquet_has_its_number() -> None:
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table({"uri": ["s3://b/k", "s3://b/\n"]}), sink)
    with pytest.raises(ManifestError, match=r"a\.parquet, row 2: .*control character"):
        read(sink.getvalue().to_pybytes(), "a.parquet")


@pytest.mark.parametrize("name", ["mtime", "taken"])
def test_a_time_that_python_does_not_have_is_an_error_with_its_rows_and_column(name: str) -> None:
    sink = pa.BufferOutputStream()
    late = pa.array([0, 2**62], pa.timestamp("us", "UTC"))
    pa.parquet.write_table(pa.table({"uri": ["s3://b/k", "s3://b/l"], name: late}), sink)
    with pytest.raises(ManifestError, match=rf"a\.parquet, rows 1 to 2: column {name}: "):
        read(sink.getvalue().to_pybytes(), "a.parquet")


def test_nanoseconds_are_cut_where_there_is_no_pandas_to_hold_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    sink = pa.BufferOutputStream()
    times = pa.array([1_714_564_800_123_456_789], pa.timestamp("ns", "UTC"))
    pa.parquet.write_table(pa.table({"uri": ["s3://b/k"], "mtime": times, "taken": times}), sink)
    (row,) = read(sink.getvalue().to_pybytes(), "a.parquet")
    assert (row.stated.mtime, row.extra) == (1_714_564_800, '{"taken":"2024-05-01T12:00:00.123456+00:00"}')


def test_a_sum_that_is_none_has_its_row_in_parquet_too() -> None:
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table({"uri": ["s3://b/k", "s3://b/l"], "md5": [None, "5"]}), sink)
    with pytest.raises(ManifestError, match=r"a\.parquet, row 2: md5 is not 32 hexadecimal digits: '5'"):
        read(sink.getvalue().to_pybytes(), "a.parquet")


def test_a_number_is_right_far_into_a_long_manifest() -> None:
    lines = [b"s3://bucket/some/folder/%06d.tif" % number for number in range(100_000)]
    lines[77_776] = b"\xff"
    with pytest.raises(ManifestError, match="line 77777: not UTF-8"):
        read(b"\n".join(lines), "a.txt")


@pytest.mark.parametrize("cut", [1, 5, 20])
@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_packed_manifest_that_is_cut_short_is_no_short_manifest(codec: str, cut: int) -> None:
    data = b"".join(b"s3://b/%d\n" % number for number in range(50_000))
    packed = gzip.compress(data) if codec == "gzip" else pa.compress(data, codec=codec, asbytes=True)
    with pytest.raises(ManifestError, match=f"{codec} stream is damaged or cut short"):
        read(packed[:-cut], f"a.txt.{'gz' if codec == 'gzip' else 'zst'}")


def test_several_gzip_members_are_one_manifest() -> None:
    store = MemoryStore()
    store.write("s3://l/a.txt.gz", gzip.compress(b"s3://b/1\n") + gzip.compress(b"s3://b/2\n"))
    assert [row.uri for row in read_manifest("s3://l/a.txt.gz", store)] == ["s3://b/1", "s3://b/2"]


@pytest.mark.parametrize("data", [b"", b"uri\ns3://b/k\n", pa.compress(b"uri\n", codec="zstd", asbytes=True)])
def test_a_name_that_promises_another_compression_is_an_error(data: bytes) -> None:
    with pytest.raises(ManifestError, match="is not gzip, as its name says"):
        read(data, "a.csv.gz")


def test_a_manifest_that_is_not_there_is_an_error_at_once() -> None:
    with pytest.raises(ManifestError, match=r"gone\.csv can't be read"):
        read_manifest("s3://lists/gone.csv", MemoryStore())


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="one of txt, csv"):
        read_manifest("-", MemoryStore(), format="xlsx", stdin=io.BytesIO())


def test_storage_that_gives_up_half_way_is_no_end() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            block = super().read(size)
            if not block:
                raise TimeoutError("the line is dead")
            return block

    with pytest.raises(ManifestError, match="can't be read to its end: the line is dead"):
        list(read_manifest("-", MemoryStore(), format="txt", stdin=Broken(b"s3://b/k\n" * 9000)))


def test_a_listing_gives_relative_names_and_facts_and_leaves_out_the_markers_of_folders() -> None:
    store = MemoryStore()
    for key in ("photos/", "photos/1950/", "photos/1950/a.tif", "photos/b c.jpg", "photos-color/x.jpg"):
        store.write(f"s3://b/{key}", key.encode())
    rows = list(list_prefix("s3://b/photos", store))
    assert [(row.relative, row.line) for row in rows] == [("1950/a.tif", 1), ("b c.jpg", 2)]
    assert rows[0].uri == "s3://b/photos/1950/a.tif"
    assert rows[0].stated == store.stat("s3://b/photos/1950/a.tif")


def test_a_prefix_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ManifestError, match="can't be listed"):
        list(list_prefix("s3://gone/", MemoryStore()))


def test_prefix_or_manifest_is_told_by_the_name(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "list").write_text("")
    found = {
        name: is_prefix(name)
        for name in ("-", "photos", "photos/", "list", "s3://b/", "s3://b/p/", "s3://b/a.csv", "s3://b/a.tsv.gz")
    }
    assert [name for name, prefix in found.items() if prefix] == ["photos", "photos/", "s3://b/", "s3://b/p/"]
    with pytest.raises(UsageError, match=r"write s3://b/photos/ to list .*ending"):
        is_prefix("s3://b/photos")


def test_a_prefix_is_literal_in_storage_and_a_path_on_disk(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert prefix_uri("s3://b") == "s3://b/"
    assert prefix_uri("s3://b//x/../") == "s3://b//x/../"
    assert prefix_uri("photos/../scans") == f"file://{tmp_path}/scans/"
    assert prefix_uri("/") == "file:///"
    assert prefix_uri("file:///x") == "file:///x/"
