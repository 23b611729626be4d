"""A node short of memory, on real Ray: its monitor ends workers, and the row that took the memory is the one that is blamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import runs
from tests.ray_cluster import cluster_short_of_memory

COUNT = 12
SPARE = 3 * 2**30
"""Bytes for Ray, the driver and its workers (1 GiB), and for what else happens on this machine meanwhile."""


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="Ray's memory monitor measures on Linux only")
def test_the_row_for_which_ray_ends_its_worker_is_out_of_memory_and_all_others_are_coloured(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", COUNT), tmp_path / "out"
    (source / "box-0" / "poison.png").write_bytes(runs.white())
    with cluster_short_of_memory(SPARE) as address:
        summary = runs.run(source, out, address, engine="tests.faults:net_hoards", row_timeout=60)
    assert (summary.colorized, summary.by_code, summary.exit_code) == (COUNT, {"OUT_OF_MEMORY": 1}, 3)
    (blamed,) = [row for row in runs.log_rows(out) if row["status"] == "failed"]
    assert blamed["source_uri"].endswith("poison.png")
    assert "running low on memory" in blamed["message"]
    assert len(runs.outputs(out)) == COUNT
