"""A short campaign of faults over the whole job on Ray: `python -m bench.faults` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.faults.campaign import Campaign
from bench.faults.place import files_below
from bench.faults.proof import NotHeldError, answered
from tests import runs
from tests.rgw import missing

FAULTS = 4


@pytest.mark.timeout(900)
@pytest.mark.parametrize("place", ["disk", "bucket"])
def test_after_random_faults_every_row_has_one_answer_and_every_output_its_bytes(tmp_path: Path, place: str):
    if place == "bucket" and (reason := missing()):
        pytest.skip(reason)
    told = Campaign(tmp_path, seed=4, rows=80, every=1.0, places=[place]).run(FAULTS, archives=1)
    assert told.faults.total() > 0  # a fault that is set and meets no row does not count
    assert told.rows == 84


def test_the_proof_sees_what_is_not_held(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 4), tmp_path / "out"
    runs.run(source, out, "none")
    whole = files_below(out)
    assert len(answered(str(out), whole).rows) == 4
    name, other = sorted(name for name in whole if name.endswith(".jpg"))[:2]
    part = next(name for name in whole if "/part-" in name)
    broken = {
        "not in the output": {key: data for key, data in whole.items() if key != name},
        "not the bytes": whole | {name: whole[other]},
        "in no log": whole | {"box-0/plate.tmp": b"half"},
        "two answers in one run": whole | {part.replace("-0.parquet", "-1.parquet"): whole[part]},
        "left in the log": whole | {"colorizer-log/_tmp/x": b"half"},
    }
    for message, files in broken.items():
        with pytest.raises(NotHeldError, match=message):
            answered(str(out), files)
