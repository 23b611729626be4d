"""A log of which a disk has lost something: the next run says which file it is and what to do, and that is enough."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.errors import PreflightError
from tests import runs


@pytest.mark.parametrize("name", ["run=*/part-*.parquet", "run=*/_run.json", "_lease/000001"])
@pytest.mark.parametrize("content", [b"", b"\0" * 300])
def test_a_file_that_is_emptied_is_named_and_once_deleted_the_run_goes_on(tmp_path: Path, name: str, content: bytes):
    source, out = runs.archive(tmp_path / "in", 4), tmp_path / "out"
    assert runs.run(source, out, "none").colorized == 4
    file = min((out / "colorizer-log").glob(name))
    answered = pq.read_table(file).num_rows if file.suffix == ".parquet" else 0
    file.write_bytes(content)
    with pytest.raises(PreflightError, match=r"delete it while no run is active") as refused:
        runs.run(source, out, "none")
    assert (str(file) in str(refused.value), refused.value.exit_code) == (True, 5)
    file.unlink()
    again = runs.run(source, out, "none")
    assert (again.colorized, again.unanswered, again.exit_code) == (4, 0, 0)
    assert again.tried == answered
