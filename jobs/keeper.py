"""Keeping the lease: the driver's thread renews it, and the workers' watch refuses to put once it may be another's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from jobs.errors import LeaseLost, StorageError, WorldError
from jobs.lease import TRUSTED, Clock, Epoch, Holder, Lease, refuse_later
from jobs.storage.store import Store


class Keeper:
    """Renews a lease every heartbeat, in a thread of its own, until it is closed or the lease is lost.

    Args:
        lease: held.
        heartbeat: seconds.
        on_loss: told the reason, once, on the keeper's thread.
        clock: of this process.
    """

    def __init__(
        self, lease: Lease, heartbeat: float, on_loss: Callable[[str], None], clock: Clock | None = None
    ) -> None:
        self._lease = lease
        self.epochs = lease.epochs
        self._heartbeat = heartbeat
        self._clock = clock or Clock()
        self._renewed = self._clock.now()
        self._on_loss = on_loss
        self._closing = threading.Event()
        self._one = threading.Lock()
        self.lost: LeaseLost | None = None
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    def renew(self) -> None:
        """A heartbeat now. Where the store does not answer the next one tries again."""
        with self._one:
            before = self._clock.now()
            try:
                if self.lost is None:
                    self._lease.renew()
                    self._renewed = before
            except LeaseLost as error:
                self.lost = error
                self._on_loss(str(error))
            except (StorageError, WorldError):
                return

    def check(self) -> None:
        """Returns where the driver may put. Raises as `Watch.check` does."""
        if not self._is_fresh():
            self.renew()
        if self.lost is not None:
            raise self.lost
        if not self._is_fresh():
            raise WorldError("LEASE_UNCERTAIN", "the lease could not be renewed: it may be another run's")

    def close(self) -> None:
        """Ends the thread, and releases the lease unless another run has it."""
        self._closing.set()
        self._thread.join()
        if self.lost is None:
            self._lease.release()

    def _is_fresh(self) -> bool:
        return self._clock.now() - self._renewed < TRUSTED * self._heartbeat

    def _keep(self) -> None:
        while not self._closing.wait(self._heartbeat) and self.lost is None:
            self.renew()


class Watch:
    """What a worker knows of its run's lease.

    Args:
        store: where the lease lies.
        epochs: that the run holds.
        heartbeat: seconds.
        clock: of this process.
    """

    def __init__(self, store: Store, epochs: Sequence[Epoch], heartbeat: float, clock: Clock | None = None) -> None:
        self._store = store
        self._epochs = epochs
        self._heartbeat = heartbeat
        self._clock = clock or Clock()
        self._beats: tuple[int, ...] = ()
        self._seen = self._looked = float("-inf")
        self._lost: LeaseLost | None = None
        self._one = threading.Lock()
        self._closing = threading.Event()
        self._look()
        threading.Thread(target=self._keep, name="lease", daemon=True).start()

    def check(self) -> None:
        """Returns where this worker may put; waits for a heartbeat that it has not seen yet, if it must.

        Raises:
            LeaseLost: another run has taken over.
            WorldError: no heartbeat comes, so that another may.
        """
        until = self._clock.now() + TRUSTED * self._heartbeat
        while not self._is_fresh():
            self._look()
            if self._lost is not None:
                raise self._lost
            if self._clock.now() >= until:
                silence = f"no heartbeat of this run's driver for {TRUSTED * self._heartbeat:.0f} s"
                raise WorldError("LEASE_UNCERTAIN", f"{silence}: its lease may be another's")
            if not self._is_fresh():
                self._clock.sleep(self._heartbeat / 20)

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()

    def _is_fresh(self) -> bool:
        return self._lost is None and self._clock.now() - self._seen < TRUSTED * self._heartbeat

    def _keep(self) -> None:
        while not self._closing.wait(self._heartbeat / TRUSTED) and self._lost is None:
            self._look()

    def _look(self) -> None:
        """Takes note of a new heartbeat, as of the last look before this one: it may have come right after that."""
        with self._one:
            before = self._clock.now()
            try:
                beats = tuple(self._beat(epoch) for epoch in self._epochs)
            except LeaseLost as error:
                self._lost = error
                return
            except (StorageError, WorldError):
                return
            if not self._beats:
                self._beats = beats  # perhaps old ones: only a later one says that the owner lives
            elif all(map(int.__gt__, beats, self._beats)):
                self._beats, self._seen = beats, self._looked
            self._looked = before

    def _beat(self, epoch: Epoch) -> int:
        refuse_later(self._store, epoch)
        return Holder.decode(self._store.read(epoch.uri).data).beat
