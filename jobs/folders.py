"""Folders on disk as they really are: links resolved, so that no output lies elsewhere than its name says."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass

from colorizer_core.errors import ColorizerError
from jobs.errors import PreflightError
from jobs.names import fold, is_inside

_REMEMBERED = 200_000
_NO_LINKS: frozenset[str] = frozenset()


class LeadsAway(ColorizerError):
    """An output lies out of `--out`, by a link, or where none may lie. The message says where."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder below OUT.

    Attributes:
        real: its path without links, OUT's being real too.
        exists: whether it is there yet; what is not there can't lead away.
        links: folded names of the links in it: where a disk takes two names for one, each leads away.
    """

    real: str
    exists: bool
    links: frozenset[str]


class Folders:
    """The folders below one OUT, each looked at once (again only where there are more than 200,000 of them)."""

    def __init__(self, out: str, forbidden: Mapping[str, str]) -> None:
        """Resolves OUT itself, which may be a link or not be there yet.

        Args:
            out: path of OUT.
            forbidden: paths in which no output may lie, by what messages call them.
        """
        self.out = os.path.realpath(out)
        self._forbidden = {name: fold(os.path.realpath(path)) for name, path in forbidden.items()}
        self._known: dict[str, Folder | LeadsAway] = {}

    def place(self, path: str) -> str:
        """The real path, relative to OUT, to which `path` (relative to OUT, no dots in it) leads.

        Raises:
            LeadsAway: it leads out of OUT or to a forbidden place.
            PreflightError: a folder on the way can't be read.
        """
        head, _, name = path.rpartition("/")
        folder = self._folder(head)
        real = f"{folder.real.rstrip('/')}/{name}"
        if folder.links and fold(name) in folder.links:
            self._check(real, os.path.realpath(real))
        return real[len(self.out) :].lstrip("/")

    def _folder(self, path: str) -> Folder:
        known = self._known.get(path) or self._from_the_top(path)
        if isinstance(known, LeadsAway):
            raise known
        return known

    def _from_the_top(self, path: str) -> Folder | LeadsAway:
        """Each folder on the way before those in it: a path may be deeper than calls may be."""
        known = self._remembered("")
        for end in [at for at, letter in enumerate(f"{path}/") if at and letter == "/"]:
            known = self._remembered(path[:end])
        return known

    def _remembered(self, path: str) -> Folder | LeadsAway:
        known = self._known.get(path)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            try:
                known = self._look_at(path)
            except LeadsAway as away:
                known = away
            self._known[path] = known
        return known

    def _look_at(self, path: str) -> Folder:
        if not path:
            return _scanned(self.out)
        head, _, name = path.rpartition("/")
        above = self._folder(head)
        spelled = f"{above.real.rstrip('/')}/{name}"
        real = os.path.realpath(spelled) if above.links and fold(name) in above.links else spelled
        self._check(spelled, real)
        return _scanned(real) if above.exists else Folder(real, False, _NO_LINKS)

    def _check(self, spelled: str, real: str) -> None:
        if not is_inside(real, self.out):
            raise LeadsAway(f"{spelled} is a link out of --out, to {real}")
        for name, folded in self._forbidden.items():
            if is_inside(fold(real), folded):
                raise LeadsAway(f"{spelled} lies in {name}" + ("" if real == spelled else f", by a link to {real}"))


def _scanned(path: str) -> Folder:
    try:
        with os.scandir(path) as entries:
            links = frozenset(fold(entry.name) for entry in entries if entry.is_symlink())
    except (FileNotFoundError, NotADirectoryError):
        return Folder(path, False, _NO_LINKS)
    except OSError as bad:
        if bad.errno in (errno.ELOOP, errno.ENAMETOOLONG):
            raise LeadsAway(f"{path} is a folder that can't be reached: {os.strerror(bad.errno)}") from None
        raise PreflightError(f"the folder {path} below --out can't be read: {bad}") from bad
    return Folder(path, True, links or _NO_LINKS)


class Sources:
    """Where sources on disk really lie: their folders and they themselves may be links. Folders are looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, Folder | None] = {}

    def real(self, path: str) -> str:
        """`path` without links."""
        head, _, name = path.rpartition("/")
        if head not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[head] = _looked_into(os.path.realpath(head or "/"))
        folder = self._known[head]
        if folder is None or (folder.links and fold(name) in folder.links):
            return os.path.realpath(path)
        return f"{folder.real.rstrip('/')}/{name}"


def _looked_into(path: str) -> Folder | None:
    """None where a folder's names can't be read, though it may let files be opened by theirs."""
    try:
        return _scanned(path)
    except (LeadsAway, PreflightError):
        return None
