"""The job from and to a real S3 server (Ceph RGW)."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from mypy_boto3_s3 import S3Client

from jobs.errors import PreflightError
from tests import runs
from tests.rgw import Rgw, admin


@pytest.fixture
def s3(rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch) -> S3Client:
    """A client for a bucket with five photographs below `in/`; the job finds the server by the usual variables."""
    for name, value in rgw.env().items():
        monkeypatch.setenv(name, value)
    client = admin(rgw)
    client.create_bucket(Bucket=bucket_name)
    for number in range(5):
        client.put_object(Bucket=bucket_name, Key=f"in/Größe {number}%2F+#?.jpg", Body=runs.picture(number))
    return client


def keys(s3: S3Client, bucket: str, prefix: str) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]


def parts(s3: S3Client, bucket: str, prefix: str) -> list[dict[str, object]]:
    found = [key for key in keys(s3, bucket, prefix) if "/part-" in key]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in sorted(found)]
    return [row for body in bodies for row in pq.read_table(io.BytesIO(body)).to_pylist()]


def test_a_prefix_is_coloured_once_and_again_only_where_it_changed(s3: S3Client, bucket_name: str):
    source, out = f"s3://{bucket_name}/in/", f"s3://{bucket_name}/out"
    first = runs.run(source, out, "none")
    assert (first.rows, first.colorized, first.exit_code) == (5, 5, 0)
    names = [key.removeprefix("out/") for key in keys(s3, bucket_name, "out/") if "colorizer-log" not in key]
    assert names == [f"Größe {number}%2F+#?.jpg" for number in range(5)]
    put = s3.head_object(Bucket=bucket_name, Key=f"out/{names[0]}")
    assert put["ContentType"] == "image/jpeg"
    assert runs.run(source, out, "none").tried == 0
    s3.put_object(Bucket=bucket_name, Key="in/Größe 3%2F+#?.jpg", Body=runs.picture(33))
    again = runs.run(source, out, "none")
    assert (again.tried, again.colorized) == (1, 5)
    rows = parts(s3, bucket_name, "out/colorizer-log/")
    assert len(rows) == 6
    assert all(len(str(row["source_etag"])) == 32 for row in rows)


def test_a_listing_and_a_manifest_without_facts_agree_on_what_is_answered(s3: S3Client, bucket_name: str):
    root = f"s3://{bucket_name}"
    listed = runs.run(f"{root}/in/", f"{root}/out/{bucket_name}/in", "none", log=f"{root}/log")
    manifest = io.BytesIO("\n".join(f"{root}/{key}" for key in keys(s3, bucket_name, "in/")).encode())
    named = runs.run("-", f"{root}/out", "none", log=f"{root}/log", stdin=manifest, manifest_format="txt")
    assert (listed.tried, named.tried, named.colorized) == (5, 0, 5)


def test_a_stated_version_is_the_one_that_is_read(s3: S3Client, bucket_name: str):
    s3.put_bucket_versioning(Bucket=bucket_name, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket_name, Key="v/a.jpg", Body=runs.picture(1, 64, 48))
    s3.put_object(Bucket=bucket_name, Key="v/a.jpg", Body=runs.picture(2, 32, 24))
    line = {"bucket": bucket_name, "key": "v/a.jpg", "version_id": old["VersionId"]}
    gone = {"bucket": bucket_name, "key": "in/Größe 0%2F+#?.jpg", "etag": "0" * 32}
    manifest = io.BytesIO("\n".join(map(json.dumps, (line, gone))).encode())
    summary = runs.run("-", f"s3://{bucket_name}/out", "none", stdin=manifest, manifest_format="jsonl")
    assert (summary.colorized, summary.by_code) == (1, {"SOURCE_CHANGED": 1})
    (row,) = [row for row in parts(s3, bucket_name, "out/") if row["status"] == "colorized"]
    assert (row["width"], row["source_version"]) == (64, old["VersionId"])


def test_ray_workers_do_their_own_reading_and_writing(s3: S3Client, bucket_name: str, rgw: Rgw):
    command = runs.command(
        f"s3://{bucket_name}/in/", f"s3://{bucket_name}/out", "--ray", "local", "--workers", "1", "--engine", runs.QUICK,
        **rgw.env(),
    )  # fmt: skip
    code, summary = runs.finished(command)
    assert (code, summary["colorized"]) == (0, 5)


def test_settings_and_manifest_may_lie_in_the_store(s3: S3Client, bucket_name: str):
    listed = "\n".join(["bucket,key", *(f"{bucket_name},{key}" for key in keys(s3, bucket_name, "in/"))])
    s3.put_object(Bucket=bucket_name, Key="jobs/manifest.csv", Body=listed.encode())
    s3.put_object(Bucket=bucket_name, Key="jobs/job.yaml", Body=b"quality: 40\nlimit: 2\n")
    out = f"s3://{bucket_name}/out"
    summary = runs.run(f"s3://{bucket_name}/jobs/manifest.csv", out, "none", config=f"s3://{bucket_name}/jobs/job.yaml")
    assert summary.rows == 2


@pytest.mark.parametrize("place", ["in", "out"])
def test_a_wrong_secret_is_found_before_any_work_and_is_not_told(
    s3: S3Client, bucket_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret-key")
    source = f"s3://{bucket_name}/in/" if place == "in" else runs.archive(tmp_path / "in", 1)
    out = f"s3://{bucket_name}/out" if place == "out" else tmp_path / "out"
    with pytest.raises(PreflightError, match="SignatureDoesNotMatch") as refused:
        runs.run(source, out, "none")
    assert "not-the-secret-key" not in str(refused.value)


def test_a_bucket_that_is_not_there_is_found_before_any_work(s3: S3Client, bucket_name: str, tmp_path: Path):
    with pytest.raises(PreflightError, match=f"no-{bucket_name}"):
        runs.run(f"s3://{bucket_name}/in/", f"s3://no-{bucket_name}/out", "none")
    with pytest.raises(PreflightError, match=f"no-{bucket_name}"):
        runs.run(f"s3://no-{bucket_name}/in/", tmp_path / "out", "none")
