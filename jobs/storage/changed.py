"""Whether an object is in the version that a manifest states."""

from __future__ import annotations

from jobs.errors import SourceChanged
from jobs.rows import Facts
from jobs.shown import shown


def refuse_changed(uri: str, stated: Facts, found: Facts) -> None:
    """Compares what is stated with what is found, where both are known.

    A time is compared only where no ETag or version id was: those say more, and stores round times differently.

    Raises:
        SourceChanged: one of them differs.
    """
    compared = [
        _differs("version id", stated.version_id, found.version_id),
        _differs("ETag", stated.etag, found.etag),
    ]
    if compared == [None, None]:
        compared.append(_differs("modification time", stated.mtime, found.mtime))
    compared.append(_differs("size", stated.size, found.size))
    if differences := [word for word in compared if word]:
        raise SourceChanged(f"SOURCE_CHANGED: {', '.join(differences)}: {shown(uri)}")


def _differs(what: str, stated: str | int | None, found: str | int | None) -> str | None:
    """None where there is nothing to compare, "" where both agree, else the sentence."""
    if stated is None or found is None:
        return None
    return "" if stated == found else f"{what} {found} where {stated} is stated"
