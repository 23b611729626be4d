"""What `colorizer verify` was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from jobs.errors import UsageError
from jobs.quantities import parse_duration, parse_share
from jobs.storage.settings import StoreSettings


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """One verification.

    Attributes:
        log: its folder, absolute.
        sample: the share of the outputs that is read and hashed; 1 for all.
        recompute: the share that is made again from the source; 0 for none.
        seed: of the sample.
        orphans: whether the output is listed for files that the log does not name.
        readers: outputs that are read at once.
        findings: where they go, a path or URI; None for nowhere.
        model_cache: folder for fetched models, or None.
        mirror: a folder's URI where a model's files are looked for first, or None.
        engine: the user's own engine that may be run where the log names it, or None.
        stores: how they are opened.
    """

    log: str
    sample: float = 1.0
    recompute: float = 0.0
    seed: int = 0
    orphans: bool = False
    readers: int = 8
    findings: str | None = None
    model_cache: str | None = None
    mirror: str | None = None
    engine: str | None = None
    stores: StoreSettings = field(default_factory=StoreSettings)


def share(flag: str, text: str | None, unsaid: float) -> float:
    """The share that a flag asks for. Raises `UsageError`."""
    if text is None:
        return unsaid
    try:
        return parse_share(text) or unsaid
    except ValueError as error:
        raise UsageError(f"{flag}: {error}") from None


def seconds(flag: str, text: str) -> float:
    """The duration that a flag asks for. Raises `UsageError`."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{flag}: {error}") from None
