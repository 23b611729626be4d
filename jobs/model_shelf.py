"""`colorizer models`: what is known, what is at hand, and getting the rest."""

from __future__ import annotations

import hashlib
import os

from colorizer_core.colorizer import Colorizer
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.network.onnx import write_onnx
from jobs.catalog import Entry, catalog
from jobs.configuration import default_mirror, default_model_cache
from jobs.errors import UsageError
from jobs.model_account import Exported, Fetched, Known, Shelf, Verified, VerifiedFile
from jobs.model_store import cached_path, load, resolve
from jobs.sample import sample_picture
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from jobs.written_file import written_file


def describe(cache: str | None) -> Shelf:
    """Of each model its name and where it is, and what it is under which licence."""
    return Shelf(tuple(_known(entry, cache or str(default_model_cache())) for entry in catalog().values()))


def fetch(name: str, mirror: str | None, cache: str | None, only_mirror: bool = False) -> Fetched:
    """Gets a model into the cache; from `mirror` alone, or from it before the catalog's sources.

    Raises:
        UsageError: there is no such model, or none that is fetched.
        PreflightError: no source has it; the message says what each gave instead.
    """
    entry = catalog().get(name)
    if entry is None or not entry.files:
        fetched = [one.name for one in catalog().values() if one.files]
        raise UsageError(f"{name!r} is no model that is fetched; there is {', '.join(fetched)}")
    folder = cache or str(default_model_cache())
    found = resolve(name, folder, open_stores(StoreSettings()), mirror or default_mirror(), only_mirror=only_mirror)
    return Fetched(name, folder, found.sha256)


def verify(name: str, cache: str | None) -> Verified:
    """Checks a model's files, loads it and colours the test picture. Raises `PreflightError` with what was found."""
    folder, store = cache or str(default_model_cache()), open_stores(StoreSettings())
    found = resolve(name, folder, store, default_mirror())
    model = load(found, folder, store)
    colored = Colorizer(OpenCVEngine(model)).colorize(sample_picture(), "png")
    files = tuple(VerifiedFile(file.name, file.size, file.sha256) for file in found.files)
    return Verified(found.name, found.sha256, model.input_size, len(model.points), colored.width, colored.height, files)


def export(name: str, output: str, cache: str | None) -> Exported:
    """Writes a model as one self-contained ONNX file, whole or not at all, and says what it takes and gives.

    Raises:
        PreflightError: the model can't be had, or the file not be written.
    """
    folder, store = cache or str(default_model_cache()), open_stores(StoreSettings())
    with written_file(output, store, "") as file:
        found = resolve(name, folder, store, default_mirror())
        model = load(found, folder, store)
        data = write_onnx(model.layers, model.filled())
        file.write(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return Exported(found.name, output, len(data), sha256, model.input_size)


def _known(entry: Entry, cache: str) -> Known:
    if entry.folder is not None:
        return Known(entry.name, entry.about, entry.licence, True, str(entry.folder), ())
    missing = tuple(file.name for file in entry.files if not os.access(cached_path(cache, file), os.R_OK))
    return Known(entry.name, entry.about, entry.licence, False, cache, missing)
