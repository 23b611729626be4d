"""What `verify` found missing or damaged is made again: its findings, as `failures` takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cli import main
from tests import runs
from tests.verifying import NAMES, Archive, flipped


def test_what_is_missing_or_damaged_is_made_again_from_the_findings(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    archive.coloured()
    gone, broken, *_ = archive.outputs()
    whole = {uri: archive.store.read(uri).data for uri in archive.outputs()}
    archive.store.delete(gone)
    archive.store.write(broken, flipped(whole[broken]))
    archive.store.write(f"{archive.out}/stray.jpg", b"?")
    report, again = f"{archive.root}/findings.csv", tmp_path / "again.csv"
    archive.proof(orphans=True, findings=report)
    with pytest.raises(SystemExit) as ended:
        main(["failures", archive.out, "--findings", report, "-o", str(again)])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"2 rows → {again}\n")
    summary = runs.run(again, archive.out, "none", redo="all")
    assert (summary.rows, summary.tried_colorized) == (2, 2)
    assert {uri: archive.store.read(uri).data for uri in whole} == whole
    assert archive.proof().proven == len(NAMES)


@pytest.mark.parametrize(
    ("content", "asked", "said"),
    [
        (b"a,b\n1,2\n", (), "is no file that `colorizer verify -o` wrote"),
        (None, (), "can't be read"),
        (b"", ("--code", "NOT_FOUND"), "give one of them"),
    ],
)
def test_what_are_no_findings_is_refused(
    on_disk: Archive, tmp_path: Path, content: bytes | None, asked: tuple[str, ...], said: str,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    on_disk.coloured()
    file = tmp_path / "findings.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["failures", on_disk.out, "--findings", str(file), *asked])
    assert ended.value.code == (5 if content is None else 2)
    assert said in " ".join(capsys.readouterr().err.split())
