"""The network to train, built from the layer table that also writes the prototxt."""

from __future__ import annotations

import math

import torch
from torch import nn

from colorizer_core.network import zhang2016
from colorizer_core.network.layer import Layer

INPUT_SCALE = 50.0
"""L minus 50 is divided by it, so that the first layer sees about −1 … 1; the export folds it into that layer."""
BATCH_NORM_EPSILON = 1e-5
"""Caffe's, which the prototxt leaves at its default."""


class Network(nn.Module):
    """The layers from L to the logits of the bins, under their published names.

    Args:
        width: what the published channel counts are multiplied by.
        bins: ab bins to tell apart.
    """

    def __init__(self, width: float, bins: int = zhang2016.BINS) -> None:
        super().__init__()
        self.layers = nn.Sequential()
        channels = 1
        for layer in zhang2016.layers(width, bins=bins):
            if layer.name == zhang2016.SCALE:
                break
            module = _module(layer, channels)
            if module is not None:
                self.layers.add_module(layer.name, module)
            channels = layer.convolution.outputs if layer.convolution else channels
        nn.init.normal_(self.layers.get_submodule(zhang2016.LOGITS).weight, 0, 0.01)

    def forward(self, lightness: torch.Tensor) -> torch.Tensor:
        """(n, 1, s, s) L minus 50 → (n, bins, s/4, s/4) logits."""
        logits: torch.Tensor = self.layers(lightness / INPUT_SCALE)
        return logits

    def expect(self, distribution: torch.Tensor) -> None:
        """Sets the last bias so that an untrained network already gives the distribution (bins,) of the training set."""
        with torch.no_grad():
            self.layers.get_submodule(zhang2016.LOGITS).bias.copy_(distribution.log())


def _module(layer: Layer, channels: int) -> nn.Module | None:
    """The module of one layer; None for the input."""
    window = layer.convolution
    if layer.type == "ReLU":
        return nn.ReLU(inplace=True)
    if layer.type == "BatchNorm":
        return nn.BatchNorm2d(channels, eps=BATCH_NORM_EPSILON, momentum=0.02, affine=False)
    if window is None:
        return None
    if layer.type == "Deconvolution":
        made: nn.Conv2d | nn.ConvTranspose2d = nn.ConvTranspose2d(
            channels, window.outputs, window.kernel, window.stride, padding=window.pad
        )
        # Each output pixel of a 4×4 kernel at stride 2 hears a quarter of the kernel.
        nn.init.normal_(made.weight, 0, math.sqrt(2 / (channels * (window.kernel / window.stride) ** 2)))
    else:
        made = nn.Conv2d(
            channels, window.outputs, window.kernel, window.stride, padding=window.pad, dilation=window.dilation
        )
        nn.init.kaiming_normal_(made.weight, mode="fan_in", nonlinearity="relu")
    nn.init.zeros_(made.bias)
    return made
