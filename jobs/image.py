"""One photograph by the job's own code, in this process."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from colorizer_core.colorizer import Colorizer, Options
from colorizer_core.engines.choice import EngineChoice
from colorizer_core.errors import ImageError
from colorizer_core.image.formats import CAPACITIES
from colorizer_core.image.label import Making
from jobs.coloring import shape_of
from jobs.configuration import default_mirror, default_model_cache
from jobs.engine_choice import build_engine, check_here
from jobs.errors import PreflightError, StorageError, UsageError, WorldError
from jobs.fingerprint import fingerprint
from jobs.forms import Network
from jobs.model_store import resolve
from jobs.names import format_of
from jobs.settings import checked_place
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from jobs.storage.uri import absolute
from jobs.telling import beside


def _is_one(here: str, there: str) -> bool:
    """Whether both name one object, by whatever path; a link at `there` itself would be replaced, and what it leads to kept."""
    if here == there:
        return True
    source, target = (Path(uri.removeprefix("file://")) for uri in (here, there))
    if not (here.startswith("file://") and there.startswith("file://")) or target.is_symlink():
        return False
    return source.exists() and target.exists() and source.samefile(target)


@dataclass(frozen=True, slots=True)
class Derivative:
    """What came of one photograph, named as in the log.

    Attributes:
        source: as it was given.
        output: likewise.
        output_size: bytes.
        width: pixels, of the output.
        height: likewise.
        model_sha256: of the model's three files together.
        fingerprint: the hash of all that shapes an output's bytes.
    """

    source: str
    source_sha256: str
    output: str
    output_size: int
    output_sha256: str
    format: str
    width: int
    height: int
    label: str
    model: str
    model_sha256: str
    fingerprint: str

    def lines(self) -> list[str]:
        """For people."""
        size = f"{self.width} × {self.height}, {self.output_size:,} bytes"
        return [f"{self.output}: {size}, model {self.model}"]

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


def colorize_one(source: str, target: str, model: str, choice: EngineChoice, options: Options) -> Derivative:
    """Colours `source` into `target`, both paths or URIs, and says what it did.

    Raises:
        UsageError: `target` names no format, or is `source`; no store has one of them; or there is no such engine here.
        PreflightError: the photograph can't be read or coloured, the model not be had, the output not be written.
    """
    here, there = absolute(checked_place(source)), absolute(checked_place(target))
    try:
        output_format = format_of(there)
    except ValueError as error:
        raise UsageError(f"{target}: the ending says the format, and there is {error}") from error
    if _is_one(here, there):
        raise UsageError("IN and OUT are the same file; the source is never touched")
    check_here(choice)
    store, cache = open_stores(StoreSettings()), str(default_model_cache())
    found = resolve(model, cache, store, default_mirror())
    making = Making(found.name, found.sha256, fingerprint(shape_of(found.sha256, choice, options)))
    colorizer = Colorizer(build_engine(choice, Network(found, cache, store)), options, making)
    try:
        data = store.read(here).data
        sha256 = hashlib.sha256(data).hexdigest()
        colored = colorizer.colorize(data, output_format, sha256=sha256)
        told = beside(here, sha256, making.fingerprint, colored.label)
        store.write(there, colored.data, CAPACITIES[output_format].content_type, told)
    except ImageError as error:
        raise PreflightError(f"{source}: {error.code}: {error}") from error
    except (StorageError, WorldError) as error:  # begins with its code
        raise PreflightError(f"{source}: {error}") from error
    return Derivative(
        source=source,
        source_sha256=sha256,
        output=target,
        output_size=len(colored.data),
        output_sha256=hashlib.sha256(colored.data).hexdigest(),
        format=output_format,
        width=colored.width,
        height=colored.height,
        label=colored.label,
        model=found.name,
        model_sha256=found.sha256,
        fingerprint=making.fingerprint,
    )
