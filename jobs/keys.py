"""When two names are one place: in object storage when they are equal, on disk when some disk takes them for equal."""

from __future__ import annotations

from typing import Protocol

from jobs.folders import Folders, LeadsAway, Sources
from jobs.names import fold
from jobs.storage.uri import join


class Keys(Protocol):
    """Names as keys: two outputs, or an output and a source, with one key are one place."""

    folders: bool
    """Whether an output's folders are places too: `a` can't stand beside `a/b`."""

    def output(self, uri: str) -> str:
        """The key of an output.

        Raises:
            LeadsAway: it lies out of OUT, or where none may lie.
        """
        ...

    def source(self, uri: str) -> str | None:
        """The key of a source that lies in OUT, where an output might meet it; None for all others."""
        ...


class ObjectKeys:
    """In object storage a name is its place."""

    folders = False

    def __init__(self, out: str, prefix: str | None) -> None:
        self._out = join(out, "")
        self._prefix = prefix if prefix is not None and prefix.startswith(self._out) else None

    def output(self, uri: str) -> str:
        """The URI itself."""
        if self._prefix is not None and uri.startswith(self._prefix):
            raise LeadsAway(f"{uri} lies in the input {self._prefix}")
        return uri

    def source(self, uri: str) -> str | None:
        """The URI itself, where it lies in OUT."""
        return uri if uri.startswith(self._out) else None


class RowKeys:
    """Where nothing is written a row's key is its source, and no two sources are one place."""

    folders = False

    def output(self, uri: str) -> str:
        """The URI itself."""
        return uri

    def source(self, _uri: str) -> None:
        """None: no row has an output that could be written over it."""


class DiskKeys:
    """On disk a name's place is found through links, and without case and Unicode form."""

    folders = True

    def __init__(self, out: str, forbidden: dict[str, str | None]) -> None:
        self._start = len(join(out, ""))
        paths = {name: uri[7:] for name, uri in forbidden.items() if uri is not None and uri.startswith("file://")}
        self._folders = Folders(out[7:], paths)
        self._sources = Sources()
        self._real_out = join(self._folders.out, "")

    def output(self, uri: str) -> str:
        """The folded path below OUT, links resolved."""
        return fold(self._folders.place(uri[self._start :]))

    def source(self, uri: str) -> str | None:
        """The folded path below OUT, links resolved, its own too: what it leads to must not be written over."""
        if not uri.startswith("file://"):
            return None
        real = self._sources.real(uri[7:])
        return fold(real[len(self._real_out) :]) if real.startswith(self._real_out) else None


def keys_of(out: str, log: str, prefix: str | None) -> Keys:
    """The keys of one run's names: its OUT, its log and the prefix that it lists, as absolute URIs."""
    if out.startswith("file://"):
        return DiskKeys(out, {"the log": log, "the input": prefix})
    return ObjectKeys(out, prefix)
