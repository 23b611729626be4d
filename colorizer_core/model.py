"""A model: three files that make one network, read, checked and named by what they hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Model:
    """The three files of a model, as bytes, and the ab points read from the third.

    Attributes:
        name: what the log calls it: the catalog's name, or the folder's.
        prototxt: the network's description, LF line ends.
        caffemodel: the weights.
        points: (k, 2) float64, the ab bins in the order of the network's classes, CIE units.
        sha256: of the three files' sha256 together: two models with the same bytes have the same one.
    """

    name: str
    prototxt: bytes
    caffemodel: bytes
    points: npt.NDArray[np.float64]
    sha256: str


def model_sha256(prototxt: bytes, caffemodel: bytes, points: bytes) -> str:
    """One hash for the three files: sha256 over their sha256 digests, prototxt (with LF line ends) first."""
    whole = hashlib.sha256()
    for part in (prototxt.replace(b"\r\n", b"\n"), caffemodel, points):
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
