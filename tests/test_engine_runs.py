"""Runs with other engines: what the log says, what becomes stale, what is refused before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from colorizer_core.engines import processor
from jobs.errors import PreflightError, UsageError
from jobs.settings import RunSettings
from tests import runs

openvino = pytest.importorskip("openvino")
pytest.importorskip("onnxruntime")


@pytest.mark.parametrize("ray", ["none", "local"])
@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_run_says_in_every_row_what_ran_the_network(tmp_path: Path, ray: str, engine: str):
    source, out = runs.archive(tmp_path / "in", 4), tmp_path / "out"
    asked = ("--ray", ray, "--engine", engine, "--model-cache", str(tmp_path / "cache"))
    code, summary = runs.finished(runs.command(source, out, *asked))
    assert (code, summary["colorized"]) == (0, 4)
    told = {(row["engine"], row["precision"], row["device"]) for row in runs.log_rows(out)}
    assert told == {(engine, "fp32", "cpu")}
    assert all(runs.can_be_opened(data) for data in runs.outputs(out).values())


def test_another_engine_or_precision_makes_every_row_stale(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 2), tmp_path / "out"
    asked = [("opencv", "fp32"), ("openvino", "fp32"), ("openvino", "bf16")][: 3 if processor.has_bf16() else 2]
    cache = str(tmp_path / "cache")
    for engine, precision in asked:
        again = [runs.run(source, out, "none", engine=engine, precision=precision, model_cache=cache) for _ in range(2)]
        assert [summary.tried for summary in again] == [2, 0]
    rows = runs.log_rows(out)
    assert [(row["engine"], row["precision"]) for row in rows] == [how for how in asked for _ in range(2)]
    assert len({row["fingerprint"] for row in rows}) == len(asked)


@pytest.mark.parametrize("ray", ["none", "local"])
def test_what_can_not_run_here_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ray: str):
    source, out = runs.archive(tmp_path / "in", 1), tmp_path / "out"
    monkeypatch.setattr(processor, "flags", lambda: frozenset({"avx2"}))
    with pytest.raises(PreflightError, match="no instructions for bf16"):
        runs.run(source, out, ray, engine="openvino", precision="bf16")
    monkeypatch.setattr("jobs.engine_choice.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="pip install"):
        runs.run(source, out, ray, engine="onnxruntime")
    assert not out.exists()


def test_a_worker_takes_a_gpu_where_it_was_asked_for():
    asked = {"manifest": "m.csv", "out": "out", "gpus_per_worker": 0.25}
    assert RunSettings(**asked, device="cuda", engine="onnxruntime").gpus() == 0.25
    assert RunSettings(**asked).gpus() == 0
    assert RunSettings(manifest="m.csv", out="out", device="cuda").gpus() == 1


def test_a_gpu_computes_together_what_the_threads_of_a_worker_bring():
    asked = {"manifest": "m.csv", "out": "out", "engine": "onnxruntime"}
    assert RunSettings(**asked, device="cuda").batch_size(8) == 8
    assert RunSettings(**asked, device="cuda", batch=3).batch_size(8) == 3
    assert RunSettings(**asked, device="cuda", batch=3).batch_size(2) == 2
    assert RunSettings(**asked).batch_size(8) == 1


def test_a_node_that_can_not_run_it_is_refused_by_its_worker(tmp_path: Path, ray_cluster: str):
    """The driver of a cluster need not be able to. This node says that it has a GPU, and has none that can be used."""
    source, out = runs.archive(tmp_path / "in", 1), tmp_path / "out"
    with pytest.raises(PreflightError, match=r"a worker can't start: .*can't use cuda"):
        runs.run(source, out, ray_cluster, engine="onnxruntime", device="cuda", workers=1, shared_files=True)
    assert runs.outputs(out) == {}
