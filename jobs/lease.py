"""The lease: who may write a log and an output. A chain of epochs, each created only if absent, renewed by its owner.

An owner writes its epoch's file again every heartbeat. Whoever finds it unchanged for three of them creates the next epoch,
and is the owner from then on. Nobody's clock is compared with another's; only its own seconds count.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from colorizer_core.errors import ColorizerError
from jobs.errors import (
    ActiveRun,
    AlreadyThere,
    LeaseLost,
    NotFound,
    PreflightError,
    StorageError,
    Unavailable,
    WorldError,
    damaged,
)
from jobs.layout import lease_folder, lease_uri, parse_epoch
from jobs.preflight import create_is_exclusive
from jobs.process import Process
from jobs.shown import shown
from jobs.status import STALE_AFTER
from jobs.storage.store import Store

WATCHED = STALE_AFTER
"""Heartbeats for which a holder must be silent before it is succeeded."""
TRUSTED = 2
"""Heartbeats for which a worker may put after it has seen its owner's last one: fewer than `WATCHED`."""
_LOOKS = 4  # a heartbeat: how often a holder is looked at


@dataclass(frozen=True, slots=True)
class Holder:
    """What an epoch's file says.

    Attributes:
        token: random, of one run.
        who: host and process, for people.
        log: the log of the run.
        heartbeat: seconds between two renewals.
        beat: counts them.
        is_released: whether the run has ended and said so.
        process: of a plain loop, so that it is known to be gone with it; None for Ray, whose workers may outlive their driver.
    """

    token: str
    who: str
    log: str
    heartbeat: float
    beat: int = 0
    is_released: bool = False
    process: Process | None = None

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> Holder:
        """The inverse of `encode`. Raises `Unavailable` for what it has not written."""
        try:
            fields = json.loads(data)
            process = fields.pop("process")
            return cls(**fields, process=process and Process(**process))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Unavailable(f"STORE_UNAVAILABLE: no lease's file: {shown(repr(data[:80]))}") from error


@dataclass(frozen=True, slots=True)
class Epoch:
    """One link of the chain: `number` in `place`, the folder of a log or of an output's `colorizer-log`."""

    place: str
    number: int

    @property
    def uri(self) -> str:
        """Of its file."""
        return lease_uri(self.place, self.number)


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that pass, and how to wait; tests have their own."""

    now: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME)  # goes on while a machine is suspended
    sleep: Callable[[float], None] = time.sleep


class Lease:
    """The epochs that this run holds, one or two. Not safe for threads: one renews it.

    Args:
        store: where they lie.
        holder: what their files say.
        epochs: held.
    """

    def __init__(self, store: Store, holder: Holder, epochs: Sequence[Epoch]) -> None:
        self._store = store
        self._holder = holder
        self.epochs = tuple(epochs)

    def renew(self) -> None:
        """One heartbeat.

        Raises:
            LeaseLost: another run has taken over.
            StorageError, WorldError: the store did not answer; try again.
        """
        for epoch in self.epochs:
            refuse_later(self._store, epoch)
            _refuse_other(self._store, epoch, self._holder.token)
        self._write(replace(self._holder, beat=self._holder.beat + 1))

    def release(self) -> None:
        """Lets the next run in at once. Where the store does not answer it waits three heartbeats instead."""
        with suppress(StorageError, WorldError):
            self._write(replace(self._holder, beat=self._holder.beat + 1, is_released=True))

    def _write(self, holder: Holder) -> None:
        for epoch in self.epochs:
            self._store.write(epoch.uri, holder.encode(), "application/json")
        self._holder = holder


def acquire(
    store: Store,
    places: Sequence[str],
    holder: Holder,
    adopt: bool,
    say: Callable[[str], None],
    clock: Clock | None = None,
) -> Lease:
    """Takes the lease of every place, watching whoever holds one.

    Args:
        store: where the places are.
        places: the output's `colorizer-log` first, then the log, if it is another.
        holder: who takes it.
        adopt: take over an output that has been written by runs with another log.
        say: told what is waited for.
        clock: of this process.

    Raises:
        ActiveRun: another run holds one and is alive.
        PreflightError: the output belongs to another log, or can't be written.
    """
    held: list[Epoch] = []
    try:
        for at, place in enumerate(places):
            _tell_unconditional(store, place, holder.token, say)
            other = None if at or adopt else holder.log
            held.append(_take(store, place, holder, other, say, clock or Clock()))
    except ColorizerError:
        Lease(store, holder, held).release()
        raise
    return Lease(store, holder, held)


def newest(store: Store, place: str) -> tuple[Epoch, Holder] | None:
    """The last epoch of a place and what its file says; None where nobody ever held it."""
    try:
        numbers = [parse_epoch(place, listed.uri) for listed in store.list(f"{lease_folder(place)}/")]
    except NotFound:
        return None
    last = max((number for number in numbers if number is not None), default=None)
    if last is None:
        return None
    epoch = Epoch(place, last)
    data = store.read(epoch.uri).data
    try:
        return epoch, Holder.decode(data)
    except Unavailable as error:
        raise damaged(epoch.uri, error) from error


def refuse_later(store: Store, epoch: Epoch) -> None:
    """Raises `LeaseLost` where a later epoch of the place exists."""
    try:
        taken = store.read(lease_uri(epoch.place, epoch.number + 1)).data
    except NotFound:
        return
    who = ""
    with suppress(Unavailable):
        who = f" ({shown(Holder.decode(taken).who)})"
    raise LeaseLost("LEASE_LOST", f"another run has taken over{who} and goes on in {epoch.place}")


def _refuse_other(store: Store, epoch: Epoch, token: str) -> None:
    """Raises `LeaseLost` where the epoch is another run's: its creation was not exclusive."""
    found = Holder.decode(store.read(epoch.uri).data)
    if found.token != token:
        said = f"another run began at the same time ({shown(found.who)}) and goes on in {epoch.place}"
        raise LeaseLost("LEASE_LOST", said)


