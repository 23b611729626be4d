"""`--gamut lightness`: whatever colour the network asks for, lightness and hue stay, and only chroma is given up."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorizer_core.colorizer import Colorizer, Options, render
from colorizer_core.gamut import keep_lightness
from colorizer_core.image.formats import Format
from colorizer_core.image.picture import Picture
from colorizer_core.lab import from_srgb, is_in_srgb

MOST = {8: 0.5, 16: 0.05}
"""How far L may move, by bits a sample."""


def lab_of(pixels: np.ndarray) -> np.ndarray:
    return from_srgb(pixels[..., ::-1].astype(float) / np.iinfo(pixels.dtype).max)


def any_colours(count: int) -> np.ndarray:
    """(1, n, 3) float32 Lab, most of them far outside sRGB."""
    rng = np.random.default_rng(count)
    lightness, hue, chroma = (rng.uniform(0, most, count) for most in (100, 2 * np.pi, 130))
    return np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1).astype(np.float32)[None]


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24), st.sampled_from([1, 3]))),
    hnp.arrays(np.float32, (2, 4, 4), elements=st.floats(-110, 110, width=32)),
    st.sampled_from([8, 16]),
)
@settings(deadline=None, max_examples=150)
def test_lightness_is_the_photographs_on_every_pixel(source: np.ndarray, ab: np.ndarray, bits: int):
    pixels = (source if bits == 8 else source.astype(np.uint16) * 257).squeeze(axis=2 if source.shape[2] == 1 else ())
    before = lab_of(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3))
    after = lab_of(render(Picture(pixels), ab, gamut="lightness").pixels)
    assert np.abs(after[..., 0] - before[..., 0]).max() <= MOST[bits]


class Loud:
    """Colours that sRGB can't show, another in each place."""

    input_size = 32

    def forward(self, _lightness: np.ndarray) -> np.ndarray:
        return np.random.default_rng(0).uniform(-100, 100, (2, 8, 8)).astype(np.float32)


@pytest.mark.parametrize("format", ["png", "tiff", "jp2"])
@pytest.mark.parametrize("bits", MOST)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_file_that_loses_nothing_has_the_photographs_lightness_too(format: Format, bits: int, channels: int):
    pixels = np.random.default_rng(bits).integers(0, 256, (90, 120, channels)).astype(np.uint8)
    source = (pixels if bits == 8 else pixels.astype(np.uint16) * 257).squeeze()
    colored = Colorizer(Loud(), Options(already_color="recolor")).colorize(
        cv2.imencode(".png", source)[1].tobytes(), format
    )
    after = lab_of(cv2.imdecode(np.frombuffer(colored.data, np.uint8), cv2.IMREAD_UNCHANGED))
    before = lab_of(source if channels == 3 else np.dstack([source] * 3))
    assert colored.bit_depth == bits
    assert np.abs(after[..., 0] - before[..., 0]).max() <= MOST[bits]
    assert np.hypot(after[..., 1], after[..., 2]).mean() > 10


def test_hue_stays_and_no_more_chroma_is_given_up_than_needed():
    lab = any_colours(200_000)
    bgr = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
    keep_lightness(lab, bgr, cv2.COLOR_LAB2BGR)
    kept = from_srgb(bgr[..., ::-1].astype(float))
    assert np.abs(kept[..., 0] - lab[..., 0]).max() <= 0.05
    chroma = [np.hypot(one[..., 1], one[..., 2]) for one in (lab, kept)]
    seen = chroma[1] > 5
    turned = np.angle(np.exp(1j * (np.arctan2(*kept[seen][:, :0:-1].T) - np.arctan2(*lab[seen][:, :0:-1].T))))
    assert np.abs(np.degrees(turned)).max() < 1
    more = kept.copy()
    more[..., 1:] *= 1 + 3 / np.maximum(chroma[1], 1)[..., None]
    assert (is_in_srgb(more) & (chroma[0] > chroma[1] + 4)).mean() < 0.01


def test_what_srgb_can_show_is_untouched():
    lab = any_colours(50_000)
    lab = lab[:, is_in_srgb(lab.astype(float) * [1, 1.05, 1.05])[0]]
    bgr = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
    before = bgr.copy()
    keep_lightness(lab, bgr, cv2.COLOR_LAB2BGR)
    np.testing.assert_array_equal(bgr, before)


def test_more_clipped_pixels_than_remap_takes_at_once_are_brought_in_too():
    some = any_colours(2000)
    some = some[:, ~is_in_srgb(some.astype(float))[0]][:, :1000]
    lab = np.tile(some, (1, 8_400, 1))
    bgr = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
    keep_lightness(lab, bgr, cv2.COLOR_LAB2BGR)
    for part in (slice(1000), slice(-1000, None)):
        assert np.abs(from_srgb(bgr[0, part, ::-1].astype(float))[:, 0] - lab[0, part, 0]).max() <= 0.05


@pytest.mark.parametrize("level", [0, 255])
def test_black_and_white_stay_black_and_white(level: int):
    picture = Picture(np.full((40, 50), level, np.uint8))
    assert np.unique(render(picture, np.full((2, 3, 3), 60, np.float32), gamut="lightness").pixels).tolist() == [level]
