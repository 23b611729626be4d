"""Workers of several compute threads on one network: both compute, the bytes are the same, and a death costs nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.threads import shared_by
from tests import runs


def test_two_threads_compute_at_once_with_one_network(tmp_path: Path, ray: str):
    """The engine computes a picture only while another thread computes one too."""
    source, out = runs.archive(tmp_path / "in", 20), tmp_path / "out"
    summary = runs.run(source, out, ray, engine="tests.engines:paired", workers=1, cpus_per_worker=2)
    assert (summary.colorized, summary.unanswered, summary.exit_code) == (20, 0, 0)
    rows = runs.log_rows(out)
    assert len({row["output_uri"] for row in rows}) == len(rows) == 20


@pytest.mark.parametrize(
    ("cores", "workers", "threads"),
    [
        ([2], None, 2),
        ([64, 64], None, 2),
        ([64, 3], None, 1),  # a core would have nothing to do
        ([1], None, 1),
        ([], None, 1),  # of a cluster that has still to grow nothing is known
        ([4], 2, 2),
        ([4], 3, 1),  # all three find room
    ],
)
def test_two_threads_share_a_network_where_no_core_is_left_over(cores: list[int], workers: int | None, threads: int):
    assert shared_by(cores, workers) == threads


def test_the_bytes_are_those_of_one_thread(tmp_path: Path):
    source = tmp_path / "in"
    source.mkdir()
    for seed in range(6):
        (source / f"plate-{seed}.jpg").write_bytes(runs.picture(seed, 640 + seed, 480))
    for cpus in (1, 3):
        runs.run(source, tmp_path / str(cpus), "none", engine="opencv", cpus_per_worker=cpus)
    written = runs.outputs(tmp_path / "1")
    assert len(written) == 6
    assert runs.outputs(tmp_path / "3") == written


def test_a_row_that_ends_a_worker_of_two_threads_is_named_and_the_rest_is_coloured(tmp_path: Path, ray_cluster: str):
    source, out = runs.archive(tmp_path / "in", 12), tmp_path / "out"
    (source / "box-0" / "poison.png").write_bytes(runs.white())
    summary = runs.run(source, out, ray_cluster, engine=runs.DEADLY, workers=1, cpus_per_worker=2)
    assert (summary.colorized, summary.by_code, summary.unanswered) == (12, {"WORKER_LOST": 1}, 0)
    (blamed,) = [row for row in runs.log_rows(out) if row["status"] == "failed"]
    assert blamed["source_uri"].endswith("poison.png")
