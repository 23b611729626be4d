"""A palette's three files: where they go, what they may not be written over, how they are put."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.errors import NotFound, PreflightError, RefusedName, StorageError, WorldError
from jobs.folders import Sources
from jobs.names import fold, plain_source
from jobs.preflight import check_writable
from jobs.rows import ManifestRow
from jobs.settings import PaletteSettings
from jobs.shown import shown
from jobs.storage.store import OCTETS, Store
from jobs.storage.uri import absolute, parent

_TYPES = {".npy": OCTETS, ".json": "application/json", ".png": "image/png"}


class PaletteFiles:
    """`X.npy`, and `X.json` and `X.png` beside it."""

    def __init__(self, settings: PaletteSettings) -> None:
        self._settings = settings
        self._uris = {ending: settings.beside(ending) for ending in _TYPES}
        self._sources = Sources()
        self._places = {self._place(uri) for uri in self._uris.values()}

    def name(self, row: ManifestRow) -> str:
        """The key of a row: its source.

        Raises:
            RefusedName: the log may not tell it, or it is one of the files.
        """
        uri = plain_source(row)
        if self._place(uri) in self._places:
            raise RefusedName(f"{shown(uri)}: the palette would be written over it; give -o another place")
        return uri

    def check(self, store: Store) -> None:
        """Finds before an archive is counted that they could not be put, or would be put over something else.

        Raises:
            PreflightError: so it is.
        """
        manifest, npy = self._settings.manifest, self._uris[".npy"]
        if manifest != "-" and self._place(absolute(manifest)) in self._places:
            raise PreflightError(
                f"the palette would be written over the manifest {shown(manifest)}; give -o another place"
            )
        check_writable(store, parent(npy)[:-1], "palette")
        there = [uri for uri in self._uris.values() if _is_there(store, uri)]
        if there and npy not in there:
            raise PreflightError(
                f"{shown(there[0])} is there, and no {shown(npy)} that it would belong to; give -o another place"
            )

    def put(self, store: Store, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Puts them, by their endings, over those of an earlier palette, and returns once they would survive a power cut."""
        for ending, data in files.items():
            store.write(self._uris[ending], data, _TYPES[ending])
        store.flush(parent(self._uris[".npy"])[:-1])
        return tuple(self._uris[ending] for ending in files)

    def _place(self, uri: str) -> str:
        """One text for all names of one file."""
        return fold(self._sources.real(uri[7:])) if uri.startswith("file://") else uri


def _is_there(store: Store, uri: str) -> bool:
    try:
        store.stat(uri)
    except NotFound:
        return False
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the palette can't be written: {error}") from error
    return True
