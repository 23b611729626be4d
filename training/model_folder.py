"""A model folder on disk: its three files, read and written under the published names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from colorizer_core.model import Model, load_model

NAMES = ("colorization_deploy_v2.prototxt", "colorization_release_v2.caffemodel", "pts_in_hull.npy")


def read_model(folder: Path) -> Model:
    """The model in `folder`. Raises `ModelError` where its files are damaged."""
    return load_model(folder.name, *((folder / name).read_bytes() for name in NAMES))


def write_model(folder: Path, prototxt: bytes, caffemodel: bytes, points: bytes) -> None:
    """Puts the three files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in zip(NAMES, (prototxt, caffemodel, points), strict=True):
        (folder / name).write_bytes(data)


def weights_sha256(folder: Path) -> str:
    """Of the caffemodel in `folder`, in hexadecimal."""
    return hashlib.sha256((folder / NAMES[1]).read_bytes()).hexdigest()
