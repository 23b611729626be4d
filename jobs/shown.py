"""Names from outside, as they may stand in a message or on a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def control_in(text: str) -> str | None:
    """The first control character of ASCII in `text`, None if it has none."""
    if text.isprintable():  # six times as fast as the search; False for more than control characters
        return None
    found = _CONTROL.search(text)
    return found[0] if found else None


def shown(text: str) -> str:
    r"""`text` with control characters and undecodable bytes as \x and \u escapes."""
    plain = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return plain.encode("utf-8", "backslashreplace").decode()
