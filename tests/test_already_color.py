"""`--already-color`, blank pages and toned prints, through whole runs and `colorizer image`."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.kinds import TONES, toned
from examples.photographs import gray_photographs, paths
from jobs.cli import main
from tests import runs

FIGURES = ("colourfulness", "mean_chroma", "out_of_gamut", "delta_l_p99", "delta_l_max", "hue_entropy")


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A gray print, two toned ones, a colour photograph and an empty page."""
    folder = tmp_path / "in"
    folder.mkdir()
    photograph, print_ = cv2.imread(str(next(paths()))), next(gray_photographs())[1]
    pictures = {
        "blank": np.full((300, 200), 240, np.uint8),
        "colour": photograph,
        "cyanotype": toned(print_, TONES["cyanotype"]),
        "gray": print_,
        "sepia": toned(print_, TONES["strong sepia"]),
    }
    for name, pixels in pictures.items():
        cv2.imwrite(str(folder / f"{name}.jpg"), pixels)
    return folder


def told(out: Path) -> dict[str, tuple[str, str | None, str | None]]:
    """What the newest run says of each: status, code, kind."""
    rows = runs.log_rows(out)
    newest = [row for row in rows if row["run_id"] == rows[-1]["run_id"]]
    return {Path(row["source_uri"]).stem: (row["status"], row["code"], row["source_kind"]) for row in newest}


def test_colour_and_blanks_are_skipped_toned_prints_coloured_and_nothing_has_failed(mixed: Path, tmp_path: Path):
    out = tmp_path / "out"
    summary = runs.run(mixed, out, "none")
    assert told(out) == {
        "blank": ("skipped", "BLANK", None),
        "colour": ("skipped", "ALREADY_COLOR", None),
        "cyanotype": ("colorized", None, "toned"),
        "gray": ("colorized", None, "gray"),
        "sepia": ("colorized", None, "toned"),
    }
    assert (summary.colorized, summary.skipped, summary.failed, summary.exit_code) == (3, 2, 0, 0)
    assert sorted(runs.outputs(out)) == ["cyanotype.jpg", "gray.jpg", "sepia.jpg"]
    skipped = [row for row in runs.log_rows(out) if row["status"] == "skipped"]
    assert all(row["message"] and row["source_sha256"] and row["t_infer_ms"] is None for row in skipped)
    assert runs.run(mixed, out, "none").tried == 0


def test_they_are_coloured_when_asked_again_from_their_lightness_with_a_code(mixed: Path, tmp_path: Path):
    out = tmp_path / "out"
    runs.run(mixed, out, "none")
    assert runs.run(mixed, out, "none", already_color="recolor").tried == 0  # an answer is an answer until --redo
    summary = runs.run(mixed, out, "none", already_color="recolor", redo="ALREADY_COLOR", tolerate="0")
    assert told(out) == {"colour": ("colorized", "RECOLORED", "color")}
    assert (summary.colorized, summary.skipped, summary.failed, summary.exit_code) == (4, 1, 0, 0)
    assert summary.by_code == {"BLANK": 1, "RECOLORED": 1}
    assert (summary.tried, summary.tried_colorized, summary.known_failures) == (1, 1, 0)
    assert "colour.jpg" in runs.outputs(out)
    assert runs.run(mixed, out, "none", already_color="recolor").tried == 0


def test_every_coloured_row_has_its_figures_and_no_other_has(mixed: Path, tmp_path: Path):
    runs.run(mixed, tmp_path / "out", "none")
    for row in runs.log_rows(tmp_path / "out"):
        assert {row[figure] is not None for figure in FIGURES} == {row["status"] == "colorized"}
        flags = (row["review"] or "").split(",")
        assert ("one_tint" in flags) == (row["status"] == "colorized")  # the engine has one tint for all


def test_one_photograph_is_refused_with_the_way_to_colour_it(
    mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    asked = ["image", str(mixed / "colour.jpg"), str(tmp_path / "out.jpg"), "--engine", runs.QUICK]
    with pytest.raises(SystemExit) as ended:
        main(asked)
    said = capsys.readouterr().err
    assert ended.value.code == 5
    assert "ALREADY_COLOR" in said
    assert "--already-color recolor" in said
    assert not (tmp_path / "out.jpg").exists()
    with pytest.raises(SystemExit) as ended:
        main([*asked, "--already-color", "recolor"])
    assert ended.value.code == 0
    assert runs.can_be_opened((tmp_path / "out.jpg").read_bytes())
