"""The same source, model and options give the same bytes: in the loop, on Ray, on disk, in S3, and by `colorizer image`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote

import pytest
from mypy_boto3_s3 import S3Client

from colorizer_core.colorizer import Options
from colorizer_core.engines.choice import EngineChoice
from colorizer_core.image import metadata
from colorizer_core.image.containers.kinds import write
from colorizer_core.image.containers.packets import Packets, Resolution
from colorizer_core.image.exif import fresh
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.iim import DataSet, write_iim
from colorizer_core.image.label import TERMS, read_label
from colorizer_core.image.xmp import Xmp, array, simple, write_xmp
from jobs.image import colorize_one
from jobs.telling import beside
from tests import runs
from tests.carrying import ENDINGS, encoded
from tests.rgw import Rgw, admin

FORMATS = tuple(CAPACITIES)
XMP = Xmp((array("dc:creator", "Seq", ["Erna Müller"]), simple("xmpMM:DocumentID", "xmp.did:source")))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A photograph of each format, with all that one can carry."""
    folder = tmp_path / "in"
    folder.mkdir()
    dpi = Resolution(300, 300)
    iptc = write_iim((DataSet((2, 80), b"Erna"),))
    packets = Packets(fresh((128, 96), dpi).block, write_xmp(XMP), iptc, None, dpi)
    for kind in FORMATS:
        name = f"Größe {kind}{ENDINGS[kind]}"
        (folder / name).write_bytes(write(encoded(kind), kind, packets))
    return folder


@pytest.fixture
def s3(rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch) -> S3Client:
    for name, value in rgw.env().items():
        monkeypatch.setenv(name, value)
    client = admin(rgw)
    client.create_bucket(Bucket=bucket_name)
    return client


def put(s3: S3Client, bucket: str) -> dict[str, bytes]:
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]]
    names = [key for key in keys if "colorizer-log" not in key]
    return {key.removeprefix("out/"): s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in names}


def test_runs_of_any_shape_and_a_single_photograph_give_the_same_bytes(archive: Path, tmp_path: Path):
    assert runs.run(archive, tmp_path / "loop", "none").colorized == len(FORMATS)
    loop = runs.outputs(tmp_path / "loop")
    runs.run(archive, tmp_path / "again", "none", workers=1, shard_seconds="1s")
    assert runs.outputs(tmp_path / "again") == loop
    for name, data in loop.items():
        alone = tmp_path / name
        colorize_one(str(archive / name), str(alone), "mini", EngineChoice(runs.QUICK), Options())
        assert alone.read_bytes() == data


def test_ray_gives_the_bytes_of_the_loop(archive: Path, tmp_path: Path, ray_cluster: str):
    runs.run(archive, tmp_path / "loop", "none")
    runs.run(archive, tmp_path / "ray", ray_cluster)
    assert runs.outputs(tmp_path / "ray") == runs.outputs(tmp_path / "loop")


def test_disk_and_s3_hold_the_same_bytes(archive: Path, tmp_path: Path, s3: S3Client, bucket_name: str):
    runs.run(archive, tmp_path / "out", "none")
    runs.run(archive, f"s3://{bucket_name}/out", "none")
    assert put(s3, bucket_name) == runs.outputs(tmp_path / "out")


def test_an_object_says_what_it_is_beside_its_bytes(archive: Path, s3: S3Client, bucket_name: str):
    runs.run(archive, f"s3://{bucket_name}/out", "none", label="enhanced")
    for name, data in put(s3, bucket_name).items():
        head = s3.head_object(Bucket=bucket_name, Key=f"out/{name}")
        source, told = archive / name, head["Metadata"]
        label = read_label(
            data, "jpeg" if name.endswith("jpg") else next(f for f in FORMATS if ENDINGS[f] == source.suffix)
        )
        assert label is not None
        assert unquote(told["source"]) == f"file://{source}"
        assert told["source-sha256"] == hashlib.sha256(source.read_bytes()).hexdigest() == label.source_sha256
        assert (told["label"], told["fingerprint"]) == (TERMS["enhanced"], label.fingerprint)
        assert head["ContentType"].startswith("image/")
        assert head["ETag"] == f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def test_what_an_object_says_fits_into_2_kb_of_ascii():
    short = beside("s3://a/Größe?X-Amz-Signature=secret.jpg", "0" * 64, "f" * 16, TERMS["composite"])
    assert "secret" not in short["source"]
    long = beside("s3://a/" + "ö" * 500, "0" * 64, "f" * 16, TERMS["composite"])
    assert set(short) - set(long) == {"source"}
    for told in (short, long):
        assert all(value.isascii() for value in told.values())
        assert sum(len(name) + len(value) for name, value in told.items()) < 2048


def test_the_log_has_the_label_and_what_was_kept(archive: Path, tmp_path: Path):
    runs.run(archive, tmp_path / "out", "none")
    kept = {
        Path(row["output_uri"]).suffix: (row["label"], row["metadata_kept"]) for row in runs.log_rows(tmp_path / "out")
    }
    plain = dict.fromkeys(ENDINGS.values(), (TERMS["composite"], "xmp, iptc"))
    assert kept == plain | {".webp": (TERMS["composite"], "xmp")}  # which held no IPTC-IIM


def test_another_label_or_policy_makes_outputs_stale(archive: Path, tmp_path: Path):
    out = tmp_path / "out"
    tried = [
        runs.run(archive, out, "none", **options).tried
        for options in ({}, {}, {"label": "enhanced"}, {"metadata": "none"})
    ]
    assert tried == [5, 0, 5, 5]


def test_an_output_that_does_not_hold_its_label_is_not_written(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def forgetful(data: bytes, format: Format, packets: Packets) -> bytes:
        return data if format == "png" else write(data, format, packets)

    monkeypatch.setattr(metadata, "write", forgetful)
    summary = runs.run(archive, tmp_path / "out", "none")
    assert (summary.colorized, summary.by_code) == (4, {"LABEL_FAILED": 1})
    assert not [name for name in runs.outputs(tmp_path / "out") if name.endswith(".png")]
