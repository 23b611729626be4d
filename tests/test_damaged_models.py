"""Model files as they get damaged: whatever the bytes, a ModelError that says what was found, or a model that can be used."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colorizer_core.errors import ModelError
from colorizer_core.model import load_model
from colorizer_core.network import mosaic
from colorizer_core.network.caffe import read_blobs, write_blobs
from colorizer_core.network.onnx import write_onnx
from colorizer_core.palette import published_points, save_points
from tests import models

PROTOTXT, CAFFEMODEL, POINTS = models.read(models.MINI)
BLOBS = read_blobs(CAFFEMODEL)
HEADER = CAFFEMODEL[:80]
HTML = b"\n<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:f5af1e60\nsize 128946764\n"


@st.composite
def mutated(draw: st.DrawFn, data: bytes, most: int = 6) -> bytes:
    """The bytes with a few pieces overwritten, cut out, doubled or put in, near the front more often than not."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, min(400, len(changed))) | st.integers(0, len(changed)))
        piece = draw(st.binary(max_size=12))
        length = draw(st.integers(0, 40))
        changed[at : at + length] = draw(st.sampled_from([piece, bytes(changed[at : at + length]) * 2, b""]))
    return bytes(changed)


def read_all(prototxt: bytes, caffemodel: bytes, points: bytes) -> None:
    """Reads a model and makes all its forms; only a ModelError may come of it."""
    with suppress(ModelError):
        model = load_model("damaged", prototxt, caffemodel, points)
        mosaic.split(model.layers)
        write_onnx(model.layers, model.filled())


@given(mutated(CAFFEMODEL))
@settings(deadline=None, max_examples=60)
def test_a_mutated_caffemodel_crashes_nothing(caffemodel: bytes):
    read_all(PROTOTXT, caffemodel, POINTS)


@given(mutated(PROTOTXT))
@example(PROTOTXT.replace(b'name: "bw_conv1_1"\n  type: "Convolution"', b'name: "other"\n  type: "Dropout"'))
@settings(deadline=None, max_examples=150)
def test_a_mutated_prototxt_crashes_nothing(prototxt: bytes):
    read_all(prototxt, CAFFEMODEL, POINTS)


@given(mutated(POINTS))
@settings(deadline=None, max_examples=100)
def test_a_mutated_palette_crashes_nothing(points: bytes):
    read_all(PROTOTXT, CAFFEMODEL, points)


NUMBERS = [b"0", b"-1", b"1", b"2", b"99999999999999999999", b"1e9", b"x"]


@given(st.data(), st.sampled_from(NUMBERS))
@settings(deadline=None, max_examples=150)
def test_any_other_number_in_a_prototxt_crashes_nothing(data: st.DataObject, number: bytes):
    words = PROTOTXT.split(b" ")
    at = data.draw(st.sampled_from([i for i, word in enumerate(words) if word.strip().isdigit()]))
    read_all(b" ".join([*words[:at], number, *words[at + 1 :]]), CAFFEMODEL, POINTS)


def replaced(layer: str, number: int, array: np.ndarray) -> bytes:
    """The embedded caffemodel with one blob of a layer in another's place."""
    blobs = list(BLOBS[layer])
    blobs[number] = array.astype(np.float32)
    return write_blobs("mini", {**BLOBS, layer: blobs})


def spoiled(layer: str, number: int, value: float) -> bytes:
    array = BLOBS[layer][number].copy()
    array.flat[array.size // 2] = value
    return replaced(layer, number, array)


DAMAGED = {
    "html": (HTML, "an HTML or XML page, 8. bytes"),
    "pointer": (POINTER, "a Git LFS pointer, .. bytes"),
    "empty": (b"", "an empty file"),
    "header": (HEADER, "damaged|can't be read|holds no weights"),
    "zeros": (bytes(10_000), "can't be read: begins with"),
    "no weights": (b"\x0a\x04mini", "holds no weights: begins with"),
    "half": (CAFFEMODEL[: len(CAFFEMODEL) // 2], "can't be read"),
    "other shape": (replaced("conv4_1", 0, np.ones((128, 64, 3, 2))), r"'conv4_1' has the shape \(128, 64, 3, 2\)"),
    "other bias": (replaced("conv4_1", 1, np.ones(5)), r"'conv4_1' has a bias of the shape \(5,\) for 128 outputs"),
    "other norm": (replaced("conv4_3norm", 1, np.ones(5)), r"'conv4_3norm' has the shapes .*\(5,\).* for 128 channels"),
    "nan": (spoiled("conv6_2", 0, np.nan), r"'conv6_2' holds 1 weights that are no numbers"),
    "infinite": (spoiled("conv8_1", 1, np.inf), r"'conv8_1' holds 1 weights that are no numbers"),
    "nan norm": (spoiled("conv1_2norm", 1, np.nan), r"'conv1_2norm' holds 1 weights that are no numbers"),
    "negative": (spoiled("conv2_2norm", 1, -1.0), r"'conv2_2norm' has a negative variance"),
    "one missing": (write_blobs("x", {k: v for k, v in BLOBS.items() if k != "conv7_2"}), "'conv7_2' is missing"),
    "norm missing": (write_blobs("x", {k: v for k, v in BLOBS.items() if k != "conv7_3norm"}), "'conv7_3norm' is"),
}


@pytest.mark.parametrize(("data", "said"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_caffemodel_is_refused_with_what_was_found(data: bytes, said: str):
    with pytest.raises(ModelError, match=said):
        load_model("damaged", PROTOTXT, data, POINTS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (HTML, "no network's description: an HTML or XML page"),
        (POINTER, "no network's description: a Git LFS pointer"),
        (b"", "names no layer: an empty file"),
        (b'name: "x"', "names no layer: begins with"),
        (CAFFEMODEL[:1000], "no network's description: begins with"),
        (PROTOTXT[: len(PROTOTXT) // 2], "no network's description|no layers"),
        (PROTOTXT.replace(b"stride: 2", b"stride: 0"), "'conv1_2' has a window of size zero"),
        (PROTOTXT.replace(b"dim: %d }" % models.INPUT, b"dim: 64 }", 1), "square input"),
    ],
)
def test_a_damaged_prototxt_is_refused_with_what_was_found(data: bytes, said: str):
    with pytest.raises(ModelError, match=said):
        load_model("damaged", data, CAFFEMODEL, POINTS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (HTML, "no .npy file of numbers: an HTML or XML page"),
        (POINTER, "a Git LFS pointer"),
        (b"PK\3\4 and no more", "no .npy file of numbers"),
        (POINTS[:-8], "no .npy file of numbers"),
        (save_points(np.full((313, 2), np.nan)), "do not all lie within"),
        (save_points(published_points()[:, :1]), r"shape \(k, 2\)"),
    ],
)
def test_a_damaged_palette_is_refused_with_what_was_found(data: bytes, said: str):
    with pytest.raises(ModelError, match=said):
        load_model("damaged", PROTOTXT, CAFFEMODEL, data)
