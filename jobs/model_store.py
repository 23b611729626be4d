"""Models by name, folder or URI: found, checked by size and sha256, kept once per node in a cache, read by workers."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from colorizer_core.errors import ModelError
from colorizer_core.model import Model, load_model, model_sha256
from colorizer_core.network.caffe import what_it_is
from colorizer_core.palette import load_points
from jobs.catalog import Entry, ModelFile, catalog
from jobs.download import below_web, download
from jobs.errors import PreflightError, StorageError, WorldError
from jobs.shown import shown
from jobs.storage.store import Store
from jobs.storage.temporary import place
from jobs.storage.uri import absolute, join

ENDINGS = (".prototxt", ".caffemodel", ".npy")
"""One file of each makes a model."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model that was found; it travels to workers, which read it where they are.

    Attributes:
        name: what the log calls it.
        files: prototxt, caffemodel and palette.
        sha256: of the three together, as `model_sha256` gives it.
    """

    name: str
    files: tuple[ModelFile, ModelFile, ModelFile]
    sha256: str


def resolve(
    wanted: str, cache: str | None, store: Store, mirror: str | None = None, *, only_mirror: bool = False
) -> ModelSource:
    """The model that `--model` names: one of the catalog, a folder on disk, or a folder's URI in a store.

    What must be fetched is, into the cache; from `mirror` first, or from it alone. Everything is read and checked once.

    Raises:
        PreflightError: it can't be had; the message says from where it was tried, and what came instead.
    """
    try:
        known = catalog().get(wanted)
        if known is None:
            files = _in_folder(absolute(wanted), cache, store)
        else:
            files = (
                _in_folder(absolute(str(known.folder)), cache, store)
                if known.folder
                else mirrored(known, mirror, only_mirror)
            )
        data = [obtain(file, cache, store) for file in files]
        name = wanted if known else absolute(wanted).rpartition("/")[2]
        load_model(name, *data)
    except (ModelError, StorageError, WorldError) as error:
        raise PreflightError(f"the model {shown(wanted)!r} can't be used: {error}. {_advice(wanted)}") from error
    return ModelSource(name, files, model_sha256(*data))


def read_palette(wanted: str, store: Store) -> bytes:
    """The .npy file that `--palette` names, a path or URI.

    Raises:
        PreflightError: it can't be had, or is no palette.
    """
    try:
        data = store.read(absolute(wanted)).data
        load_points(data)
    except (ModelError, StorageError, WorldError) as error:
        raise PreflightError(f"the palette {shown(wanted)} can't be used: {error}") from error
    return data


def load(source: ModelSource, cache: str | None, store: Store) -> Model:
    """The model, on the node where this runs: from its cache, fetched if it is not there, checked again in any case.

    Raises:
        ModelError: it is not what was resolved.
        StorageError: it can't be had here.
    """
    return load_model(source.name, *(obtain(file, cache, store) for file in source.files))


def obtain(file: ModelFile, cache: str | None, store: Store) -> bytes:
    """The bytes of one file, checked. A file on this node's disk is read in place; others are kept in the cache.

    Raises:
        ModelError: no source has it, and the message says what each gave instead; or the cache can't be written.
    """
    if cache is None or file.in_place:
        return _fetched(file, store)
    kept = cached_path(cache, file)
    with usable(cache):
        # Without a lock first: where nothing can be written there is none.
        if (data := _at_hand(file, kept)) is not None:
            return data
        with locked(kept):
            if (data := _at_hand(file, kept)) is not None:
                return data
            data = _fetched(file, store)
            keep(kept, data)
            return data


def _at_hand(file: ModelFile, kept: Path) -> bytes | None:
    """The file as the cache has it; None where it has none, or another."""
    try:
        data = kept.read_bytes()
    except FileNotFoundError:
        return None
    return data if found_wrong(file, data) is None else None


def cached_path(cache: str, file: ModelFile) -> Path:
    """Where a cache keeps a file: by its content, so that two models of one name never meet."""
    return Path(cache) / file.sha256[:16] / file.name


def keep(kept: Path, data: bytes) -> None:
    """Puts a checked file into the cache, whole or not at all; until it is whole, its owner alone may open it."""
    place(data, str(kept), [str(kept.parent)], os.replace)


def found_wrong(file: ModelFile, data: bytes) -> str | None:
    """What is wrong with these bytes as that file; None if nothing is. Line ends of a prototxt do not count."""
    data = unix(file.name, data)
    if len(data) == file.size and hashlib.sha256(data).hexdigest() == file.sha256:
        return None
    if len(data) != file.size:
        return f"not {file.size:,} bytes but {what_it_is(data)}"
    return f"the right size and other bytes (sha256 {hashlib.sha256(data).hexdigest()[:16]}…, not {file.sha256[:16]}…)"


def unix(name: str, data: bytes) -> bytes:
    """A prototxt with LF line ends; anything else as it is."""
    return data.replace(b"\r\n", b"\n") if name.endswith(".prototxt") else data


def _fetched(file: ModelFile, store: Store) -> bytes:
    tried = []
    for source in file.sources:
        try:
            data = download(source, file.size * 2 + 2**20, store)
        except (StorageError, WorldError) as error:
            tried.append(str(error))
            continue
        wrong = found_wrong(file, data)
        if wrong is None:
            return unix(file.name, data)
        tried.append(f"{shown(source)} gave {wrong}")
    raise ModelError(f"{file.name} can't be had: {'; '.join(tried) or 'no source is known'}")


def mirrored(entry: Entry, mirror: str | None, only: bool) -> tuple[ModelFile, ModelFile, ModelFile]:
    """The catalog's files, the user's own mirror in front of their sources, or in their place."""
    if mirror is None:
        files = entry.files
    else:
        web = mirror.startswith(("http://", "https://"))
        files = tuple(
            replace(
                file,
                sources=(
                    below_web(mirror, file.name) if web else join(absolute(mirror), file.name),
                    *(() if only else file.sources),
                ),
            )
            for file in entry.files
        )
    prototxt, caffemodel, points = files
    return prototxt, caffemodel, points


def _in_folder(folder: str, cache: str | None, store: Store) -> tuple[ModelFile, ModelFile, ModelFile]:
    """The three files of a folder, hashed."""
    inside = [listed.uri for listed in store.list(f"{folder}/") if "/" not in listed.uri[len(folder) + 1 :]]
    prototxt, caffemodel, points = (_hashed(_one(folder, inside, ending), cache, store) for ending in ENDINGS)
    return prototxt, caffemodel, points


def _one(folder: str, inside: list[str], ending: str) -> str:
    found = [uri for uri in inside if uri.endswith(ending)]
    if len(found) != 1:
        raise ModelError(f"{shown(folder)} must hold exactly one {ending}, and holds {len(found)}")
    return found[0]


def _hashed(uri: str, cache: str | None, store: Store) -> ModelFile:
    """The file as it now is; what is not on this node's disk is kept at once, so that it is read once."""
    name = uri.rpartition("/")[2]
    data = unix(name, store.read(uri).data)
    file = ModelFile(name, len(data), hashlib.sha256(data).hexdigest(), (uri,), in_place=uri.startswith("file://"))
    if cache is not None and not file.in_place:
        with usable(cache):
            keep(cached_path(cache, file), data)
    return file


def _advice(wanted: str) -> str:
    known = catalog()
    if wanted in known and known[wanted].files:
        return (
            f"If you have its files: colorizer models import {wanted} FOLDER. From a mirror of yours: "
            f"colorizer models fetch {wanted} --mirror URI."
        )
    return f"There are {', '.join(known)}, and any folder with one each of {', '.join(ENDINGS)}."


@contextmanager
def usable(cache: str) -> Iterator[None]:
    """The system's errors about the cache as a model's; those of sources have been told by their stores."""
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"the model cache {cache} can't be used ({error.strerror or error}); --model-cache names another"
        ) from error


@contextmanager
def locked(kept: Path) -> Iterator[None]:
    """One process of a node at a time fetches a file."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_name(f"{kept.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
