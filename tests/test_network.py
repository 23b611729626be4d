"""The network as a document: the table, Caffe's files, the fast form, the palette."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorizer_core.errors import ModelError
from colorizer_core.model import load_model, model_sha256
from colorizer_core.network import mosaic, zhang2016
from colorizer_core.network.caffe import parse_prototxt, read_blobs, write_blobs, write_prototxt
from colorizer_core.palette import load_points, published_points, save_points
from tests import models

CAFFE = models.SHARED / "caffe"
needs_shared = pytest.mark.skipif(not CAFFE.is_dir(), reason="the published files are not beside the checkout")
PROTOTXT, CAFFEMODEL, POINTS = models.read(models.MINI)


@needs_shared
@pytest.mark.parametrize("name", ["colorization_deploy_v2.prototxt", "colorization_deploy_v2.crlf.prototxt"])
def test_the_table_of_layers_is_the_published_prototxt(name: str):
    published = parse_prototxt((CAFFE / name).read_bytes())
    assert published[-1].type == "Silence"
    assert published[:-1] == zhang2016.layers()


@needs_shared
def test_the_published_palette_is_derived():
    assert np.array_equal(published_points(), np.load(CAFFE / "pts_in_hull.npy"))


def test_the_derived_palette_is_the_one_of_the_embedded_model():
    assert np.array_equal(published_points(), load_points(POINTS))
    assert len(published_points()) == zhang2016.BINS


@given(st.sampled_from([0.125, 0.25, 0.5, 1]), st.integers(1, 20), st.integers(2, 400))
@settings(deadline=None)
def test_a_prototxt_is_read_as_it_was_written(width: float, size: int, bins: int):
    layers = zhang2016.layers(width, 8 * size, bins)
    assert parse_prototxt(write_prototxt("any", layers)) == layers
    assert parse_prototxt(write_prototxt("any", layers).replace(b"\n", b"\r\n")) == layers


blobs = st.dictionaries(
    st.text("abc_123", min_size=1),
    st.lists(hnp.arrays(np.float32, hnp.array_shapes(max_dims=4, max_side=4)), min_size=1, max_size=3),
    min_size=1,
)


@given(blobs)
@settings(deadline=None, max_examples=60)
def test_a_caffemodel_is_read_as_it_was_written(written: dict[str, list[np.ndarray]]):
    read = read_blobs(write_blobs("any", written))
    assert list(read) == list(written)
    for name, arrays in written.items():
        assert [one.shape for one in read[name]] == [one.shape for one in arrays]
        assert [one.tobytes() for one in read[name]] == [one.tobytes() for one in arrays]


def test_half_precision_is_read_alike_by_this_project_and_by_opencv():
    blobs = {name: [one.astype("f2").astype("f4") for one in arrays] for name, arrays in read_blobs(CAFFEMODEL).items()}
    whole, halved = write_blobs("any", blobs), write_blobs("any", blobs, half=True)
    assert len(halved) < 0.51 * len(whole)
    for name, arrays in read_blobs(halved).items():
        for one, expected in zip(arrays, blobs[name], strict=True):
            assert one.dtype == np.float32
            np.testing.assert_array_equal(one, expected)
    lightness = np.random.default_rng(0).uniform(-50, 50, (1, 1, models.INPUT, models.INPUT)).astype(np.float32)
    colours = []
    for caffemodel in (whole, halved):
        net = cv2.dnn.readNetFromCaffe(np.frombuffer(PROTOTXT, np.uint8), np.frombuffer(caffemodel, np.uint8))
        for name, own in zhang2016.decoding(load_points(POINTS)).items():
            net.getLayer(net.getLayerId(name)).blobs = own
        net.setInput(lightness)
        colours.append(net.forward())
    np.testing.assert_array_equal(*colours)
    assert np.abs(colours[0]).max() > 1


def test_a_weight_too_large_for_half_precision_is_refused():
    with pytest.raises(ValueError, match="conv1_1"):
        write_blobs("any", {"conv1_1": [np.array([1.0, 70_000.0], np.float32)]}, half=True)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_refused_as_a_model_and_crash_nothing(data: bytes):
    for read in (parse_prototxt, read_blobs, load_points):
        try:
            read(data)
        except ModelError:
            continue
    for files in ((data, CAFFEMODEL, POINTS), (PROTOTXT, data, POINTS), (PROTOTXT, CAFFEMODEL, data)):
        with pytest.raises(ModelError):
            load_model("any", *files)


@given(st.integers(0, len(CAFFEMODEL) - 1))
@settings(deadline=None, max_examples=20)
def test_a_truncated_caffemodel_is_refused(length: int):
    with pytest.raises(ModelError):
        load_model("cut", PROTOTXT, CAFFEMODEL[:length], POINTS)


@needs_shared
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("html_page", "an HTML or XML page"),
        ("lfs_pointer", "a Git LFS pointer"),
        ("header_only", "does not belong to the prototxt|holds no weights|damaged"),
    ],
)
def test_what_circulates_as_a_caffemodel_is_told_apart(name: str, said: str):
    data = (CAFFE / f"{name}.caffemodel").read_bytes()
    prototxt, points = (CAFFE / "colorization_deploy_v2.prototxt", CAFFE / "pts_in_hull.npy")
    with pytest.raises(ModelError, match=said):
        load_model("zhang2016", prototxt.read_bytes(), data, points.read_bytes())


def test_files_that_do_not_belong_together_are_refused():
    with pytest.raises(ModelError, match="312 bins"):
        load_model("any", PROTOTXT, CAFFEMODEL, save_points(published_points()[:312]))
    wider = write_prototxt("wide", zhang2016.layers(0.5, 128))
    with pytest.raises(ModelError, match="does not belong"):
        load_model("any", wider, CAFFEMODEL, POINTS)


def test_line_ends_do_not_make_another_model():
    crlf = PROTOTXT.replace(b"\n", b"\r\n")
    assert model_sha256(crlf, CAFFEMODEL, POINTS) == load_model("any", PROTOTXT, CAFFEMODEL, POINTS).sha256
    assert load_model("any", crlf, CAFFEMODEL, POINTS).prototxt == PROTOTXT


class Trap:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def test_a_palette_is_never_unpickled(tmp_path: Path):
    file = io.BytesIO()
    np.save(file, np.array([Trap(tmp_path / "sprung")], dtype=object), allow_pickle=True)
    for data in (file.getvalue(), pickle.dumps(Trap(tmp_path / "sprung"))):
        with pytest.raises(ModelError):
            load_points(data)
    assert not (tmp_path / "sprung").exists()


@given(st.integers(1, 3), st.integers(1, 5), st.integers(2, 19))
@settings(deadline=None)
def test_a_mosaic_is_taken_apart_as_it_was_put_together(batch: int, channels: int, side: int):
    phases = np.random.default_rng(side).random((batch, channels, side, side), np.float32)
    whole, mask = mosaic.to_mosaic(phases), mosaic.gutter_mask(batch, channels, side)
    assert np.array_equal(mosaic.from_mosaic(whole, side), phases)
    assert np.array_equal(whole * mask, whole)
    assert mask.sum() == phases.size
    assert not mask[:, :, -1].any()
    assert not mask[..., -1].any()


def test_a_network_without_dilated_layers_has_no_fast_form():
    plain = [layer for layer in zhang2016.layers() if "conv5" not in layer.name and "conv6" not in layer.name]
    assert mosaic.split(plain) is None
    assert mosaic.split(zhang2016.layers(size=8 * 5)) is not None
