"""Where `--out`, `--log` and the input lie towards each other; what would feed a run its own outputs is refused."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from jobs.errors import PreflightError
from jobs.names import is_inside
from jobs.shown import shown


def check_places(out: str, log: str, prefix: str | None) -> None:
    """Refuses places of which one swallows the other.

    Args:
        out: absolute URI of the outputs' folder or prefix.
        log: of the log; inside `out` it may be.
        prefix: of the input, where it is listed; None for a manifest.

    Raises:
        PreflightError: `out` or `log` can't be told in UTF-8, is or lies inside `prefix`, or `out` is or lies inside `log`.
    """
    for option, place in (("--out", out), ("--log", log)):
        if place.encode("utf-8", "replace").decode() != place:
            raise PreflightError(f"{option} {shown(place)}: the name is not UTF-8, and the log could not say it")
    if contains(log, out):
        raise PreflightError(f"--out {shown(out)} lies in the log ({shown(log)}); give one of them another place")
    for option, place in (("--out", out), ("--log", log)):
        if prefix is not None and contains(prefix, place):
            raise PreflightError(
                f"{option} {shown(place)} lies in the input {shown(prefix)}: "
                f"the next run would take its own files for photographs. Give {option} a place "
                "outside, or list the input in a manifest"
            )


class LocalFiles:
    """Places on disk, of which every node has its own unless the user says that they are shared.

    Args:
        are_shared: whether all nodes see the same files.
        places: what a message calls each, and its absolute URI; looked at once there are several nodes, until the first on disk.
    """

    def __init__(self, are_shared: bool, places: Iterable[tuple[str, str]]) -> None:
        looked_at = () if are_shared else places
        self._on_disk = ((what, uri) for what, uri in looked_at if uri.startswith("file://"))
        self._first: tuple[str, str] | None = None

    def refusal(self, nodes: int) -> str | None:
        """Why so many nodes can't share the work, and what to do; None where they can."""
        if nodes < 2:
            return None
        self._first = self._first or next(self._on_disk, None)
        if self._first is None:
            return None
        what, uri = self._first
        return (
            f"{what} is on disk ({shown(uri)}) and Ray has {nodes} nodes: each would see its own disk. Use s3://, or "
            "say --shared-files if the same folders are mounted on every node"
        )


def contains(folder: str, place: str) -> bool:
    """Whether `place` is `folder` or lies below it: as spelled, on disk also by links and however it is mounted."""
    if is_inside(place, folder):
        return True
    if not (folder.startswith("file://") and place.startswith("file://")):
        return False
    return _contains_on_disk(os.path.realpath(folder[7:]), os.path.realpath(place[7:]))


def _contains_on_disk(folder: str, place: str) -> bool:
    if is_inside(place, folder):
        return True
    try:
        facts = Path(folder).stat()
    except OSError:
        return False
    # The same folder by another spelling (case, a bind mount) has the same device and inode.
    return any(_is_same(above, facts) for above in (Path(place), *Path(place).parents))


def _is_same(path: Path, facts: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), facts)
    except OSError:
        return False
