"""The network to train, built from the layer table that also writes the prototxt.

A convolution learns with two branches beside it and a BatchNorm on each (Ding et al. 2021, *RepVGG: making VGG-style
ConvNets great again*). They are one convolution in the files: what is written is the published network.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from colorizer_core.network import zhang2016
from colorizer_core.network.layer import Convolution

INPUT_SCALE = 50.0
"""L minus 50 is divided by it, so that the first layer sees about −1 … 1; the export folds it into that layer."""
MOMENTUM = 0.02
"""Of the newest batch in a BatchNorm's mean and variance."""


class Branch(nn.Module):
    """A convolution without bias and its BatchNorm.

    The kernel is kept as a matrix, for the optimizer's sake: a row an output channel, or a transposed one's input channel.
    """

    def __init__(self, channels: int, window: Convolution, is_transposed: bool = False) -> None:
        super().__init__()
        self.window, self.is_transposed = window, is_transposed
        ends = (channels, window.outputs) if is_transposed else (window.outputs, channels)
        self.shape = (*ends, window.kernel, window.kernel)
        # Each output pixel of a transposed 4×4 kernel at stride 2 hears a quarter of the kernel.
        heard = channels * (window.kernel / (window.stride if is_transposed else 1)) ** 2
        self.matrix = nn.Parameter(torch.randn(self.shape).flatten(1) * math.sqrt(2 / heard))
        self.norm = nn.BatchNorm2d(window.outputs, momentum=MOMENTUM)

    def forward(self, below: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) → (n, outputs, h', w')."""
        kernel, window = self.matrix.view(self.shape), self.window
        if self.is_transposed:
            return self.norm(nn.functional.conv_transpose2d(below, kernel, None, window.stride, window.pad))
        kernel = kernel.contiguous(memory_format=torch.channels_last)
        return self.norm(nn.functional.conv2d(below, kernel, None, window.stride, window.pad, window.dilation))

    def folded(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The kernel, shaped as Caffe's, and the bias (outputs,) that do the same without the BatchNorm."""
        factor, bias = straight(self.norm)
        along = (1, -1, 1, 1) if self.is_transposed else (-1, 1, 1, 1)
        return self.matrix.view(self.shape) * factor.view(along), bias


class Unit(nn.Module):
    """A layer and its ReLU. A 3×3 convolution learns with a 1×1 beside it, and the identity where size and channels stay."""

    def __init__(self, channels: int, window: Convolution, is_transposed: bool) -> None:
        super().__init__()
        self.main = Branch(channels, window, is_transposed)
        self.pointwise: Branch | None = None
        self.identity: nn.BatchNorm2d | None = None
        if not is_transposed:
            self.pointwise = Branch(channels, Convolution(window.outputs, kernel=1, stride=window.stride))
        if channels == window.outputs and window.stride == 1:
            self.identity = nn.BatchNorm2d(channels, momentum=MOMENTUM)

    def forward(self, below: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) → (n, outputs, h', w')."""
        out = self.main(below)
        if self.pointwise is not None:
            out = out + self.pointwise(below)
        if self.identity is not None:
            out = out + self.identity(below)
        return nn.functional.relu(out, inplace=True)

    @torch.no_grad()
    def folded(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The kernel, shaped as Caffe's, and the bias (outputs,) of the one convolution that does what the branches do in sum."""
        kernel, bias = self.main.folded()
        middle = self.main.window.kernel // 2
        if self.pointwise is not None:
            point, addend = self.pointwise.folded()
            kernel[:, :, middle, middle] += point[:, :, 0, 0]
            bias = bias + addend
        if self.identity is not None:
            factor, addend = straight(self.identity)
            kernel[:, :, middle, middle] += torch.diag(factor)
            bias = bias + addend
        return kernel, bias


class Network(nn.Module):
    """The layers from L to the logits of the bins, under their published names.

    Args:
        width: what the published channel counts are multiplied by.
        bins: ab bins to tell apart.
    """

    def __init__(self, width: float, bins: int = zhang2016.BINS) -> None:
        super().__init__()
        self.units = nn.ModuleDict()
        channels = 1
        for layer in zhang2016.layers(width, bins=bins):
            if layer.name == zhang2016.LOGITS:
                break
            if layer.convolution is not None:
                self.units[layer.name] = Unit(channels, layer.convolution, layer.type == "Deconvolution")
                channels = layer.convolution.outputs
        self.logits = nn.Conv2d(channels, bins, 1)
        nn.init.normal_(self.logits.weight, 0, 0.01)

    def forward(self, lightness: torch.Tensor) -> torch.Tensor:
        """(n, 1, s, s) L minus 50 → (n, bins, s/4, s/4) logits."""
        below = lightness / INPUT_SCALE
        for unit in self.units.values():
            below = unit(below)
        logits: torch.Tensor = self.logits(below)
        return logits

    def expect(self, distribution: torch.Tensor) -> None:
        """Sets the last bias so that an untrained network already gives the distribution (bins,) of the training set."""
        with torch.no_grad():
            self.logits.bias.copy_(distribution.log())

    def matrices(self) -> list[nn.Parameter]:
        """The branches' kernels, each a matrix."""
        return [module.matrix for module in self.modules() if isinstance(module, Branch)]

    @torch.no_grad()
    def blobs(self) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """The kernel and bias of every convolution, by its published name, shaped as Caffe's, and for L minus 50 as it is."""
        blobs = {name: unit.folded() for name, unit in self.units.items() if isinstance(unit, Unit)}
        first = next(iter(blobs))
        blobs[first] = (blobs[first][0] / INPUT_SCALE, blobs[first][1])
        blobs[zhang2016.LOGITS] = (self.logits.weight.detach(), self.logits.bias.detach())
        return blobs


def straight(norm: nn.BatchNorm2d) -> tuple[torch.Tensor, torch.Tensor]:
    """The factor and addend (channels,) that a BatchNorm comes to once it is trained."""
    factor = norm.weight / (norm.get_buffer("running_var") + norm.eps).sqrt()
    return factor, norm.bias - norm.get_buffer("running_mean") * factor
