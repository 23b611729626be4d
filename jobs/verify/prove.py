"""The verification of a log: its claims, a look at each, some of them made again, the files that it does not name."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TextIO

import numpy as np

from jobs.errors import PreflightError, StoppedEarly, StorageError, WorldError
from jobs.log import Contents, log_at
from jobs.machine import peak_memory
from jobs.progress import Progress, reading
from jobs.stop import Stop, on_signals
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.storage.uri import join
from jobs.tally import Tally
from jobs.verify.claims import Claim, Claims, Mask, read_claims
from jobs.verify.findings import Finding
from jobs.verify.findings_file import FindingsFile, open_findings
from jobs.verify.look import look
from jobs.verify.newer import Newer
from jobs.verify.orphans import Orphans, own_folders
from jobs.verify.proof import Proof
from jobs.verify.recompute import Recompute
from jobs.verify.runs import check_runs, outs
from jobs.verify.sampling import drawn
from jobs.verify.settings import VerifySettings

_EVERY = 1.0
"""Seconds that a finding waits, about: the log is listed for all that came meanwhile."""
_AHEAD = 4
"""Looks that are begun for each reader before the oldest is waited for: they come back in the log's order."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done: rows of `claims` to be looked at and to be made again, and the output's folders."""

    claims: Claims
    checked: Mask
    again: Mask
    outs: tuple[str, ...]


class _Findings:
    """Findings on their way to the proof and the file: they wait until the log is known to name nothing newer there."""

    def __init__(self, newer: Newer, proof: Proof, file: FindingsFile) -> None:
        self._newer, self._proof, self._file = newer, proof, file
        self._waiting: list[Finding] = []
        self._settled = time.monotonic()

    def add(self, finding: Finding) -> None:
        """One of an output that the log claims."""
        self._waiting.append(finding)
        if time.monotonic() >= self._settled + _EVERY:
            self.settle()

    def settle(self) -> None:
        """Says those that wait, or that they are in doubt."""
        said, waiting, self._waiting = self._newer.untouched(self._waiting), len(self._waiting), []
        for finding in said:
            self._proof.add(finding)
        self._proof.in_doubt += waiting - len(said)
        self._file.add(said)
        self._settled = time.monotonic()

    def add_orphans(self, found: Sequence[Finding]) -> None:
        """Some files that the log did not name when it was read."""
        said = self._newer.untouched(found)
        self._proof.orphans = (self._proof.orphans or 0) + len(said)
        self._file.add(said)


def prove(settings: VerifySettings, stream: TextIO | None = None) -> Proof:
    """Proves what a log says of its outputs, as far as it is asked to.

    Ctrl-C and SIGTERM end it with what was proven so far; so does the world (credentials, an endpoint).

    Args:
        settings: what is asked.
        stream: where progress goes; None for stderr.

    Raises:
        PreflightError: found before the first look: no log, a damaged part, a file of findings that can't be written.
    """
    stop, stream, begun = Stop(), stream or sys.stderr, time.monotonic()
    store = open_stores(settings.stores)
    log, contents = _found(store, settings.log)
    settings = replace(settings, log=log)
    proof = Proof(settings.log, findings_file=settings.findings)
    with on_signals(stop):
        plan = _planned(settings, contents, store, stop, stream)
        file = open_findings(settings.findings, store)
        findings = _Findings(Newer(store, log, contents, [join(out, "") for out in plan.outs]), proof, file)
        try:
            proof.outputs, proof.in_doubt = int(plan.claims.is_claim.sum()), plan.claims.in_doubt
            proof.to_check, proof.to_recompute = int(plan.checked.sum()), int(plan.again.sum())
            with _ended_by_the_world(proof):
                _look_at_all(settings, store, plan, proof, findings, stop, stream)
            with _ended_by_the_world(proof):
                findings.settle()
                if settings.orphans and not stop.is_asked() and not proof.stopped:
                    _list_orphans(settings, store, plan, proof, findings, stop)
        finally:
            with _ended_by_the_world(proof):
                file.close()
        if stop.is_asked():
            proof.stopped = proof.stopped or stop.reason
    proof.seconds, proof.memory = round(time.monotonic() - begun, 3), peak_memory()
    return proof


def _found(store: Store, place: str) -> tuple[str, Contents]:
    try:
        return log_at(store, place)
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the log can't be read: {error}. Nothing was verified.") from error


def _planned(settings: VerifySettings, contents: Contents, store: Store, stop: Stop, stream: TextIO) -> _Plan:
    told = reading(stream, what="log")

    def tick(rows: int) -> None:
        if stop.is_asked():
            raise StoppedEarly(f"{stop.reason}; nothing was verified")
        told(rows)

    try:
        check_runs(store, settings.log, contents.runs)
        places = outs(store, settings.log, contents.runs) if settings.orphans else ()
        claims = read_claims(store, settings.log, contents, [join(out, "") for out in places], tick)
    except (StorageError, WorldError) as error:
        raise PreflightError(f"the log can't be read: {error}. Nothing was verified.") from error
    rows = np.flatnonzero(claims.is_claim)
    checked, again = np.zeros(len(claims.is_claim), bool), np.zeros(len(claims.is_claim), bool)
    if settings.recompute:
        again[rows] = drawn(claims.high[rows], settings.recompute, settings.seed)
    checked[rows] = drawn(claims.high[rows], settings.sample, settings.seed)
    return _Plan(claims, checked | again, again, places)


@contextmanager
def _ended_by_the_world(proof: Proof) -> Iterator[None]:
    try:
        yield
    except (WorldError, StorageError, PreflightError) as error:  # of the last, a part of the log that was read before
        proof.stopped, proof.is_worlds = proof.stopped or str(error), True


def _look_at_all(
    settings: VerifySettings,
    store: Store,
    plan: _Plan,
    proof: Proof,
    findings: _Findings,
    stop: Stop,
    stream: TextIO,
) -> None:
    tally, recompute = Tally(), Recompute(store, settings)
    readers = ThreadPoolExecutor(settings.readers, thread_name_prefix="verify")
    try:
        with Progress(proof.to_check, stream) as progress:
            for claim, again, finding in _looks(readers, settings, store, plan):
                proof.checked += 1
                proof.proven += finding is None
                if again and finding is None:
                    finding = _made_again(claim, proof, recompute)
                tally.by_status["checked"] += 1
                if finding is not None:
                    tally.by_code[finding.name] += 1
                    findings.add(finding)
                progress.tick(tally)
                if stop.is_asked():
                    return
    finally:
        readers.shutdown(wait=True, cancel_futures=True)
        recompute.close()


def _looks(
    readers: ThreadPoolExecutor, settings: VerifySettings, store: Store, plan: _Plan
) -> Iterator[tuple[Claim, bool, Finding | None]]:
    """What a look at each came to and whether it is to be made again, in the log's order, while others are looked at."""
    begun: deque[tuple[Claim, bool, Future[Finding | None]]] = deque()
    for claim, again in _claims(settings, store, plan):
        begun.append((claim, again, readers.submit(look, store, claim)))
        if len(begun) > _AHEAD * settings.readers:
            yield _ended(*begun.popleft())
    while begun:
        yield _ended(*begun.popleft())


def _ended(claim: Claim, again: bool, looked: Future[Finding | None]) -> tuple[Claim, bool, Finding | None]:
    return claim, again, looked.result()


def _claims(settings: VerifySettings, store: Store, plan: _Plan) -> Iterable[tuple[Claim, bool]]:
    claims = plan.claims.rows(store, settings.log, plan.checked)
    return zip(claims, map(bool, plan.again[plan.checked]), strict=True)


def _made_again(claim: Claim, proof: Proof, recompute: Recompute) -> Finding | None:
    again = recompute.again(claim)
    if isinstance(again, Finding):
        return again
    proof.recomputed[again] += 1
    return None


def _list_orphans(
    settings: VerifySettings, store: Store, plan: _Plan, proof: Proof, findings: _Findings, stop: Stop
) -> None:
    orphans, proof.orphans = Orphans(plan.claims, own_folders(settings.log, plan.outs)), 0
    for out in plan.outs:
        for some in orphans.below(store, out):
            findings.add_orphans(some)
            if stop.is_asked():
                return
