"""The fingerprint: one hash of all that shapes an output's bytes. Another fingerprint makes an answer stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

PIXELS = 5
"""Raised by whoever changes the pixels that the same model and options give."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What shapes the bytes of an output.

    The output's format is not here: the output URI, which is the row's key, tells it. Versions of libraries are logged
    and not hashed, so that an upgrade does not make ten million rows stale. A recipe is its chroma and its gamut.
    """

    model_sha256: str
    engine: str
    quality: int | None
    precision: str = "fp32"
    device: str = "cpu"
    palette: str | None = None
    chroma: str = "published"
    gamut: str = "clip"
    label: str | None = None
    metadata: str = "none"
    pixels: int = PIXELS


def fingerprint(shape: Shape) -> str:
    """16 hexadecimal digits of sha256 over the sorted JSON of `shape`."""
    return fingerprint_of(asdict(shape))


def fingerprint_of(shape: Mapping[str, object]) -> str:
    """The same of anything that shapes answers."""
    text = json.dumps(dict(shape), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
