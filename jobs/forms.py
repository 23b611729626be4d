"""A model on this node, and the forms that runtimes want of it: exported or compiled once, kept in the cache, verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colorizer_core.model import Model
from colorizer_core.network.onnx import FORM, write_onnx
from colorizer_core.palette import load_points
from jobs.model_store import ModelSource, keep, load, locked, usable
from jobs.storage.store import Store

_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Network:
    """A model that was found, and where this node keeps what is made of it.

    Attributes:
        source: the model.
        cache: the folder of the model cache; None to keep nothing.
        store: where the model's files are read.
        palette: an .npy file whose points the network's own move to; None to leave them.
    """

    source: ModelSource
    cache: str | None
    store: Store
    palette: bytes | None = None

    def model(self) -> Model:
        """The model, read and checked."""
        model = load(self.source, self.cache, self.store)
        return model if self.palette is None else model.narrowed(load_points(self.palette))

    def onnx(self) -> bytes:
        """The model as one ONNX file."""

        def export() -> bytes:
            model = self.model()
            return write_onnx(model.layers, model.filled())

        return self.kept(f"network-{FORM}", ".onnx", export)

    def kept(self, form: str, ending: str, make: Callable[[], bytes]) -> bytes:
        """What `make` makes of this model, made by one process of this node and read by the others.

        The file is named for its own hash, so that one which was damaged is known, and made again.

        Args:
            form: a name that is another one wherever `make` would give other bytes for this model.
            ending: of the file.
            make: called while others wait.

        Raises:
            ModelError: the cache can't be used.
        """
        if self.cache is None:
            return make()
        folder = Path(self.cache) / self._digest()[:16]
        with usable(self.cache):
            # Without a lock first: where nothing can be written there is none.
            if (data := _at_hand(folder, form, ending)) is not None:
                return data
            with locked(folder / form):
                if (data := _at_hand(folder, form, ending)) is not None:
                    return data
                for path in folder.glob(f"{form}-*"):  # damaged, or left unfinished by a process that was killed
                    path.unlink()
                data = make()
                keep(folder / _name(form, ending, data), data)
                return data

    def _digest(self) -> str:
        """Another one wherever the weights or the palette are others."""
        if self.palette is None:
            return self.source.sha256
        return hashlib.sha256(self.source.sha256.encode() + hashlib.sha256(self.palette).digest()).hexdigest()


def _at_hand(folder: Path, form: str, ending: str) -> bytes | None:
    """A form that is whole; None where there is none."""
    for path in sorted(folder.glob(f"{form}-*")):
        with suppress(FileNotFoundError):  # another process makes it again
            data = path.read_bytes()
            if path.name == _name(form, ending, data):
                return data
    return None


def _name(form: str, ending: str, data: bytes) -> str:
    return f"{form}-{hashlib.sha256(data).hexdigest()[:_DIGITS]}{ending}"
