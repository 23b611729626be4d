"""From a finished picture to the bytes of a file."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from colorizer_core.errors import EncodeFailed, TooLargeForFormat
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.picture import Picture

cv2.utils.logging.setLogLevel(
    cv2.utils.logging.LOG_LEVEL_SILENT
)  # what OpenCV's encoders would print is in the errors here

_JPEG_QUALITY = 95
_WEBP_QUALITY = 90
_TIFF_DEFLATE = 8  # Compression tag 8 of TIFF: Adobe deflate, lossless and read everywhere
_PNG_LEVEL = 3


def check_fits(picture: Picture, format: Format) -> None:  # noqa: A002 (the word of the log)
    """Raises `TooLargeForFormat` where the format can't hold a picture of that size: found before any is computed."""
    longest = CAPACITIES[format].longest
    if max(picture.width, picture.height) > longest:
        raise TooLargeForFormat(
            f"{format} holds at most {longest:,} pixels a side, not {picture.width} × {picture.height}"
        )


def encode(picture: Picture, format: Format, quality: int | None) -> bytes:  # noqa: A002
    """The file.

    Args:
        picture: what fits into the format (16 bits and alpha only where it has room for them).
        format: of the file.
        quality: 1 … 100, of the lossy formats; None for the default. PNG and TIFF lose nothing and ignore it; JPEG 2000
            loses nothing unless it is set.

    Raises:
        EncodeFailed: the encoder refused.
    """
    pixels: Any = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    try:
        done, encoded = cv2.imencode(CAPACITIES[format].extension, pixels, _parameters(format, quality))
    except cv2.error as error:
        raise EncodeFailed(f"{format}: {' '.join(str(error).split())[:200]}") from error
    if not done:
        raise EncodeFailed(f"{format}: the encoder refused {picture.width} × {picture.height} pixels")
    return encoded.tobytes()


def _parameters(format: Format, quality: int | None) -> list[int]:  # noqa: A002
    if format == "jpeg":
        return [cv2.IMWRITE_JPEG_QUALITY, quality or _JPEG_QUALITY]
    if format == "webp":
        return [cv2.IMWRITE_WEBP_QUALITY, quality or _WEBP_QUALITY]
    if format == "tiff":
        return [cv2.IMWRITE_TIFF_COMPRESSION, _TIFF_DEFLATE]
    if format == "png":
        return [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL]
    return [] if quality is None else [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, quality * 10]
