"""The published recipe, straight from its description, with nothing of ours: what `Colorizer` is compared with.

sRGB/255 as float32 → Lab. L of the picture resized to the network's input, minus 50 → network → ab. ab resized to the
picture's size, L of the original beside it → sRGB, clipped, × 255.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


class PublishedRecipe:
    """The network of a model folder, loaded as every tutorial does, and the arithmetic around it."""

    def __init__(self, folder: Path) -> None:
        prototxt, caffemodel, points = (next(folder.glob(f"*.{end}")) for end in ("prototxt", "caffemodel", "npy"))
        self.net = cv2.dnn.readNetFromCaffe(str(prototxt), str(caffemodel))
        bins = np.load(points).transpose().reshape(2, 313, 1, 1).astype(np.float32)
        self.net.getLayer(self.net.getLayerId("class8_ab")).blobs = [bins]
        self.net.getLayer(self.net.getLayerId("conv8_313_rh")).blobs = [np.full((1, 313), 2.606, np.float32)]
        size = prototxt.read_text().partition("shape {")[2].partition("}")[0].split("dim:")
        self.size = int(size[-1])

    def __call__(self, bgr: np.ndarray) -> np.ndarray:
        """(h, w, 3) uint8 B, G, R → the same, coloured."""
        scaled = bgr.astype(np.float32) / 255
        small = cv2.cvtColor(cv2.resize(scaled, (self.size, self.size)), cv2.COLOR_BGR2LAB)
        self.net.setInput(small[None, None, :, :, 0] - 50)
        ab = self.net.forward("class8_ab")[0].transpose(1, 2, 0)
        lightness = cv2.cvtColor(scaled, cv2.COLOR_BGR2LAB)[:, :, :1]
        lab = np.concatenate([lightness, cv2.resize(ab, bgr.shape[1::-1])], axis=2)
        return np.rint(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR).clip(0, 1) * 255).astype(np.uint8)
