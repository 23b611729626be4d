"""The models that are known by name: `models/catalog.toml`, read."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_INSTALLED = Path(__file__).parent / "_models"
"""Where the wheel puts `models/`; in a checkout it lies beside the packages."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One of a model's three files.

    Attributes:
        name: of the file.
        size: bytes.
        sha256: of them, hexadecimal; of a prototxt with LF line ends.
        sources: URIs that may have it, tried in order.
        in_place: read where it lies, and not kept in a cache: a file of a folder on the node's own disk.
    """

    name: str
    size: int
    sha256: str
    sources: tuple[str, ...]
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalog. `folder` is set where it is embedded, `files` where it must be fetched."""

    name: str
    about: str
    licence: str
    folder: Path | None
    files: tuple[ModelFile, ...]


def models_folder() -> Path:
    """The folder `models/`, in the wheel or in the checkout."""
    return _INSTALLED if _INSTALLED.is_dir() else Path(__file__).resolve().parents[1] / "models"


def catalog() -> dict[str, Entry]:
    """Every known model by name, in the file's order."""
    folder = models_folder()
    content = tomllib.loads((folder / "catalog.toml").read_text(encoding="utf-8"))
    return {
        name: Entry(
            name=name,
            about=entry["about"],
            licence=entry["licence"],
            folder=folder / entry["embedded"] if "embedded" in entry else None,
            files=tuple(
                ModelFile(file["name"], file["size"], file["sha256"], tuple(file["sources"]))
                for file in entry.get("files", ())
            ),
        )
        for name, entry in content.items()
    }
