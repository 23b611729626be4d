"""The formats that can be written, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["jpeg", "png", "tiff", "webp", "jp2"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """What fits into a format.

    Attributes:
        content_type: its media type (IANA).
        extension: as OpenCV's encoder is asked for it.
        longest: side, pixels: 65,535 is what JPEG's 16-bit fields hold, 16,383 WebP's 14-bit ones; the others hold 2³¹ − 1.
        deep: whether it holds 16 bits a sample.
        alpha: whether it holds an alpha channel.
    """

    content_type: str
    extension: str
    longest: int = 2**31 - 1
    deep: bool = False
    alpha: bool = False


CAPACITIES: dict[Format, Capacity] = {
    "jpeg": Capacity("image/jpeg", ".jpg", longest=65_500),  # 35 less: libjpeg's own limit, JPEG_MAX_DIMENSION
    "png": Capacity("image/png", ".png", deep=True, alpha=True),
    "tiff": Capacity("image/tiff", ".tif", deep=True, alpha=True),
    "webp": Capacity("image/webp", ".webp", longest=16_383, alpha=True),
    "jp2": Capacity("image/jp2", ".jp2", deep=True, alpha=True),
}
