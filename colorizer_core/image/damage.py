"""What decoders raise over damaged bytes: by these types, so that nothing else is taken for a photograph's fault."""

from __future__ import annotations

import struct
import zlib

BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    EOFError,
    RuntimeError,  # every codec of imagecodecs has one of its own
    ArithmeticError,
    struct.error,
    zlib.error,
)
"""Of Pillow's, tifffile's and imagecodecs' parsers, over bytes that somebody broke on purpose; each was seen on a file.

No `MemoryError`: the header has been held against the limits, so that is a want of memory, and no damage.
"""
