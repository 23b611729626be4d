"""Quantities as people write them: `3h`, `256M`, `1%`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?")


def parse_duration(text: str) -> float:
    """`90`, `45s`, `3h`, `1h30m` → seconds, above 0.

    Raises:
        ValueError: it is none.
    """
    plain = text.strip().lower()
    if _DURATION.fullmatch(plain):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([\d.]+)([smhd])", plain))
    else:
        try:
            seconds = float(plain)
        except ValueError:
            raise ValueError(f"{text!r} is no duration; write 90, 45s, 20m, 3h or 1h30m") from None
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text!r} is no duration above 0")
    return seconds


def parse_size(text: str) -> int:
    """`1048576`, `256M`, `1.5 GiB` → bytes (a K is 1,024).

    Raises:
        ValueError: it is none.
    """
    found = _SIZE.fullmatch(text.strip().lower().replace(" ", ""))
    if found is None:
        raise ValueError(f"{text!r} is no size; write 1048576, 256M or 1.5G")
    size = float(found[1]) * _BYTES[found[2]]
    if size == float("inf"):
        raise ValueError(f"{text!r} is no size that there is")
    return int(size)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many failures a run may have and still be complete: a number of rows, or a share of those that it tried."""

    rows: int = 0
    share: float = 0.0

    def allows(self, failed: int, tried: int) -> bool:
        """Whether `failed` of `tried` rows are within it."""
        # 29% of 100 rows is 28.999999999999996 in floats, and allows 29.
        return failed <= max(self.rows, self.share * tried * (1 + 1e-12))

    def __str__(self) -> str:
        return f"{self.share * 100:g}%" if self.share else str(self.rows)


def parse_tolerance(text: str) -> Tolerance:
    """`1%` → a share of the rows tried; `20` → a number of rows.

    Raises:
        ValueError: it is neither.
    """
    plain = text.strip()
    try:
        if plain.endswith("%"):
            share = float(plain[:-1]) / 100
            if 0 <= share <= 1:
                return Tolerance(share=share)
        elif int(plain) >= 0:
            return Tolerance(rows=int(plain))
    except ValueError:
        pass
    raise ValueError(f"{text!r} is no tolerance; write 1% (of the rows tried) or 20 (rows)")


def parse_share(text: str) -> float | None:
    """`50%` or `0.5` → 0.5; `off` → None.

    Raises:
        ValueError: it is neither.
    """
    plain = text.strip().lower()
    if plain == "off":
        return None
    try:
        share = float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise ValueError(f"{text!r} is no share; write 50%, 0.5 or off")
    return share
