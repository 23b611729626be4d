"""The default engine: OpenCV's own runtime, `cv2.dnn`, with its Caffe importer (OpenCV 4; 5 has none)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core.errors import EngineError, brief
from colorizer_core.model import Model
from colorizer_core.network import mosaic
from colorizer_core.network.caffe import Blobs, write_blobs, write_prototxt
from colorizer_core.network.layer import Layer
from colorizer_core.network.zhang2016 import EXPECTATION

Map = npt.NDArray[np.float32]


class OpenCVEngine:
    """A model on `cv2.dnn`.

    Args:
        model: checked.
        threads: that share it. A net computes one picture at a time, with all of them: OpenCV's own threads are as many, for
            the whole process (OpenCV ignores OMP_NUM_THREADS).
        fast: compute the dilated layers on the mosaic of their phases: the same function, its floats rounded otherwise.
            A network that has no such form runs as it is.

    Raises:
        EngineError: OpenCV refuses the network.
    """

    def __init__(self, model: Model, threads: int = 1, fast: bool = True) -> None:
        cv2.setNumThreads(threads)
        self.input_size = model.input_size
        self._turn = threading.Lock()
        parts = mosaic.split(model.layers) if fast else None
        try:
            self._forward = _Fast(parts, model.filled()) if parts else _Plain(model)
        except cv2.error as error:
            raise EngineError(f"OpenCV can't load the network of {model.name}: {brief(error)}") from error

    def forward(self, lightness: Map) -> Map:
        """(s, s) float32, L minus 50 → (2, s/4, s/4) float32, ab. See `Engine`."""
        ab: Map = self.forward_batch(lightness[None])[0]
        return ab

    def forward_batch(self, lightness: Map) -> Map:
        """(n, s, s) → (n, 2, s/4, s/4): `forward` on each."""
        try:
            with self._turn:
                return self._forward(lightness[:, None])
        except cv2.error as error:
            raise EngineError(f"OpenCV can't run the network: {brief(error)}") from error


class _Plain:
    """The network as the prototxt describes it."""

    def __init__(self, model: Model) -> None:
        self._net = _load(model.prototxt, model.filled())

    def __call__(self, lightness: Map) -> Map:
        self._net.setInput(lightness)
        return _ab_of(self._net)


class _Fast:
    """Three nets: before the dilated layers, those on their mosaic, and behind them."""

    def __init__(self, parts: mosaic.Parts, blobs: Blobs) -> None:
        self._parts, self._batch = parts, 0
        self._head, self._middle, self._tail = (_part(part, blobs) for part in (parts.head, parts.middle, parts.tail))

    def __call__(self, lightness: Map) -> Map:
        self._make_room(len(lightness))
        self._head.setInput(lightness)
        self._middle.setInput(mosaic.to_mosaic(self._head.forward()), mosaic.MAP)
        self._tail.setInput(mosaic.from_mosaic(self._middle.forward(), self._parts.side))
        return _ab_of(self._tail)

    def _make_room(self, batch: int) -> None:
        """The mask is as large as the mosaics that it clears."""
        if batch != self._batch:
            self._middle.setInput(mosaic.gutter_mask(batch, self._parts.channels, self._parts.side), mosaic.MASK)
            self._batch = batch


def _ab_of(net: Any) -> Map:
    """A copy: the net writes its next answer over this one."""
    ab: Map = net.forward(EXPECTATION).copy()
    return ab


def _part(layers: Sequence[Layer], blobs: Blobs) -> Any:
    own = {layer.name: blobs[layer.name] for layer in layers if layer.name in blobs}
    return _load(write_prototxt("part", layers), own)


def _load(prototxt: bytes, blobs: Blobs) -> Any:
    return cv2.dnn.readNetFromCaffe(
        np.frombuffer(prototxt, np.uint8), np.frombuffer(write_blobs("net", blobs), np.uint8)
    )
