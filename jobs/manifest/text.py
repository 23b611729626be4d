"""txt: one URI a line. Blank lines and lines that start with `#` are skipped."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.manifest.lines import lines
from jobs.manifest.place import BadField, Place
from jobs.manifest.stream import Stream
from jobs.rows import NOTHING_STATED, ManifestRow


def read_text(stream: Stream, place: Place) -> Iterator[ManifestRow]:
    """The rows of a list of URIs or paths. White space within a line is part of the name.

    Raises:
        ManifestError: a bad line, with its number.
    """
    for number, line in enumerate(lines(stream, place), 1):
        name = line.rstrip("\r\n")
        if not name or name.isspace() or name.startswith("#"):
            continue
        try:
            yield ManifestRow(place.uri(name), NOTHING_STATED, None, None, None, number)
        except BadField as bad:
            raise place.error(number, bad) from None
