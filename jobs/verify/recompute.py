"""Making outputs again: the settings of their run, its model, the same code; then the two are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from colorizer_core.errors import ColorizerError, EngineError, ImageError
from colorizer_core.image.decode import decode
from colorizer_core.image.difference import levels_apart, means_apart
from colorizer_core.image.threads import one_thread
from jobs.coloring import Coloring, OpenColoring
from jobs.colorize import order_of
from jobs.errors import PreflightError, WorldError
from jobs.machine import cpu_name
from jobs.names import format_of
from jobs.pulse import Progress
from jobs.reading import Arrived
from jobs.rows import Row
from jobs.settings import RunSettings
from jobs.shown import without_secrets
from jobs.stages import Stages
from jobs.storage.store import Blob, Store
from jobs.verify.claims import Claim
from jobs.verify.findings import Finding
from jobs.verify.look import output_of, source_of
from jobs.verify.runs import Recorded, recorded
from jobs.verify.settings import VerifySettings

Agreement = Literal[
    "the same bytes",
    "the same pixels",
    "within 1 level on another processor",
    "means within 1 level on another processor (lossy format)",
]
"""How a picture that was made again is that of the log."""

_ANY_SIZE = 2**40


@dataclass(frozen=True, slots=True)
class _Opened:
    """A run's craft, at hand. `why` says why it is not, where it is not."""

    fingerprint: str = ""
    craft: OpenColoring | None = None
    why: str = ""


class Recompute:
    """Makes outputs again, on the calling thread; the network of one run is loaded at a time.

    Args:
        store: for everything.
        settings: of the verification.
        cpu: the name of this processor.
    """

    def __init__(self, store: Store, settings: VerifySettings, cpu: Callable[[], str] = cpu_name) -> None:
        self._store, self._asked, self._cpu = store, settings, cpu()
        self._run_id, self._settings, self._opened = "", None, _Opened()  # type: tuple[str, RunSettings | None, _Opened]
        one_thread()  # as a worker does

    def again(self, claim: Claim) -> Agreement | Finding:
        """Makes an output again. It and its photograph are read here, one at a time, so that few are in memory.

        Raises:
            WorldError: the runtime failed, or the store.
        """
        opened = self._of(claim.run_id)
        if opened.craft is None:
            return Finding(claim.output_uri, "NOT_RECOMPUTABLE", "", opened.why)
        if opened.fingerprint != claim.fingerprint:
            return Finding(
                claim.output_uri, "NOT_RECOMPUTABLE", claim.fingerprint, f"{opened.fingerprint}: {opened.why}"
            )
        source = source_of(self._store, claim)
        if isinstance(source, Finding):
            return source
        output = output_of(self._store, claim)
        if isinstance(output, Finding):
            return output
        return self._compared(opened.craft, claim, output, source)

    def _compared(self, craft: OpenColoring, claim: Claim, output: bytes, source: bytes) -> Agreement | Finding:
        try:
            again = craft.colored(_arrived(claim, source), source, Stages(0.0)).data
        except ImageError as error:
            return Finding(claim.output_uri, "RECOMPUTED_DIFFERS", claim.sha256, f"{error.code}: {error}")
        except MemoryError:
            return Finding(claim.output_uri, "NOT_RECOMPUTABLE", "", "no memory for a picture of this size")
        except EngineError as error:
            raise WorldError("ENGINE_FAILED", str(error)) from error
        if again == output:
            return "the same bytes"
        is_same = claim.cpu in ("", self._cpu)
        return agreement(claim, output, again, is_same, _is_lossy(claim.output_uri, self._settings))

    def close(self) -> None:
        """Lets go of the network."""
        if self._opened.craft is not None:
            self._opened.craft.close()
        self._run_id, self._settings, self._opened = "", None, _Opened()

    def _of(self, run_id: str) -> _Opened:
        if run_id != self._run_id:
            self._open(run_id)
            self._run_id = run_id
        return self._opened

    def _open(self, run_id: str) -> None:
        try:
            run = recorded(self._store, self._asked.log, run_id)
            if run is None:
                raise PreflightError("its run left no _run.json")
            settings = rebuilt(run, self._asked)
            if settings != self._settings:  # the next run of one command has the same network
                self.close()
                self._opened = self._loaded(settings, run)
                self._settings = settings
        except ColorizerError as error:
            self.close()
            self._opened = _Opened(why=" ".join(str(error).split()))

    def _loaded(self, settings: RunSettings, run: Recorded) -> _Opened:
        order = order_of(settings, self._store)
        if not isinstance(order.craft, Coloring):
            raise PreflightError("its run coloured nothing")
        changed = [
            f"{key} was {run.shape.get(key)!r} and is {its!r}"
            for key, its in order.shape.items()
            if run.shape.get(key) != its
        ]
        craft = order.craft.open(self._store, Progress(), 1)
        return _Opened(order.provenance.fingerprint, craft, ", ".join(changed) or "what shapes an output is another")


