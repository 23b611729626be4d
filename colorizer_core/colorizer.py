"""The centre: the bytes of a photograph → the bytes of its coloured derivative. Decode → L → engine → ab → recombine → encode."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from colorizer_core import gamma, lightness
from colorizer_core.chroma import Chroma, Enlarging
from colorizer_core.engines import Engine
from colorizer_core.errors import AlreadyColor, Blank
from colorizer_core.gamut import Gamut, keep_lightness
from colorizer_core.image.decode import read
from colorizer_core.image.encode import check_fits, encode
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.label import Making, Term, label_of
from colorizer_core.image.limits import check_side
from colorizer_core.image.metadata import Made, Policy, carry
from colorizer_core.image.picture import Picture, to_8_bits
from colorizer_core.kind import Already, Kind, signs
from colorizer_core.quality import Quality, Sampled
from colorizer_core.recipe import RECIPES, Rendering

STRIP = 32
"""Rows in floating point at once: few enough for a processor's caches, so many that calls cost little beside them."""

Lap = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user may choose.

    Attributes:
        max_pixels: a photograph of more is refused.
        quality: 1 … 100 of lossy formats; None for each format's default.
        rendering: how the network's colours become the photograph's.
        label: the term by which derivatives say that software coloured them.
        metadata: whether the source's descriptions go along.
        already_color: what becomes of colour photographs.
    """

    max_pixels: int = 300_000_000
    quality: int | None = None
    rendering: Rendering = RECIPES["photograph"]
    label: Term = "composite"
    metadata: Policy = "keep"
    already_color: Already = "skip"


@dataclass(frozen=True, slots=True)
class Colored:
    """A coloured photograph as a file: three channels, four with alpha; 8 or 16 bits a sample.

    `label` is the term of IPTC that the file holds, `metadata_kept` what of the source's metadata it does (see `carry`);
    `source_frames` is how many pages or frames the source has, of which the first is coloured; `kind` what that is;
    `quality` is of the pixels as the encoder got them.
    """

    data: bytes
    format: Format
    width: int
    height: int
    channels: int
    bit_depth: int
    label: str
    metadata_kept: str | None
    source_frames: int
    kind: Kind
    quality: Quality


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A coloured picture that is not yet a file; the others are `Colored`'s."""

    picture: Picture
    frames: int
    kind: Kind
    quality: Quality


class Colorizer:
    """Colours photographs: L is the photograph's, the engine predicts ab, Lab becomes sRGB by the recipe that is asked for.

    Args:
        engine: the network. One Colorizer serves one thread at a time, as its engine does.
        options: the user's choices.
        making: what the label says of the model and the run.
    """

    def __init__(self, engine: Engine, options: Options | None = None, making: Making | None = None) -> None:
        self._engine = engine
        self._making = making or Making()
        self._options = options or Options()

    def colorize(
        self,
        data: bytes,
        format: Format,  # noqa: A002 (the log's word)
        lap: Lap | None = None,
        sha256: str | None = None,
    ) -> Colored:
        """One photograph.

        Args:
            data: its file, of any kind that `decode` reads.
            format: of the derivative. It has the photograph's bits a sample and alpha where the format has room for them.
            lap: told the name of each stage as it ends: decode, infer, render, encode.
            sha256: of `data`, hexadecimal, where it is known already.

        Raises:
            AlreadyColor: it is in colour, and such are to be left alone.
            Blank: there is nothing in it.
            ImageError: this photograph can't be coloured; its `code` says why.
            EngineError: the network does not run.
        """
        ended = lap or _nobody
        done = self._coloured(data, format, ended)
        encoded = encode(done.picture, format, self._options.quality)
        label = label_of(self._making, self._options.label, sha256 or hashlib.sha256(data).hexdigest(), format)
        size = (done.picture.width, done.picture.height)
        carried = carry(data, encoded, size, label, Made(format, self._options.metadata))
        ended("encode")
        return Colored(
            data=carried.data,
            format=format,
            width=done.picture.width,
            height=done.picture.height,
            channels=3 if done.picture.alpha is None else 4,
            bit_depth=done.picture.bit_depth,
            label=label.term,
            metadata_kept=carried.kept,
            source_frames=done.frames,
            kind=done.kind,
            quality=done.quality,
        )

    def _coloured(self, data: bytes, format: Format, ended: Lap) -> _Rendered:  # noqa: A002
        """The coloured picture. The photograph's own pixels are gone before any are encoded."""
        source = read(data, self._options.max_pixels)
        picture = source.picture
        check_fits(picture, format)
        check_side(picture.width, picture.height, self._engine.input_size, self._options.max_pixels)
        kind = self._kind(picture)
        ended("decode")
        ab = self._engine.forward(lightness.network_input(picture, self._engine.input_size))
        ended("infer")
        wanted, sampled = self._options.rendering, Sampled(picture)
        colored = render(_fitting(picture, format), ab, wanted.chroma, wanted.gamut, sampled)
        quality = sampled.quality(colored)
        ended("render")
        return _Rendered(colored, source.frames, kind, quality)

    def _kind(self, picture: Picture) -> Kind:
        """What the picture is, if it is to be coloured."""
        found = signs(picture)
        if found.kind == "blank":
            raise Blank(f"its lightness has a range of {found.contrast:.1f}, of 100: there is nothing in it")
        if found.kind == "color" and self._options.already_color == "skip":
            raise AlreadyColor("it is a colour photograph; --already-color recolor colours it from its lightness")
        return found.kind


def render(
    picture: Picture,
    ab: npt.NDArray[np.float32],
    enlarging: Enlarging = "published",
    gamut: Gamut = "clip",
    sampled: Sampled | None = None,
) -> Picture:
    """The picture's L beside the network's ab, as sRGB, rounded to the picture's own type.

    Args:
        picture: gray or colour; of colour only L is used.
        ab: (2, m, m) float32.
        enlarging: how it gets to the picture's size.
        gamut: what becomes of colours that sRGB can't show.
        sampled: is given the Lab of every strip.
    """
    pixels = np.empty((picture.height, picture.width, 3), picture.pixels.dtype)
    chroma = Chroma(ab, picture, enlarging)
    has_table = picture.bit_depth == 8  # for the gamma
    conversion = cv2.COLOR_LAB2LBGR if has_table else cv2.COLOR_LAB2BGR
    strip = lightness.defined_strip if gamut == "lightness" else lightness.strip
    for top in range(0, picture.height, STRIP):
        bottom = min(top + STRIP, picture.height)
        bright = strip(picture, top, bottom)
        lab = cv2.merge([bright, *chroma.strip(top, bottom, bright)])
        if sampled is not None:
            sampled.take(top, lab)
        bgr = cv2.cvtColor(lab, conversion)  # clips to 0 … 1
        if gamut == "lightness":
            keep_lightness(lab, bgr, conversion)
        if has_table:
            gamma.to_8_bits(bgr, pixels[top:bottom])
        else:
            pixels[top:bottom] = np.rint(bgr * picture.white)
    return Picture(pixels, picture.alpha)


def _fitting(picture: Picture, format: Format) -> Picture:  # noqa: A002
    """The picture with no more bits and channels than the format holds."""
    capacity = CAPACITIES[format]
    pixels, alpha = picture.pixels, picture.alpha if capacity.alpha else None
    if picture.bit_depth == 16 and not capacity.deep:
        pixels, alpha = to_8_bits(pixels), None if alpha is None else to_8_bits(alpha)
    return Picture(pixels, alpha)


def _nobody(_stage: str) -> None:
    return
