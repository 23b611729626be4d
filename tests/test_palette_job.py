"""The palette job on the plain loop and on Ray: every photograph counted once, whatever happens to the run or the source."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import duckdb
import numpy as np
import pytest

from colorizer_core.collection import kmeans, prior
from colorizer_core.histogram import SIDE, Counts, histogram
from colorizer_core.image.decode import decode
from colorizer_core.palette import load_points, published_points
from jobs import palette
from jobs.configuration import configured_as
from jobs.errors import PreflightError, WorldError
from jobs.palette import Made
from jobs.palette_files import PaletteFiles
from jobs.settings import PaletteSettings
from tests import runs


def coloured(seed: int) -> bytes:
    """A PNG of smooth colours, so that it has the same ones when it is read."""
    noise = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), np.uint8)
    return cv2.imencode(".png", cv2.resize(noise, (64, 48)))[1].tobytes()


def collection(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for seed in range(count):
        (folder / f"plate-{seed:03d}.png").write_bytes(coloured(seed))
    return folder


def made(manifest: Path, out: Path, ray: str = "none", **options: Any) -> Made:
    flags = {"manifest": str(manifest), "out": str(out), "ray": ray, "workers": 2, "k": 8, "every": 1, **options}
    settings, _ = configured_as(PaletteSettings, flags, {})
    return palette.run(settings, None, io.StringIO())


def counted(*files: Path) -> Counts:
    whole = np.zeros((SIDE, SIDE), np.int64)
    for file in files:
        found = histogram(decode(file.read_bytes(), 10**9))
        whole.reshape(-1)[found.bins] += found.counts
    return whole


def test_the_palette_is_that_of_all_photographs_together(tmp_path: Path, ray: str):
    source = collection(tmp_path / "in", 9)
    out = tmp_path / "out" / "palette.npy"
    came = made(source, out, ray)
    whole = counted(*source.iterdir())
    points = load_points(out.read_bytes())
    assert np.array_equal(points, kmeans(whole, 8))
    told = json.loads(out.with_suffix(".json").read_text())
    assert told["prior"] == pytest.approx(prior(whole, points).tolist(), abs=1e-8)
    assert (told["photographs"], told["pixels"], told["k"]) == (9, 9 * 64 * 48, 8)
    assert cv2.imread(str(out.with_suffix(".png"))).shape == (1024, 1024, 3)
    assert (came.exit_code, came.pixels, came.points, came.summary.counted) == (0, 9 * 64 * 48, 8, 9)
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "palette-log", "palette.json", "palette.npy", "palette.png"
    ]  # fmt: skip


def test_the_same_command_counts_nothing_again_and_another_k_only_makes_the_palette_again(tmp_path: Path):
    source, out = collection(tmp_path / "in", 5), tmp_path / "palette.npy"
    made(source, out)
    first = out.read_bytes()
    again = made(source, out)
    assert (again.summary.tried, again.summary.counted, out.read_bytes()) == (0, 5, first)
    other = made(source, out, k=3)
    assert (other.summary.tried, len(load_points(out.read_bytes()))) == (0, 3)
    grid = made(source, out, method="grid")
    assert grid.summary.tried == 0
    assert np.array_equal(load_points(out.read_bytes()), published_points())
    assert made(source, out, every=2).summary.tried == 5, "other pixels are other counts"


def test_what_has_no_colours_or_can_not_be_read_is_left_out_and_said(tmp_path: Path, ray: str):
    source = collection(tmp_path / "in", 3)
    (source / "gray.jpg").write_bytes(runs.picture(1))
    faint = np.random.default_rng(0).integers(120, 124, (40, 40, 3), np.uint8)
    (source / "faint.png").write_bytes(cv2.imencode(".png", faint)[1].tobytes())
    (source / "letter.txt").write_text("no picture")
    came = made(source, tmp_path / "palette.npy", ray)
    assert came.summary.by_code == {"GRAY": 2, "NOT_AN_IMAGE": 1}
    assert (came.summary.counted, came.summary.skipped, came.summary.failed, came.exit_code) == (3, 2, 1, 3)
    assert came.pixels == 3 * 64 * 48
    assert made(source, tmp_path / "palette.npy", near_gray=0).pixels == 3 * 64 * 48 + 40 * 40


def test_a_source_that_changed_counts_as_it_is_now(tmp_path: Path):
    source, out = collection(tmp_path / "in", 4), tmp_path / "palette.npy"
    made(source, out)
    (source / "plate-002.png").write_bytes(coloured(77) + b"more")
    came = made(source, out)
    assert came.summary.tried == 1
    assert np.array_equal(load_points(out.read_bytes()), kmeans(counted(*source.iterdir()), 8))


def test_a_row_that_stands_twice_counts_once_and_rows_of_other_manifests_do_not(tmp_path: Path):
    source, out = collection(tmp_path / "in", 4), tmp_path / "palette.npy"
    made(source, out)
    some = sorted(source.iterdir())[:2]
    manifest = tmp_path / "some.csv"
    manifest.write_text("\n".join(["uri", *map(str, [*some, some[0]])]))
    came = made(manifest, out)
    assert (came.summary.rows, came.summary.duplicates, came.pixels) == (3, 1, 2 * 64 * 48)
    assert np.array_equal(load_points(out.read_bytes()), kmeans(counted(*some), 8))


def test_after_a_kill_the_same_command_goes_on_and_counts_all_once(tmp_path: Path):
    source, out = collection(tmp_path / "in", 120), tmp_path / "palette.npy"
    asked = ["--ray", "none", "--shard-seconds", "0.1", "-k", "8", "--every", "1", "--heartbeat", "1s"]
    command = [sys.executable, "-m", "jobs.cli", "palette", str(source), "-o", str(out), *asked]
    process = subprocess.Popen(command, cwd=runs.ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    runs.wait_for(lambda: any(tmp_path.glob("palette-log/run=*/part-*")) or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    came = made(source, out)
    assert (came.summary.counted, came.exit_code) == (120, 0)
    assert np.array_equal(load_points(out.read_bytes()), kmeans(counted(*source.iterdir()), 8))


def test_until_every_row_is_answered_there_is_no_palette(tmp_path: Path):
    source, out = collection(tmp_path / "in", 3), tmp_path / "palette.npy"
    came = made(source, out, deadline=0.000001)
    assert (came.exit_code, came.points, out.exists()) == (75, None, False)
    assert "goes on from here" in "\n".join(came.lines())


def test_the_log_tells_the_colours_of_each_photograph(tmp_path: Path):
    source = collection(tmp_path / "in", 3)
    made(source, tmp_path / "palette.npy")
    parts = tmp_path / "palette-log" / "run=*" / "part-*.parquet"
    rows = duckdb.sql(
        f"select source_uri, status, list_sum(ab_counts), len(ab_bins) from '{parts}' order by 1"
    ).fetchall()
    assert [row[:3] for row in rows] == [(f"file://{path}", "counted", 64 * 48) for path in sorted(source.iterdir())]
    assert all(0 < row[3] <= 64 * 48 for row in rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"out": "IN/palette.npy"}, "lies in the input"),
        ({"log": "IN/log"}, "lies in the input"),
        ({"out": "folder.npy"}, "the palette can't be written: .*folder.npy"),
        ({"out": "/proc/nowhere/palette.npy", "log": "log"}, "/proc/nowhere"),
        ({"out": "stranger.npy"}, "stranger.png is there, and no .*stranger.npy that it would belong to"),
        ({"log": "of-a-run"}, "is that of `colorizer run`; give --log another place"),
    ],
)
def test_what_can_not_be_is_said(tmp_path: Path, options: dict[str, Any], said: str):
    source = collection(tmp_path / "in", 2)
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "stranger.png").write_bytes(b"a picture of somebody's")
    runs.run(source, tmp_path / "out", "none", log=str(tmp_path / "of-a-run"))
    places = {key: str(tmp_path / value.replace("IN", "in")) for key, value in options.items()}
    with pytest.raises(PreflightError, match=said):
        made(source, Path(places.pop("out", str(tmp_path / "palette.npy"))), **places)
    assert (tmp_path / "stranger.png").read_bytes() == b"a picture of somebody's"


def test_the_log_of_a_palette_is_none_for_a_run(tmp_path: Path):
    source = collection(tmp_path / "in", 1)
    made(source, tmp_path / "palette.npy")
    with pytest.raises(PreflightError, match="is that of `colorizer palette`"):
        runs.run(source, tmp_path / "out", "none", log=str(tmp_path / "palette-log"))


@pytest.mark.parametrize("name", ["p.png", "link.png"])
def test_a_palette_is_never_written_over_a_source_or_the_manifest(tmp_path: Path, name: str):
    source = collection(tmp_path / "in", 2)
    (source / "plate-000.png").rename(source / "p.png")
    (tmp_path / "elsewhere").symlink_to(source)
    (tmp_path / "link.png").symlink_to(source / "p.png")
    manifest = tmp_path / "some.txt"
    listed = source / name if name == "p.png" else tmp_path / name
    manifest.write_text(f"{listed}\n")
    np.save(source / "p.npy", np.zeros((1, 2)))  # an earlier palette's, so that what lies beside it may be its too
    before = (source / "p.png").read_bytes()
    with pytest.raises(PreflightError, match="the palette would be written over it"):
        made(manifest, tmp_path / "elsewhere" / "p.npy")
    assert (source / "p.png").read_bytes() == before
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps({"uri": str(source / "plate-001.png")}))
    with pytest.raises(PreflightError, match="written over the manifest"):
        made(rows, tmp_path / "rows.npy", manifest_format="jsonl")


def test_where_no_palette_can_be_made_it_says_why_and_what_was_counted(tmp_path: Path):
    source = collection(tmp_path / "in", 1)
    came = made(source, tmp_path / "palette.npy", k=60_000)
    assert (came.exit_code, came.summary.counted, came.points) == (3, 1, None)
    assert "60,000 centres were asked for" in str(came.obstacle)
    gray = runs.archive(tmp_path / "gray", 2)
    for method in ("kmeans", "grid"):
        came = made(gray, tmp_path / "none.npy", method=method)
        assert (came.exit_code, came.summary.by_code) == (3, {"GRAY": 2})
        assert "no palette: no photograph has colours" in "\n".join(came.lines())
    assert not (tmp_path / "none.npy").exists()


@pytest.mark.parametrize("obstacle", ["too many points", "a full store"])
def test_the_log_tells_that_no_palette_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obstacle: str):
    def full(*_: object) -> None:
        raise WorldError("STORE_FULL", "no room")

    source, is_full = collection(tmp_path / "in", 1), obstacle == "a full store"
    if is_full:
        monkeypatch.setattr(PaletteFiles, "put", full)
    came = made(source, tmp_path / "palette.npy", k=8 if is_full else 60_000)
    folder = tmp_path / "palette-log" / f"run={came.summary.run_id}"
    told = [json.loads((folder / name).read_text()) for name in ("_summary.json", "_status.json")]
    assert [one["exit_code"] for one in told] == [came.exit_code] * 2 == [4 if is_full else 3] * 2
    assert (told[0]["stopped"], told[0]["stopped_code"]) == (
        ("STORE_FULL: no room", "STORE_FULL") if is_full else (None,) * 2
    )
    assert [one["state"] for one in told[1:]] == ["stopped" if is_full else "complete"]
    monkeypatch.undo()
    again = made(source, tmp_path / "palette.npy")
    assert (again.summary.tried, again.exit_code, again.points) == (0, 0, 8)


@pytest.mark.parametrize(
    ("border", "share"), [("5%", 0.05), ("0.05", 0.05), (0, 0), ("0.0", 0), ("off", 0), (False, 0)]
)
def test_a_border_is_a_share(border: object, share: float):
    asked = {"manifest": "m.csv", "out": "p.npy", "border": border}
    assert configured_as(PaletteSettings, asked, {})[0].border == share


def test_without_scikit_learn_nothing_is_counted_in_vain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    source = collection(tmp_path / "in", 1)
    with pytest.raises(PreflightError, match="pip install"):
        made(source, tmp_path / "palette.npy")
    assert made(source, tmp_path / "palette.npy", method="grid").points == 313


def test_a_run_with_a_palette_has_no_other_colours(tmp_path: Path):
    """One point: every photograph has one ab, and only its lightness varies."""
    source = runs.archive(tmp_path / "in", 3)
    np.save(tmp_path / "one.npy", np.array([(20.0, -30.0)]))
    asked = {"engine": "opencv", "format": "png", "model_cache": str(tmp_path / "cache")}
    runs.run(source, tmp_path / "plain", "none", **asked)
    summary = runs.run(source, tmp_path / "out", "none", palette=str(tmp_path / "one.npy"), **asked)
    assert summary.colorized == 3
    for name, data in runs.outputs(tmp_path / "out").items():
        lab = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2LAB)
        middle = np.median(lab.reshape(-1, 3), axis=0)[1:] - 128
        assert np.abs(middle - (20, -30)).max() <= 2
        assert data != runs.outputs(tmp_path / "plain")[name]


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_palette_is_part_of_the_fingerprint_and_of_the_cached_forms(tmp_path: Path, engine: str):
    pytest.importorskip(engine)
    source, out = runs.archive(tmp_path / "in", 1), tmp_path / "out"
    asked: dict[str, Any] = {"engine": engine, "model_cache": str(tmp_path / "cache"), "format": "png"}
    outputs = []
    for point in (None, (40.0, 0.0), (-40.0, 0.0), None):
        if point is not None:
            np.save(tmp_path / "one.npy", np.array([point]))
            asked["palette"] = str(tmp_path / "one.npy")
        else:
            asked.pop("palette", None)
        assert runs.run(source, out, "none", **asked).tried == 1
        outputs.append(next(iter(runs.outputs(out).values())))
    assert outputs[0] == outputs[3]
    assert len(set(outputs)) == 3
