"""The job over a store that misbehaves: what passes changes no byte, what lasts is the right row's, and the rest is coloured."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from mypy_boto3_s3 import S3Client

from jobs import colorize
from jobs.configuration import configured
from jobs.settings import RunSettings
from jobs.storage.retry import Retries
from jobs.storage.settings import StoreSettings
from jobs.summary import Summary
from tests import runs
from tests.fault_proxy import PASSING, Proxy, Rule, running_proxy
from tests.rgw import Rgw, admin

COUNT = 30
BUCKET = "job-faults"


class Hurried(RunSettings):
    """A run whose store waits less."""

    def stores(self) -> StoreSettings:
        retries = Retries(tries=5, first_wait=0.01, budget=1000)
        return replace(super().stores(), read_timeout=0.5, retries=retries)


@pytest.fixture(scope="module")
def s3(rgw: Rgw) -> S3Client:
    """A bucket with thirty photographs."""
    client = admin(rgw)
    client.create_bucket(Bucket=BUCKET)
    for number in range(COUNT):
        client.put_object(Bucket=BUCKET, Key=f"in/plate-{number:03d}.jpg", Body=runs.picture(number, 96, 72))
    return client


@pytest.fixture
def proxy(rgw: Rgw, s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way that the job takes to it."""
    with running_proxy(rgw.endpoint) as running:
        for name, value in replace(rgw, endpoint=running.endpoint).env().items():
            monkeypatch.setenv(name, value)
        yield running


def run(out: str) -> Summary:
    flags = {"manifest": f"s3://{BUCKET}/in/", "out": out, "ray": "none", "engine": runs.QUICK, "workers": 1}
    settings, _ = configured(flags, {})
    return colorize.run(Hurried.model_validate(settings.model_dump()), None, io.StringIO())


def objects(s3: S3Client, out: str, what: str) -> dict[str, bytes]:
    """What lies below `out` with `what` in its name."""
    prefix = out.removeprefix(f"s3://{BUCKET}/") + "/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    return {
        key.removeprefix(prefix): s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys if what in key
    }


def pictures(s3: S3Client, out: str) -> dict[str, bytes]:
    return objects(s3, out, ".jpg")


def codes(s3: S3Client, out: str) -> dict[str, str]:
    """The rows that failed, by the number of the plate."""
    rows = [row for part in objects(s3, out, "/part-").values() for row in pq.read_table(io.BytesIO(part)).to_pylist()]
    return {str(row["source_uri"])[-7:-4]: str(row["code"]) for row in rows if row["status"] == "failed"}


@pytest.fixture(scope="module")
def undisturbed(rgw: Rgw, s3: S3Client) -> dict[str, bytes]:
    """The outputs of a run that nothing went wrong in."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in rgw.env().items():
            patch.setenv(name, value)
        assert run(f"s3://{BUCKET}/undisturbed").exit_code == 0
    return pictures(s3, f"s3://{BUCKET}/undisturbed")


def passing(seed: int) -> list[Rule]:
    """Two faults for one photograph or log file in three, and some for the listing and the preflight."""
    chance = random.Random(seed)  # noqa: S311 - to be the same each time
    rules = []
    for number in range(0, COUNT, 2):
        for method in chance.sample(["GET", "PUT"], 1):
            fault = chance.choice(PASSING[method])
            rules.append(Rule(fault, (method,), f"plate-{number:03d}", times=chance.randint(1, 2)))
    for method, key in (
        ("LIST", ""),
        ("HEAD", ""),
        ("PUT", "/part-"),
        ("PUT", "_open"),
        ("PUT", "_run"),
        ("GET", "rows-"),
    ):
        rules.append(Rule(chance.choice(PASSING[method]), (method,), key, times=chance.randint(1, 2)))
    return rules


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_does_not_see_faults_that_pass(
    seed: int, s3: S3Client, proxy: Proxy, bucket_name: str, undisturbed: dict[str, bytes]
) -> None:
    out = f"s3://{BUCKET}/{bucket_name}"
    proxy.set(*passing(seed))
    summary = run(out)
    assert (summary.exit_code, summary.colorized) == (0, COUNT)
    assert sum(proxy.struck.values()) > COUNT // 2
    assert pictures(s3, out) == undisturbed


LASTING = [
    ("GET", "001", "404", "NOT_FOUND"),
    ("GET", "002", "403", "ACCESS_DENIED"),
    ("GET", "003", "silent", "READ_TIMEOUT"),
    ("GET", "004", "short", "READ_TIMEOUT"),
    ("GET", "005", "500", "STORE_UNAVAILABLE"),
    ("GET", "006", "damage", "STORE_UNAVAILABLE"),
    ("GET", "007", "login page", "STORE_UNAVAILABLE"),
    ("GET", "008", "error body, own headers", "STORE_UNAVAILABLE"),
    ("GET", "009", "wrong ETag", "STORE_UNAVAILABLE"),
    ("PUT", "010", "reset", "WRITE_TIMEOUT"),
    ("PUT", "011", "503", "STORE_UNAVAILABLE"),
    ("PUT", "012", "403", "ACCESS_DENIED"),
    ("PUT", "013", "error body", "STORE_UNAVAILABLE"),
    ("PUT", "014", "lost reply", "WRITE_TIMEOUT"),
]


def test_faults_that_last_are_their_rows_and_gone_with_their_cause(
    s3: S3Client, proxy: Proxy, bucket_name: str, undisturbed: dict[str, bytes]
) -> None:
    out = f"s3://{BUCKET}/{bucket_name}"
    proxy.set(*(Rule(fault, (method,), f"plate-{number}") for method, number, fault, _ in LASTING))
    summary = run(out)
    assert (summary.exit_code, summary.colorized, summary.failed) == (3, COUNT - len(LASTING), len(LASTING))
    assert codes(s3, out) == {number: code for _, number, _, code in LASTING}
    found = pictures(s3, out)
    assert found == {name: undisturbed[name] for name in found}
    put_after_all = {"013", "014"}  # and nobody was told
    failed = {f"plate-{number}.jpg" for _, number, _, _ in LASTING if number not in put_after_all}
    assert found.keys() == undisturbed.keys() - failed
    proxy.set()
    again = run(out)
    assert (again.exit_code, again.tried, again.colorized) == (0, len(LASTING), COUNT)
    assert pictures(s3, out) == undisturbed


@pytest.mark.parametrize(
    ("method", "fault", "code"),
    [("GET", "expired", "CREDENTIALS_REFUSED"), ("PUT", "no bucket", "BUCKET_NOT_FOUND")],
)
def test_a_world_that_fails_ends_the_run_and_no_row_is_blamed(
    method: str, fault: str, code: str, s3: S3Client, proxy: Proxy, bucket_name: str, undisturbed: dict[str, bytes]
) -> None:
    out = f"s3://{BUCKET}/{bucket_name}"
    proxy.set(Rule(fault, (method,), "plate-0[12]"))
    summary = run(out)
    assert (summary.exit_code, summary.stopped_code) == (4, code)
    (kept,) = objects(s3, out, "/_summary.json").values()
    assert json.loads(kept)["stopped_code"] == code
    assert str(summary.stopped).startswith(f"{code}: ")
    assert codes(s3, out) == {}
    found = pictures(s3, out)
    assert found == {name: undisturbed[name] for name in found}
    proxy.set()
    assert run(out).exit_code == 0
    assert pictures(s3, out) == undisturbed
