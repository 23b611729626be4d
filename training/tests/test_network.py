"""What the network to train promises: folded, it is the published one; and the optimizer's steps are orthogonal."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from colorizer_core.network import zhang2016
from training.calibration import MOST_CHROMA, PREFERENCES, SHARPNESSES, Calibration, calibrate
from training.encoding import class_weights, encoding
from training.muon import Muon, orthogonal
from training.network import Network


@pytest.fixture
def network() -> Network:
    """A small one whose BatchNorms have seen something."""
    torch.manual_seed(0)
    network = Network(0.125, 20)
    for _ in range(3):
        network(torch.randn(4, 1, 32, 32) * 30)
    return network.eval()


@torch.no_grad()
def test_one_convolution_does_what_its_branches_do(network: Network):
    for unit in network.units.values():
        window = unit.main.window
        kernel, bias = unit.folded()
        below = torch.randn(2, unit.main.shape[0 if unit.main.is_transposed else 1], 16, 16)
        if unit.main.is_transposed:
            out = torch.nn.functional.conv_transpose2d(below, kernel, bias, window.stride, window.pad)
        else:
            out = torch.nn.functional.conv2d(below, kernel, bias, window.stride, window.pad, window.dilation)
        torch.testing.assert_close(out.relu(), unit(below), atol=1e-4, rtol=1e-4)


def test_every_published_convolution_has_its_weights(network: Network):
    layers = [layer for layer in zhang2016.layers(0.125, bins=20) if layer.convolution is not None]
    blobs = network.blobs()
    assert list(blobs) == [layer.name for layer in layers if layer.name != zhang2016.EXPECTATION]
    for layer in layers[:-1]:
        assert blobs[layer.name][1].shape == (layer.convolution.outputs,)


@pytest.mark.parametrize("shape", [(8, 40), (40, 8), (12, 12)])
def test_a_step_is_nearly_orthogonal(shape: tuple[int, int]):
    torch.manual_seed(1)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert 0.5 < values.min() <= values.max() < 1.3


def test_the_optimizer_finds_a_matrix():
    torch.manual_seed(2)
    sought, matrix = torch.randn(6, 9), torch.nn.Parameter(torch.zeros(6, 9))
    optimizer = Muon([matrix], rate=0.02, decay=0.0)
    for _ in range(800):
        optimizer.zero_grad()
        ((matrix - sought) ** 2).sum().backward()
        optimizer.step()
    assert float((matrix - sought).detach().abs().max()) < 0.1


def test_a_calibration_tames_colours_that_are_too_strong():
    points = torch.tensor([[0.0, 0.0], [60.0, 0.0], [0.0, 60.0], [-60.0, 0.0], [0.0, -60.0]], dtype=torch.float64)
    table, prior = encoding(points.numpy()), torch.tensor([0.8, 0.05, 0.05, 0.05, 0.05], dtype=torch.float64)
    classes = class_weights(prior)
    true = torch.zeros(1, 2, 10, 10)
    true[0, 0, :2] = 60.0
    logits = torch.zeros(1, 5, 10, 10)
    logits[0, 0], logits[0, 1, :4] = 1.5, 2.0
    found, figures = calibrate(logits, true, table, prior, classes)
    assert 0 < figures.chroma_ratio <= MOST_CHROMA
    assert found != Calibration()
    weight, bias = found.apply(torch.ones(5, 1, 1, 1), torch.zeros(5), classes)
    torch.testing.assert_close(weight, torch.full((5, 1, 1, 1), found.sharpness))
    torch.testing.assert_close(bias, found.preference * classes.log() * found.sharpness)


def test_where_no_calibration_fits_the_most_careful_is_taken():
    table, prior = (
        encoding(np.array([[60.0, 0.0], [0.0, 60.0], [-60.0, 0.0], [0.0, -60.0], [60.0, 60.0]])),
        torch.full((5,), 0.2),
    )
    found, _ = calibrate(torch.zeros(1, 5, 4, 4), torch.zeros(1, 2, 4, 4) + 1e-3, table, prior, class_weights(prior))
    assert found == Calibration(SHARPNESSES[0], PREFERENCES[0])
