"""An ICC profile that says sRGB (IEC 61966-2-1): version 2.1, which every reader knows, made here, the same bytes each time."""

from __future__ import annotations

import struct
from functools import cache

import numpy as np

from colorizer_core.lab import linear

_POINTS = 1024
# Chromaticities of sRGB's primaries and of D65, adapted to D50 by Bradford's matrix, as s15Fixed16: what ICC itself publishes.
COLORANTS = {
    b"rXYZ": (0x6FA2, 0x38F5, 0x0390),
    b"gXYZ": (0x6299, 0xB785, 0x18DA),
    b"bXYZ": (0x24A0, 0x0F84, 0xB6CF),
}
_D50 = (0xF6D6, 0x10000, 0xD32D)
_NAME = b"sRGB"


@cache
def srgb_profile() -> bytes:
    """The profile, 2.6 kB: a matrix, and one curve of 1,024 points that the three channels share."""
    light = np.rint(65535 * linear(np.arange(_POINTS) / (_POINTS - 1)))
    curve = b"curv" + bytes(4) + struct.pack(">I", _POINTS) + light.astype(">u2").tobytes()
    tags: dict[bytes, bytes] = {
        b"desc": b"desc" + struct.pack(">4xI", len(_NAME) + 1) + _NAME + b"\0" + bytes(4 + 4 + 2 + 1 + 67),
        b"cprt": b"text" + bytes(4) + b"No copyright, use freely\0",
        b"wtpt": _xyz(_D50),
        **{name: _xyz(colorant) for name, colorant in COLORANTS.items()},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _profile(tags)


def _xyz(value: tuple[int, int, int]) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *value)


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """A display profile of these tags (ICC.1:2001-04); a value that several share stands in it once."""
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    body = b""
    for value in tags.values():
        if value not in places:
            places[value] = start + len(body)
            body += value + b"\0" * (-len(value) % 4)
    table = b"".join(struct.pack(">4sII", name, places[value], len(value)) for name, value in tags.items())
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp") + bytes(
        4 + 4 + 4 + 4 + 8 + 4
    )  # a date that never changes
    head += struct.pack(">3i", *_D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
