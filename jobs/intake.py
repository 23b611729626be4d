"""The intake: a run's manifest or listing, read once, its outputs named, collisions refused, spooled into the run's folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from jobs.collisions import Collisions
from jobs.keys import Keys
from jobs.layout import manifest_folder
from jobs.manifest.listing import is_prefix, list_prefix, prefix_uri
from jobs.manifest.open import read_manifest
from jobs.places import check_places
from jobs.rows import ManifestRow
from jobs.settings import WorkSettings
from jobs.spool import Mask, Spool, write_spool
from jobs.storage.store import Store


@dataclass(frozen=True, slots=True)
class Manifest:
    """A run's rows.

    Attributes:
        spool: all of them, in order.
        duplicates: (rows,) bool; exact repeats of an earlier one.
        states_sha256: whether any of them says what its source's sha256 must be.
    """

    spool: Spool
    duplicates: Mask
    states_sha256: bool = False


def check_layout(settings: WorkSettings) -> None:
    """Refuses places of outputs, log and input that would feed a run its own files. Touches nothing.

    Raises:
        PreflightError: one lies in the other.
        UsageError: the manifest's name says neither file nor prefix.
    """
    check_places(settings.out_uri(), settings.log_uri(), listed_prefix(settings))


@dataclass(frozen=True, slots=True)
class Keyed:
    """What a job's log knows each row by.

    Attributes:
        name: a row's key, in the log's `output_uri`; or raises `RefusedName`.
        keys: when two of them are one place.
    """

    name: Callable[[ManifestRow], str]
    keys: Keys


def take_in(
    settings: WorkSettings,
    keyed: Keyed,
    store: Store,
    run_id: str,
    stdin: BinaryIO | None,
    tick: Callable[[int], None],
) -> Manifest:
    """Reads the manifest to its end.

    Args:
        settings: of the run.
        keyed: what each row is known by.
        store: where the manifest is, and where the spool goes.
        run_id: of the run.
        stdin: read where the manifest is `-`.
        tick: told the rows so far.

    Raises:
        ManifestError: a line of it is bad.
        PreflightError: rows whose outputs can't be, or can't be beside each other; each is named.
    """
    collisions, states_sha256 = Collisions(keyed.keys), False

    def watch(rows: Sequence[ManifestRow], outputs: Sequence[str]) -> None:
        nonlocal states_sha256
        states_sha256 = states_sha256 or any(row.stated.sha256 for row in rows)
        collisions.add(rows, outputs)

    spool = write_spool(
        _rows(settings, store, stdin),
        keyed.name,
        store,
        manifest_folder(settings.log_uri(), run_id),
        limit=settings.limit,
        watch=watch,
        tick=tick,
    )
    return Manifest(spool, collisions.check(spool), states_sha256)


def _rows(settings: WorkSettings, store: Store, stdin: BinaryIO | None) -> Iterator[ManifestRow]:
    if is_prefix(settings.manifest):
        return list_prefix(settings.manifest, store)
    return read_manifest(settings.manifest, store, format=settings.manifest_format, stdin=stdin)


def listed_prefix(settings: WorkSettings) -> str | None:
    """The prefix that is listed, absolute; None for a manifest."""
    return prefix_uri(settings.manifest) if is_prefix(settings.manifest) else None
