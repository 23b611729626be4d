"""Real photographs that are free to show, from the wheels of scikit-image and scikit-learn (the `demo` extra)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

# Public domain or CC0 by the documentation of skimage.data; the last two CC BY 2.0 by the README beside them (flickr users
# danielbuechele and vultilion), to be named where they are shown.
_PHOTOGRAPHS = (
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/chelsea.png"),
    ("skimage", "data/coffee.png"),
    ("skimage", "data/rocket.jpg"),
    ("skimage", "data/hubble_deep_field.jpg"),
    ("skimage", "data/camera.png"),
    ("skimage", "data/coins.png"),
    ("skimage", "data/moon.png"),
    ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"),
)


def paths() -> Iterator[Path]:
    """The files, in one order. Found without importing the packages, which takes seconds.

    Raises:
        FileNotFoundError: the `demo` extra is not installed.
    """
    for package, name in _PHOTOGRAPHS:
        found = find_spec(package)
        if found is None or found.origin is None:
            raise FileNotFoundError(f"{package} is not installed: make setup")
        yield Path(found.origin).parent / name


def gray_photographs() -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    """Each photograph's name and its (h, w) uint8 lightness, as BT.601 luma."""
    for path in paths():
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise FileNotFoundError(f"{path} can't be read")
        yield path.stem, picture.astype(np.uint8)
