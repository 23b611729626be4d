"""The errors of the core. An `ImageError` is one photograph's and becomes a log row; a `ModelError` is the world's."""

from __future__ import annotations

from typing import ClassVar


class ColorizerError(Exception):
    """The root of every error that Colorizer raises on purpose."""


class ImageError(ColorizerError):
    """Something is wrong with one photograph. `code` is the word that the log uses for it."""

    code: ClassVar[str] = "IMAGE_ERROR"


class EmptyFile(ImageError):
    """The file has no bytes."""

    code = "EMPTY_FILE"


class NotAnImage(ImageError):
    """No decoder knows these bytes."""

    code = "NOT_AN_IMAGE"


class CorruptImage(ImageError):
    """The header is an image's, the rest is broken or missing."""

    code = "CORRUPT_IMAGE"


class UnsupportedImage(ImageError):
    """A whole image, of a kind that is not read here (floating point, say)."""

    code = "UNSUPPORTED_IMAGE"


class TooLarge(ImageError):
    """More pixels than the limit allows, found in the header before a decoder allocates; or a side so long that it takes that."""

    code = "TOO_LARGE"


class TooLargeForFormat(ImageError):
    """The output format can't hold a picture of this size."""

    code = "TOO_LARGE_FOR_FORMAT"


class AlreadyColor(ImageError):
    """It is a colour photograph: left alone unless the user asks for it."""

    code = "ALREADY_COLOR"


class Blank(ImageError):
    """The picture is as good as even: paper, or black; there is nothing to colour."""

    code = "BLANK"


class EncodeFailed(ImageError):
    """The encoder refused the finished picture."""

    code = "ENCODE_FAILED"


class LabelFailed(ImageError):
    """The finished file, read again, does not say that software coloured it."""

    code = "LABEL_FAILED"


class ModelError(ColorizerError):
    """A model's files are missing, damaged, or not what they claim to be. Says what was found."""


class EngineError(ColorizerError):
    """The runtime could not load or run the network: not a photograph's fault."""


class PaletteError(ColorizerError):
    """No palette can be made of these colours, or not here."""


def brief(error: BaseException) -> str:
    """What a library's error says, on one line of 300 characters at most; its type where it says nothing."""
    return " ".join(str(error).split())[:300] or type(error).__name__
