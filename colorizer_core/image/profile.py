"""ICC profiles (ICC.1:2022): samples of any colour space that is read → sRGB, by LittleCMS.

A profile that is damaged, or that is of another colour space than the samples, is ignored: they count as sRGB then, or as plain
CMYK. Colours are matched relative to white, with black on black; both are where the profile's own are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import ImageCms

from colorizer_core.image.damage import BROKEN
from colorizer_core.image.picture import Picture, Pixels
from colorizer_core.image.samples import Samples, strips

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_SPACE, _SIGNATURE = slice(16, 20), slice(36, 40)
_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
_NAMES = {1: "gray", 3: "rgb", 4: "cmyk"}
_FLAGS = imagecodecs.CMS.FLAGS
_FINE = _FLAGS.BLACKPOINTCOMPENSATION | _FLAGS.NOCACHE | _FLAGS.NOOPTIMIZE
_QUICK = _FLAGS.BLACKPOINTCOMPENSATION | _FLAGS.NOCACHE
_GRID = np.linspace(0, 65535, 17).astype(np.uint16)
_LEVEL = 257
"""One of 255, in 16 bits: a profile that moves no colour by more is sRGB, as somebody wrote it down."""


def to_srgb(samples: Samples) -> Picture:
    """The picture in sRGB, B, G, R; gray stays gray: a gray profile's tone curve becomes sRGB's.

    No second picture is made of samples that can be changed in place; what is converted, is in strips.
    """
    profile = samples.profile if isinstance(samples.profile, bytes) else None  # a broken header may give anything
    if samples.pixels.ndim == 2:
        return Picture(_gray(samples.pixels, profile), samples.alpha)
    profile = profile if _moves(profile, samples.pixels.shape[2]) else None
    return Picture(_colour(samples.pixels, profile), samples.alpha)


@lru_cache(maxsize=8)
def _moves(profile: bytes | None, channels: int) -> bool:
    """Whether there is anything to convert: a profile that can be used, and is not sRGB's own."""
    if profile is None or not _states(profile, channels):
        return False
    try:
        if channels != 3:
            _transformed(np.zeros((1, 1, channels), np.uint16), profile)
            return True
        grid = np.stack(np.meshgrid(_GRID, _GRID, _GRID), axis=-1).reshape(1, -1, 3)
        moved = np.abs(_transformed(grid, profile).astype(np.int32) - grid)
    except BROKEN:
        return False
    return bool(moved.max() > _LEVEL)


def _states(profile: bytes, channels: int) -> bool:
    return profile[_SIGNATURE] == b"acsp" and _CHANNELS.get(profile[_SPACE], 0) == channels


def _gray(pixels: Pixels, profile: bytes | None) -> Pixels:
    if profile is None or (curve := _curve(profile, int(np.iinfo(pixels.dtype).max))) is None:
        return pixels
    done = pixels if pixels.flags.writeable else np.empty_like(pixels)
    for rows in strips(*pixels.shape):
        done[rows] = cv2.LUT(pixels[rows], curve) if pixels.dtype == np.uint8 else curve.take(pixels[rows])
    return done


@lru_cache(maxsize=8)
def _curve(profile: bytes, white: int) -> Pixels | None:
    """For each sample of a gray profile sRGB's: (white + 1,) of the samples' type; None where they are the same."""
    if not _states(profile, 1):
        return None
    ramp = np.arange(65536, dtype=np.uint16)[None, :, None]
    try:
        curve = _transformed(ramp, profile)[0, :, 1]
    except BROKEN:
        return None
    if np.abs(curve.astype(np.int32) - ramp[0, :, 0]).max() <= _LEVEL // 2:
        return None
    return curve if white == 65535 else np.rint(curve[:: 65535 // white] / (65535 / white)).astype(np.uint8)


def _colour(pixels: Pixels, profile: bytes | None) -> Pixels:
    in_place = pixels.shape[2] == 3 and pixels.flags.writeable
    done = pixels if in_place else np.empty((*pixels.shape[:2], 3), pixels.dtype)
    for rows in strips(*pixels.shape[:2]):
        rgb = _without_profile(pixels[rows]) if profile is None else _transformed(pixels[rows], profile)
        done[rows] = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    return done


def _without_profile(some: Pixels) -> Pixels:
    """RGB as it is; of plain CMYK each ink takes its share of the light, and black of all: (1 − C)(1 − K)."""
    if some.shape[2] == 3:
        return some
    white = int(np.iinfo(some.dtype).max)
    light: npt.NDArray[np.float32] = (white - some).astype(np.float32)
    rgb: Pixels = np.rint(light[..., :3] * light[..., 3:] / np.float32(white)).astype(some.dtype, copy=False)
    return rgb


def _transformed(some: Pixels, profile: bytes) -> Pixels:
    """(h, w, 1, 3 or 4) in the profile's space → (h, w, 3) R, G, B of the same type.

    LittleCMS makes a table of what it finds too long to compute, of 33 points a side; 16 bits are computed (it costs six times as
    much), for the table is 8 % of white off at worst and 0.7 % at the 99th percentile.
    """
    channels = some.shape[2]
    transformed: Any = imagecodecs.cms_transform(
        np.ascontiguousarray(some if channels > 1 else some[..., 0]),
        profile,
        _SRGB,
        colorspace=_NAMES[channels],
        outcolorspace="rgb",
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        flags=_FINE if some.dtype == np.uint16 else _QUICK,
    )
    done: Pixels = transformed
    return done
