"""From a finished picture to the bytes of a file."""

from __future__ import annotations

import cv2

from colorizer_core.errors import EncodeFailed, TooLargeForFormat, brief
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.kinds import writer_of
from colorizer_core.image.picture import Picture


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
            loses nothing unless it is set and both sides have 32 pixels.

    Raises:
        EncodeFailed: the encoder refused.
    """
    try:
        return writer_of(format)(picture, format, quality)
    except (cv2.error, ValueError, RuntimeError) as error:  # OpenCV's, tifffile's, imagecodecs'
        raise EncodeFailed(f"{format}: {brief(error)}") from error
