"""`colorizer models`: what is known, what is at hand, and getting the rest."""

from __future__ import annotations

import hashlib
from pathlib import Path
from textwrap import wrap

from colorizer_core.colorizer import Colorizer
from colorizer_core.engines.opencv import OpenCVEngine
from colorizer_core.network.onnx import INPUT, OUTPUT
from colorizer_core.network.zhang2016 import STRIDE
from jobs.catalog import Entry, catalog
from jobs.configuration import default_model_cache
from jobs.errors import PreflightError, StorageError, UsageError, WorldError
from jobs.forms import Network
from jobs.model_store import cached_path, load, resolve
from jobs.sample import sample_picture
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from jobs.storage.uri import absolute

_WIDTH, _INDENT = 80, 13


def describe(cache: str | None) -> list[str]:
    """Of each model its name and where it is, and what it is under which licence; 80 columns but for a long path."""
    lines = []
    for entry in catalog().values():
        lines.append(f"{entry.name:{_INDENT}}{_state(entry, cache or str(default_model_cache()))}")
        lines += [f"{'':{_INDENT}}{line}" for line in wrap(f"{entry.about}; {entry.licence}", _WIDTH - _INDENT)]
    return lines


def fetch(name: str, mirror: str | None, cache: str | None, only_mirror: bool = False) -> str:
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
    found = resolve(name, folder, open_stores(StoreSettings()), mirror, only_mirror=only_mirror)
    return f"{name}: complete and checked, in {folder} (sha256 {found.sha256[:16]}…)"


def verify(name: str, cache: str | None) -> str:
    """Checks a model's files, loads it and colours the test picture. Raises `PreflightError` with what was found."""
    folder, store = cache or str(default_model_cache()), open_stores(StoreSettings())
    found = resolve(name, folder, store)
    model = load(found, folder, store)
    colored = Colorizer(OpenCVEngine(model)).colorize(sample_picture(), "png")
    size = f"{model.input_size} × {model.input_size}"
    files = "\n".join(f"  {file.sha256[:16]}…  {file.size:>11,}  {file.name}" for file in found.files)
    return (
        f"{found.name}: the files are whole; the network colours the test picture ({colored.width} × "
        f"{colored.height})\n{files}\n  input {size}, {len(model.points)} bins\n  sha256 {found.sha256}"
    )


def export(name: str, output: str, cache: str | None) -> str:
    """Writes a model as one self-contained ONNX file, whole or not at all, and says what it takes and gives.

    Raises:
        PreflightError: the model can't be had, or the file not be written.
    """
    folder, store = cache or str(default_model_cache()), open_stores(StoreSettings())
    network = Network(resolve(name, folder, store), folder, store)
    data = network.onnx()
    try:
        store.write(absolute(output), data, "application/octet-stream")
    except (StorageError, WorldError) as error:
        raise PreflightError(f"{output} can't be written: {error}") from error
    side = network.model().input_size
    return (
        f"{output}: {network.source.name} as ONNX, {len(data):,} bytes\n"
        f"  input {INPUT}, float32, N×1×{side}×{side}: CIE L minus 50\n"
        f"  output {OUTPUT}, float32, N×2×{side // STRIDE}×{side // STRIDE}: CIE a and b\n"
        f"  sha256 {hashlib.sha256(data).hexdigest()}"
    )


def _state(entry: Entry, cache: str) -> str:
    if entry.folder is not None:
        return f"embedded in {entry.folder}"
    missing = [file.name for file in entry.files if not cached_path(cache, file).exists()]
    if not missing:
        return f"in {Path(cache)}"
    gap = "\n" + " " * (_INDENT + 2)
    return f"not at hand; colorizer models fetch {entry.name} gets{gap}{gap.join(missing)}"
