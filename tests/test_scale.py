"""The scale bench answers, counts and plans what it should; its runs check themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.scale import Scale, write_manifest
from bench.untouched import Untouched
from jobs.meter import Unmetered
from jobs.pool import Event
from jobs.rows import Shard
from jobs.storage.stores import open_stores
from jobs.tally import Tally
from jobs.worker import Ready


class Here:
    """One such worker in this process."""

    workers = alive = nodes = 1
    meter = Unmetered()

    def __init__(self, how: Untouched) -> None:
        self._how, self._store = how, open_stores(how.stores)
        self._shards: list[Shard] = []

    def preflight(self, is_stopped: Callable[[], bool]) -> Ready | None:
        return Ready("here", 0)

    def has_room(self) -> bool:
        return not self._shards

    def quiet(self) -> bool:
        return not self._shards

    def submit_alone(self, shard: Shard) -> None:
        raise AssertionError("it does not die")

    def resume(self) -> None: ...

    def submit(self, shard: Shard) -> None:
        self._shards.append(shard)

    def wait(self, seconds: float) -> list[Event]:
        return [self._how.answer(self._shards.pop(), self._store)]

    def drain(self) -> None: ...

    def tally(self) -> Tally:
        return Tally()

    def close(self) -> None: ...


def test_a_run_without_photographs_answers_every_row_and_the_next_one_plans_what_failed(tmp_path: Path):
    write_manifest(tmp_path / "manifest.csv", 3000)
    first = Scale(tmp_path).first(Here)
    assert first["rows"] == 3000
    assert first["by_status"] == {"colorized": 2967, "failed": 30}
    second = Scale(tmp_path).second()
    assert (second["answers"], second["pending"]) == (2997, {"transient": 30})