def _take(store: Store, place: str, holder: Holder, log: str | None, say: Callable[[str], None], clock: Clock) -> Epoch:
    found = newest(store, place)
    if found is None:
        return _create(store, Epoch(place, 1), holder)
    epoch, other = found
    if log is not None and other.log != log:
        log, its = shown(log), shown(other.log)
        raise PreflightError(
            f"the pictures in {place.rpartition('/')[0]} are those of the log {its}, not of {log}: two logs of one "
            f"output would contradict each other. Give --log {its}, or --adopt to begin another log"
        )
    if not _is_gone(other):
        say(f"{shown(other.who)} holds {place}; watching it for {WATCHED * other.heartbeat:.0f} s …")
        _watch(store, epoch, other, clock)
    return _create(store, Epoch(place, epoch.number + 1), holder)


def _is_gone(other: Holder) -> bool:
    return other.is_released or (other.process is not None and other.process.is_gone())


def _watch(store: Store, epoch: Epoch, seen: Holder, clock: Clock) -> None:
    """Returns once the holder has been seen to be silent for three heartbeats, or has released the lease.

    A look that fails tells nothing: where the last one does, nobody is succeeded.
    """
    until = clock.now() + WATCHED * seen.heartbeat
    is_over = False
    while not is_over:
        clock.sleep(seen.heartbeat / _LOOKS)
        is_over = clock.now() >= until
        try:
            now = Holder.decode(store.read(epoch.uri).data)
        except (WorldError, StorageError) as error:
            if is_over:
                raise PreflightError(
                    f"{shown(seen.who)} may be active, and its lease can't be read: {error}"
                ) from error
            continue
        if _is_gone(now):
            return
        if now != seen:
            raise ActiveRun(
                f"another run is active: {shown(now.who)}, log {shown(now.log)}. Wait for it, or stop it first"
            )


def _create(store: Store, epoch: Epoch, holder: Holder) -> Epoch:
    try:
        store.create(epoch.uri, holder.encode(), "application/json")
    except AlreadyThere:
        raise ActiveRun(f"another run has just taken the lease: {epoch.uri}. Wait for it, or stop it first") from None
    return epoch


def _tell_unconditional(store: Store, place: str, token: str, say: Callable[[str], None]) -> None:
    """Says so where a create overwrites (Ceph RGW 16 does in a versioned bucket): there the lease is as good as its reading.

    Raises:
        PreflightError: nothing can be put there.
    """
    try:
        is_exclusive = create_is_exclusive(store, f"{lease_folder(place)}/_probe-{token}")
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the output or log can't be written: {error}. Check its path and credentials.") from error
    if not is_exclusive:
        say(
            f"{place} lies in a store that overwrites where it was told not to (If-None-Match is ignored): two runs that "
            "begin in the same second may not find out about each other at once. Begin one at a time"
        )
