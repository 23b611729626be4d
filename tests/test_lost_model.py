"""A model, or its engine, that can no longer be loaded while a run goes on, on real Ray: the world's, and no row's."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.summary import Summary
from tests import models, runs
from tests.engines import BROKEN
from tests.processes import own_ray_workers
from tests.ray_cluster import running_cluster

COUNT = 60


@pytest.fixture(scope="module")
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Once this file is there, the engine of these tests can't be built."""
    return tmp_path_factory.mktemp("engine") / "broken"


@pytest.fixture(scope="module")
def cluster(mark: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BROKEN, str(mark))  # its workers inherit it
        with running_cluster() as found:
            yield found


def taken_away(model: Path, _mark: Path) -> None:
    model.rename(model.with_name("elsewhere"))


def cut_short(model: Path, _mark: Path) -> None:
    weights = next(model.glob("*.caffemodel"))
    weights.write_bytes(weights.read_bytes()[:1000])


def engine_broken(_model: Path, mark: Path) -> None:
    mark.touch()


def run(source: Path, out: Path, model: Path, cluster: str) -> Summary:
    options = {"engine": "tests.engines:breakable", "model": str(model), "shard_seconds": 1}
    return runs.run(source, out, cluster, **options)


@contextmanager
def killed_after(out: Path, ends: Callable[[], None], count: int) -> Iterator[None]:
    """Once a part of the log is there, something ends, and then so many of the two workers are killed."""
    killed: list[int] = []

    def kill() -> None:
        runs.wait_for(lambda: any(out.glob("colorizer-log/run=*/part-*")))
        ends()
        for worker in own_ray_workers()[:count]:
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)

    thread = threading.Thread(target=kill)
    thread.start()
    yield
    thread.join()
    assert len(killed) == count


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        (taken_away, "MODEL_LOST", "NOT_FOUND"),
        (cut_short, "MODEL_LOST", "1,000 bytes"),
        (engine_broken, "ENGINE_FAILED", "is broken"),
    ],
)
def test_where_no_successor_of_dead_workers_can_load_the_model_the_run_stops_and_the_same_command_completes_later(
    tmp_path: Path, cluster: str, mark: Path, ends: Callable[[Path, Path], None], code: str, said: str
):
    source, out, model = runs.archive(tmp_path / "in", COUNT), tmp_path / "out", tmp_path / "model"
    shutil.copytree(models.MINI, model)
    with killed_after(out, lambda: ends(model, mark), 2):
        summary = run(source, out, model, cluster)
    assert (summary.exit_code, summary.stopped_code, summary.by_code) == (4, code, {})
    assert "no worker is left and none can be started" in str(summary.stopped)
    assert said in str(summary.stopped)
    assert 0 < summary.unanswered < COUNT

    shutil.rmtree(model, ignore_errors=True)
    shutil.copytree(models.MINI, model)
    mark.unlink(missing_ok=True)
    again = run(source, out, model, cluster)
    assert (again.exit_code, again.tried, again.colorized) == (0, summary.unanswered, COUNT)
    rows = runs.log_rows(out)
    assert len({row["output_uri"] for row in rows}) == len(rows) == COUNT


def test_while_a_worker_lives_the_run_goes_on_without_those_that_can_not_load_it(tmp_path: Path, cluster: str):
    source, out, model = runs.archive(tmp_path / "in", COUNT), tmp_path / "out", tmp_path / "model"
    shutil.copytree(models.MINI, model)
    with killed_after(out, lambda: shutil.rmtree(model), 1):
        summary = run(source, out, model, cluster)
    assert (summary.exit_code, summary.colorized, summary.unanswered) == (0, COUNT, 0)
