"""Outputs made again: the same bytes, the same pixels, within a level on another processor, or another picture; or not at all."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from colorizer_core.image.difference import levels_apart, means_apart
from colorizer_core.image.picture import Picture
from jobs import coloring
from jobs.fingerprint import PIXELS, Shape
from jobs.verify.proof import Proof
from tests import models, runs
from tests.rgw import Rgw, admin
from tests.verifying import NAMES, TINTED, Archive, found, sha256

OTHER = "A processor of another kind"
ANOTHER = "within 1 level on another processor"


def tinted(archive: Archive, monkeypatch: pytest.MonkeyPatch, then: float, now: float, **asked: Any) -> Proof:
    """Coloured with one tint and made again with another, as a runtime would that rounds otherwise."""
    monkeypatch.setenv("TESTS_TINT", str(then))
    archive.coloured(engine=TINTED, format="png", **asked)
    monkeypatch.setenv("TESTS_TINT", str(now))
    return archive.proof(recompute=1.0, engine=TINTED)


def on_another_processor(archive: Archive) -> None:
    archive.edit_log(lambda row: row | {"cpu": OTHER})


def test_a_level_more_is_another_picture_on_the_same_processor_and_the_same_on_another(
    on_disk: Archive, monkeypatch: pytest.MonkeyPatch
):
    here = tinted(on_disk, monkeypatch, 8, 8.4)
    assert set(here.findings) == {"RECOMPUTED_DIFFERS"}
    assert {one.found for one in here.first} == {"up to 1 levels"}
    assert (here.proven, here.exit_code) == (len(NAMES), 3)
    on_another_processor(on_disk)
    there = on_disk.proof(recompute=1.0, engine=TINTED)
    assert (there.exit_code, there.findings) == (0, {})
    assert set(there.recomputed) <= {ANOTHER, "the same pixels"}
    assert there.recomputed[ANOTHER] == here.findings["RECOMPUTED_DIFFERS"]
    assert f"proven: {ANOTHER}" in "\n".join(there.lines())


def test_more_than_a_level_is_another_picture_on_every_processor(on_disk: Archive, monkeypatch: pytest.MonkeyPatch):
    tinted(on_disk, monkeypatch, 8, 14)
    on_another_processor(on_disk)
    proof = on_disk.proof(recompute=1.0, engine=TINTED)
    assert (proof.findings, proof.exit_code) == ({"RECOMPUTED_DIFFERS": len(NAMES)}, 3)
    greatest = [float(one.found.split()[2]) for one in proof.first]
    assert all(5 < levels < 30 for levels in greatest)
    assert all(OTHER in one.found for one in proof.first)


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_of_a_lossy_format_the_means_are_compared_on_another_processor(
    on_disk: Archive, monkeypatch: pytest.MonkeyPatch, format: str
):
    monkeypatch.setenv("TESTS_TINT", "8")
    for number, name in enumerate(NAMES):
        on_disk.store.write(f"{on_disk.root}/in/{name}", runs.picture(number, 400, 300))
    on_disk.run(engine=TINTED, format=format)
    monkeypatch.setenv("TESTS_TINT", "8.01")
    here = on_disk.proof(recompute=1.0, engine=TINTED)
    assert here.findings["RECOMPUTED_DIFFERS"] > 0
    on_another_processor(on_disk)
    assert on_disk.proof(recompute=1.0, engine=TINTED).exit_code == 0
    monkeypatch.setenv("TESTS_TINT", "10")
    assert on_disk.proof(recompute=1.0, engine=TINTED).findings == {"RECOMPUTED_DIFFERS": len(NAMES)}


def test_the_same_pixels_in_other_bytes_are_proven_and_said(on_disk: Archive):
    on_disk.coloured()
    uri = f"{on_disk.out}/c.png"
    pixels = cv2.imdecode(np.frombuffer(on_disk.store.read(uri).data, np.uint8), cv2.IMREAD_UNCHANGED)
    smaller = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
    on_disk.store.write(uri, smaller)
    other = {"output_sha256": sha256(smaller), "label": None}
    on_disk.edit_log(lambda row: row | (other if row["output_uri"] == uri else {}))
    proof = on_disk.proof(recompute=1.0)
    assert proof.recomputed == {"the same bytes": len(NAMES) - 1, "the same pixels": 1}
    assert proof.exit_code == 0


def test_another_picture_with_a_logged_sum_of_its_own_is_found(on_disk: Archive):
    on_disk.coloured()
    uri, forged = f"{on_disk.out}/c.png", runs.white()
    on_disk.store.write(uri, forged)
    other = {"output_sha256": sha256(forged), "label": None}
    on_disk.edit_log(lambda row: row | (other if row["output_uri"] == uri else {}))
    assert on_disk.proof().exit_code == 0
    proof = on_disk.proof(recompute=1.0)
    assert list(found(proof)) == [("RECOMPUTED_DIFFERS", uri)]
    assert "another size" in proof.first[0].found


def test_the_embedded_model_and_every_option_of_a_run_give_the_same_bytes_again(on_disk: Archive, tmp_path: Path):
    options = {
        "engine": "opencv",
        "quality": 60,
        "chroma": "guided",
        "gamut": "lightness",
        "names": "full",
        "format": "jpeg",
    }
    on_disk.coloured(**options)
    np.save(tmp_path / "palette.npy", np.array([[0, 0], [20, 40], [-20, 10]]))
    on_disk.run(**(options | {"palette": str(tmp_path / "palette.npy"), "names": "stem", "format": "keep"}))
    proof = on_disk.proof(recompute=1.0, engine=None)
    assert proof.recomputed == {"the same bytes": proof.outputs}
    assert proof.outputs > len(NAMES)


def test_a_version_of_a_source_that_was_written_over_is_still_the_one_that_is_read(archive_in_s3: Archive, rgw: Rgw):
    bucket = archive_in_s3.root.removeprefix("s3://")
    client = admin(rgw)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for number, name in enumerate(NAMES):
        archive_in_s3.store.write(f"{archive_in_s3.root}/in/{name}", runs.picture(number))
    versions = [
        f"{archive_in_s3.root}/in/a.jpg,{one['VersionId']}"
        for one in client.list_object_versions(Bucket=bucket, Prefix="in/a.jpg")["Versions"]
    ]
    archive_in_s3.store.write(f"{archive_in_s3.root}/m.csv", "\n".join(["uri,version_id", *versions]).encode())
    assert runs.run(f"{archive_in_s3.root}/m.csv", archive_in_s3.out, "none").colorized == 1
    archive_in_s3.store.write(f"{archive_in_s3.root}/in/a.jpg", runs.picture(50))
    assert archive_in_s3.proof(recompute=1.0).recomputed == {"the same bytes": 1}


def why(proof: Proof) -> str:
    assert set(proof.findings) == {"NOT_RECOMPUTABLE"}
    assert (proof.proven, proof.findings["NOT_RECOMPUTABLE"], proof.exit_code) == (proof.outputs, proof.outputs, 3)
    return proof.first[0].found


def test_what_can_not_be_made_again_here_says_why(on_disk: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model = shutil.copytree(models.MINI, tmp_path / "own")
    monkeypatch.chdir(tmp_path)
    on_disk.coloured(model="own")
    monkeypatch.chdir("/")
    assert on_disk.proof(recompute=1.0).exit_code == 0
    assert "say --engine tests.engines:quick" in why(on_disk.proof(recompute=1.0, engine=None))
    with monkeypatch.context() as other:
        other.setattr(coloring, "Shape", partial(Shape, pixels=99))
        assert f"pixels was {PIXELS} and is 99" in why(on_disk.proof(recompute=1.0))
    shutil.rmtree(model)
    assert f"{tmp_path}/own" in why(on_disk.proof(recompute=1.0))
    (run,) = [one.uri for one in on_disk.store.list(f"{on_disk.log}/") if one.uri.endswith("_run.json")]
    told = on_disk.store.read(run).data
    on_disk.store.write(run, told.replace(b'"gamut":', b'"hue": 1, "gamut":', 1))
    assert "the settings of its run are another version's: hue" in why(on_disk.proof(recompute=1.0))
    on_disk.store.delete(run)
    assert "_run.json" in why(on_disk.proof(recompute=1.0))


pixels = st.sampled_from([np.uint8, np.uint16]).flatmap(
    lambda dtype: st.sampled_from([(3, 4), (3, 4, 3)]).flatmap(lambda shape: arrays.arrays(dtype, shape))
)


@given(pixels, st.data())
def test_pictures_are_as_far_apart_as_their_farthest_samples(one: np.ndarray, data: st.DataObject):
    other = data.draw(arrays.arrays(one.dtype, one.shape))
    level = 1 if one.dtype == np.uint8 else 257
    expected = int(np.abs(one.astype(int) - other.astype(int)).max()) / level
    assert levels_apart(Picture(one), Picture(other)) == levels_apart(Picture(other), Picture(one)) == expected
    assert levels_apart(Picture(one), Picture(one.copy())) == 0
    alpha, opaque = np.zeros(one.shape[:2], one.dtype), np.full(one.shape[:2], 5 * level, one.dtype)
    assert levels_apart(Picture(one, alpha), Picture(one, opaque)) == 5
    assert levels_apart(Picture(one, alpha), Picture(one)) is None
    assert levels_apart(Picture(one), Picture(one[:2])) is None


@given(st.integers(1, 700), st.integers(1, 200), st.integers(0, 9), st.sampled_from([np.uint8, np.uint16]))
def test_means_are_of_whole_tiles_that_cover_the_picture(height: int, width: int, more: int, dtype: type):
    level = 1 if dtype == np.uint8 else 257
    one = np.full((height, width, 3), 20 * level, dtype)
    other = one.copy()
    assert means_apart(Picture(one), Picture(other)) == 0
    other[..., 1] += more * level
    assert means_apart(Picture(one), Picture(other)) == pytest.approx(more)
    noisy = one.copy()
    noisy[-1, -1] += 64 * level  # one sample of a tile of 64 pixels and more a side, or of all that there are
    tile = [side - side * (count - 1) // count for side in (height, width) for count in [min(8, max(1, side // 64))]]
    assert means_apart(Picture(one), Picture(noisy)) == pytest.approx(64 / (tile[0] * tile[1]))
    assert means_apart(Picture(one), Picture(one[:-1])) is None
