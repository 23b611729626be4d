"""The encoders: a picture that fits → the bytes of a file. Each is told the format and the quality, if one was asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import cv2
import imagecodecs
import numpy as np

from colorizer_core.errors import EncodeFailed
from colorizer_core.image.containers.jp2 import with_alpha
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.picture import Picture

cv2.utils.logging.setLogLevel(
    cv2.utils.logging.LOG_LEVEL_SILENT
)  # what OpenCV's encoders would print is in the errors here

_JPEG_QUALITY = 95
_WEBP_QUALITY = 90
_PNG_LEVEL = 3
_JP2_LOSSLESS = 100  # as many bytes as there are samples; if it is not stated, OpenCV takes a quarter
_JP2_SIDE = 32
"""Pixels that halve five times: OpenCV always asks for six resolutions."""
_STRIP_BYTES = 1 << 18
_CLASSIC = 2**32 - 2**26
"""Bytes of pixels that a TIFF with 32-bit offsets surely holds, whatever deflate and tags add."""


def by_opencv(picture: Picture, format: Format, quality: int | None) -> bytes:  # noqa: A002 (the word of the log)
    """JPEG, PNG, WebP or JPEG 2000 (in which OpenCV marks a fourth channel as alpha).

    Raises:
        EncodeFailed: the encoder refused.
        cv2.error: it refused otherwise.
    """
    pixels: Any = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    done, encoded = cv2.imencode(CAPACITIES[format].extension, pixels, _parameters(format, quality))
    if not done:
        raise EncodeFailed(f"{format}: the encoder refused {picture.width} × {picture.height} pixels")
    return encoded.tobytes()


def by_openjpeg(picture: Picture, format: Format, quality: int | None) -> bytes:  # noqa: A002
    """JPEG 2000: `by_opencv`, but for a picture that is too narrow for that. It has fewer resolutions, and loses nothing.

    Raises:
        EncodeFailed: the encoder refused.
        cv2.error: it refused otherwise.
    """
    side = min(picture.width, picture.height)
    if side >= _JP2_SIDE:
        return by_opencv(picture, format, quality)
    pixels: Any = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2RGB)
    if picture.alpha is not None:
        pixels = np.dstack([pixels, picture.alpha])
    sizes = side.bit_length()  # the whole one, and those that can be halved from it
    encoded = bytes(
        imagecodecs.jpeg2k_encode(pixels, codecformat="JP2", colorspace="SRGB", reversible=True, resolutions=sizes)
    )
    return encoded if picture.alpha is None else with_alpha(encoded)


def _parameters(format: Format, quality: int | None) -> list[int]:  # noqa: A002
    if format == "jpeg":
        return [cv2.IMWRITE_JPEG_QUALITY, quality or _JPEG_QUALITY]
    if format == "webp":
        return [cv2.IMWRITE_WEBP_QUALITY, quality or _WEBP_QUALITY]
    if format == "png":
        return [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL]
    return [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, (quality or _JP2_LOSSLESS) * 10]


def by_tifffile(picture: Picture, _format: Format, _quality: int | None) -> bytes:
    """A TIFF in strips, deflated with horizontal differencing: lossless and read everywhere. BigTIFF beyond 4 GB.

    A strip at a time: beside the picture there is the file that grows, and nothing of their size.
    """
    import tifffile  # a fifth of a second, which runs without TIFFs do without

    rows = max(1, _STRIP_BYTES // picture.pixels[0].nbytes)
    channels = 3 if picture.alpha is None else 4
    size = picture.pixels.nbytes * channels // 3
    file = io.BytesIO()
    with tifffile.TiffWriter(file, bigtiff=size > _CLASSIC, byteorder="<") as writer:
        writer.write(
            _deflated(picture, rows),
            shape=(picture.height, picture.width, channels),
            dtype=picture.pixels.dtype,
            photometric="rgb",
            extrasamples=None if picture.alpha is None else ["unassalpha"],
            compression="adobe_deflate",
            predictor=2,
            rowsperstrip=rows,
            metadata=None,
            software=False,
            maxworkers=1,
        )
    return file.getvalue()


def _deflated(picture: Picture, rows: int) -> Iterator[bytes]:
    for top in range(0, picture.height, rows):
        strip: Any = cv2.cvtColor(picture.pixels[top : top + rows], cv2.COLOR_BGR2RGB)
        if picture.alpha is not None:
            strip = np.dstack([strip, picture.alpha[top : top + rows]])
        yield bytes(imagecodecs.deflate_encode(imagecodecs.delta_encode(strip, axis=1).tobytes()))
