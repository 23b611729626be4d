"""What `colorizer verify` finds while a run is at work, and what it leaves as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import jobs.verify.prove as proving
from jobs.errors import PreflightError
from jobs.log import open_shard
from jobs.rows import NOTHING_STATED, Row, Shard
from tests import runs
from tests.verifying import NAMES, Archive

LATER = "r20990101T000000Z-0000"


@pytest.mark.parametrize("has_ended", [True, False])
def test_what_a_run_writes_while_it_is_verified_is_in_doubt_and_no_orphan(
    on_disk: Archive, monkeypatch: pytest.MonkeyPatch, has_ended: bool
):
    on_disk.coloured()
    before = {uri: on_disk.store.read(uri).data for uri in on_disk.outputs()}
    new = f"{on_disk.out}/new.jpg"
    planned = proving._planned

    def planned_before_a_run(*arguments: Any) -> Any:
        plan = planned(*arguments)
        if has_ended:
            on_disk.store.write(f"{on_disk.root}/in/new.jpg", runs.picture(99))
            on_disk.run(quality=30)
            return plan
        outputs = [new, f"{on_disk.out}/a.jpg"]
        rows = tuple(Row(number, "mem://in", NOTHING_STATED, uri, None) for number, uri in enumerate(outputs))
        open_shard(on_disk.store, on_disk.log, LATER, Shard(0, 0, rows))
        for uri in outputs:
            on_disk.store.write(uri, runs.picture(99))
        return plan

    monkeypatch.setattr(proving, "_planned", planned_before_a_run)
    proof = on_disk.proof(orphans=True)
    changed = sum(on_disk.store.read(uri).data != data for uri, data in before.items())
    assert on_disk.store.read(new).data
    assert (proof.findings, proof.orphans, proof.exit_code) == ({}, 0, 3)
    assert (proof.in_doubt, proof.proven) == (changed, len(NAMES) - changed)
    assert changed


def test_what_a_place_was_tried_with_is_no_orphan(on_disk: Archive):
    on_disk.coloured()
    for name in ("_colorizer-probe", "_colorizer-probe-new"):
        on_disk.store.write(f"{on_disk.out}/{name}", b"1")
    assert on_disk.proof(orphans=True).orphans == 0


def test_the_last_findings_stay_where_there_is_no_log(on_disk: Archive, tmp_path: Path):
    report = tmp_path / "findings.csv"
    report.write_text("of the last month")
    with pytest.raises(PreflightError, match="there is no log at"):
        on_disk.proof(findings=str(report))
    assert report.read_text() == "of the last month"