def rebuilt(run: Recorded, asked: VerifySettings) -> RunSettings:
    """The settings of a run, with the places of this machine.

    Raises:
        PreflightError: another version wrote them, or its engine is the user's own and was not allowed.
    """
    here: dict[str, Any] = {"model_cache": asked.model_cache, "mirror": asked.mirror or _mirror(run)}
    try:
        settings = RunSettings(**{**run.settings, **here})
    except ValidationError as error:
        keys = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        raise PreflightError(f"the settings of its run are another version's: {keys}") from None
    if ":" in settings.engine and settings.engine != asked.engine:
        raise PreflightError(f"the log names an engine of its user's own; to run it, say --engine {settings.engine}")
    return settings


def agreement(
    claim: Claim, output: bytes, again: bytes, is_same_processor: bool, is_lossy: bool
) -> Agreement | Finding:
    """How two files of other bytes agree as pictures.

    Args:
        claim: what the log says.
        output: the file that is there.
        again: the one that was made again.
        is_same_processor: whether both come from processors of one name; then no sample may differ.
        is_lossy: whether their format loses something: then it is means that are compared.
    """
    try:
        one, other = decode(output, _ANY_SIZE), decode(again, _ANY_SIZE)
    except ImageError as error:
        return Finding(claim.output_uri, "RECOMPUTED_DIFFERS", claim.sha256, f"{error.code}: {error}")
    apart = levels_apart(one, other)
    if apart == 0:
        return "the same pixels"
    if apart is not None and not is_same_processor:
        if apart <= 1:
            return "within 1 level on another processor"
        if is_lossy and (means_apart(one, other) or 0) <= 1:
            return "means within 1 level on another processor (lossy format)"
    found = "another size, alpha or bits a sample" if apart is None else f"up to {apart:.4g} levels"
    where = "" if is_same_processor else f", on another processor than {claim.cpu}"
    return Finding(claim.output_uri, "RECOMPUTED_DIFFERS", claim.sha256, found + where)


def _is_lossy(output_uri: str, settings: RunSettings | None) -> bool:
    """JPEG 2000 loses nothing unless it is told a quality."""
    made = format_of(output_uri)
    return made in ("jpeg", "webp") or (made == "jp2" and settings is not None and settings.quality is not None)


def _mirror(run: Recorded) -> str | None:
    """That of the run, where the log was not kept from telling it whole."""
    mirror = run.settings.get("mirror")
    return mirror if isinstance(mirror, str) and "…" not in mirror and without_secrets(mirror) == mirror else None


def _arrived(claim: Claim, source: bytes) -> Arrived:
    row = Row(0, claim.source_uri, claim.source, claim.output_uri, None)
    return Arrived(row, 0.0, 0.0, 0, Blob(source, claim.source), claim.source_sha256)
