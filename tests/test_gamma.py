"""sRGB's gamma by a table of half floats, against its definition."""

from __future__ import annotations

import numpy as np

from colorizer_core import gamma
from colorizer_core.lab import encoded, linear


def test_the_table_is_within_a_twentieth_of_a_level_of_the_best():
    light = np.linspace(0, 1, 3 * 400_000, dtype=np.float32).reshape(400, 1000, 3)
    levels = np.empty(light.shape, np.uint8)
    gamma.to_8_bits(light, levels)
    assert np.abs(levels - 255 * encoded(light.astype(float))).max() < 0.55
    assert (levels.min(), levels.max()) == (0, 255)


def test_every_level_comes_back_from_its_own_light():
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
    back = np.empty(levels.shape, np.uint8)
    gamma.to_8_bits(linear(levels / 255).astype(np.float32), back)
    np.testing.assert_array_equal(back, levels)


def test_encoding_undoes_decoding():
    shares = np.linspace(0, 1, 10_001)
    np.testing.assert_allclose(encoded(linear(shares)), shares, atol=1e-5)
