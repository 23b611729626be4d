"""A model: three files that make one network, read, checked and named by what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from colorizer_core.errors import ModelError
from colorizer_core.network.caffe import Blobs, parse_prototxt, read_blobs
from colorizer_core.network.layer import Layer
from colorizer_core.network.weights import check_weights
from colorizer_core.network.zhang2016 import EXPECTATION, LOGITS, SCALE, decoding
from colorizer_core.palette import Points, load_points, nearest


@dataclass(frozen=True, slots=True)
class Model:
    """The three files of a model, checked.

    Attributes:
        name: what the log calls it: the catalog's name, or the folder's.
        prototxt: the network's description, LF line ends.
        layers: the same, parsed.
        blobs: the weights by layer.
        points: (k, 2) float64, the ab bins in the order of the network's classes, CIE units.
        sha256: of the three files' sha256 together: two models with the same bytes have the same one.
    """

    name: str
    prototxt: bytes
    layers: tuple[Layer, ...]
    blobs: Blobs
    points: Points
    sha256: str

    @property
    def input_size(self) -> int:
        """Side of the square that the network looks at, pixels."""
        return self.layers[0].shape[-1]

    def narrowed(self, centres: Points) -> Model:
        """The same network with another palette's colours: each of its ab points moves to the nearest of (k, 2) centres."""
        return replace(self, points=centres[nearest(self.points, centres)])

    def filled(self) -> Blobs:
        """The weights, with the palette as the kernel of the expectation and the re-heating as the factor of the scale."""
        return {**self.blobs, **decoding(self.points)}


def load_model(name: str, prototxt: bytes, caffemodel: bytes, points: bytes) -> Model:
    """Reads and checks a model's three files, so that no runtime is ever handed a damaged one.

    Args:
        name: what the log will call it.
        prototxt: the network's description, with LF or CRLF line ends.
        caffemodel: the weights.
        points: the palette, an .npy file; never unpickled.

    Raises:
        ModelError: one of them is not what it should be, or they do not belong together. Says what was found.
    """
    unix = prototxt.replace(b"\r\n", b"\n")
    layers = parse_prototxt(unix)
    blobs = read_blobs(caffemodel)
    palette = load_points(points)
    _check_input(layers)
    _check_bins(layers, len(palette))
    check_weights([layer for layer in layers if layer.name not in (SCALE, EXPECTATION)], blobs)
    return Model(name, unix, layers, blobs, palette, model_sha256(prototxt, caffemodel, points))


def model_sha256(prototxt: bytes, caffemodel: bytes, points: bytes) -> str:
    """One hash for the three files: sha256 over their sha256 digests, prototxt (with LF line ends) first."""
    whole = hashlib.sha256()
    for part in (prototxt.replace(b"\r\n", b"\n"), caffemodel, points):
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def _check_input(layers: tuple[Layer, ...]) -> None:
    shape = layers[0].shape
    if layers[0].type != "Input" or len(shape) != 4 or shape[:2] != (1, 1) or shape[2] != shape[3] or shape[2] < 16:
        raise ModelError(f"the prototxt must begin with a square input of one channel, not {layers[0].name!r} {shape}")


def _check_bins(layers: Iterable[Layer], bins: int) -> None:
    by_name = {layer.name: layer for layer in layers}
    logits = by_name.get(LOGITS)
    if logits is None or logits.convolution is None or not by_name.keys() >= {SCALE, EXPECTATION}:
        raise ModelError(
            f"the prototxt has no layers {LOGITS}, {SCALE} and {EXPECTATION}: it is no colorization network"
        )
    if logits.convolution.outputs != bins:
        raise ModelError(f"the palette has {bins} bins and the network tells {logits.convolution.outputs} apart")
