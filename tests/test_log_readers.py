"""The log folder is read as it is by what people have: DuckDB, pandas, pyarrow."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest

from jobs.schema import SCHEMA
from tests import runs
from tests.kinds import GRAY16, tiff


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of two runs with eight rows, one of them bad, in several parts."""
    folder = tmp_path_factory.mktemp("log")
    source = runs.archive(folder / "in", 7)
    (source / "bad.jpg").write_text("no picture")
    runs.run(source, folder / "out", "none", shard_seconds=1)
    runs.run(source, folder / "out", "none", quality=50)
    return folder / "out" / "colorizer-log"


def test_duckdb_reads_it(log: Path):
    found = duckdb.sql(
        f"select status, count(*) from '{log}/**/part-*.parquet' group by status order by status"
    ).fetchall()
    assert found == [("colorized", 14), ("failed", 2)]
    newest = duckdb.sql(
        f"select output_uri, arg_max(fingerprint, run_id) from '{log}/run=*/*.parquet' group by all"
    ).fetchall()
    assert len(newest) == 8
    assert len({fingerprint for _, fingerprint in newest}) == 1


def test_pandas_reads_it(log: Path):
    frame = pd.read_parquet(log)
    assert frame.groupby("status", observed=True).size().to_dict() == {"colorized": 14, "failed": 2}
    assert set(SCHEMA.names) <= set(frame.columns)


def test_pyarrow_reads_it(log: Path):
    table = ds.dataset(log, format="parquet", partitioning="hive").to_table(columns=["source_uri", "code"])
    assert sorted({code for code in table["code"].to_pylist() if code}) == ["NOT_AN_IMAGE"]
    assert table.num_rows == 16


PROMISED = """run_id shard row source_uri source_version source_etag source_size source_mtime source_sha256 status code
message output_uri output_size output_sha256 format width height channels bit_depth source_frames model model_sha256 engine
precision fingerprint worker node cpu started_at seconds t_read_ms t_decode_ms t_infer_ms t_render_ms t_encode_ms t_write_ms
extra"""


def test_the_log_has_every_column_that_it_promises():
    assert set(re.findall(r"\w+", PROMISED)) - set(SCHEMA.names) == set()


def test_the_log_counts_the_pages_of_a_source(tmp_path: Path):
    source = tmp_path / "in"
    source.mkdir()
    (source / "pages.tif").write_bytes(tiff(np.stack([GRAY16] * 3), photometric="minisblack"))
    (source / "one.png").write_bytes(runs.picture(1))
    (source / "bad.jpg").write_text("no picture")
    runs.run(source, tmp_path / "out", "none")
    found = {row["source_uri"].rpartition("/")[2]: row["source_frames"] for row in runs.log_rows(tmp_path / "out")}
    assert found == {"pages.tif": 3, "one.png": 1, "bad.jpg": None}
