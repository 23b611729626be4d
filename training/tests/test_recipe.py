"""What training/ promises of its encoding and of a run: `make train-smoke`, in the venv with PyTorch."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from colorizer_core.palette import published_points
from training import card, export, train
from training.checkpoint import load_checkpoint
from training.encoding import class_weights, encoding
from training.model_folder import read_model
from training.trainer import Trainer

POINTS = published_points().astype(np.float64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hundred and thirty smooth coloured pictures."""
    rng = np.random.default_rng(1)
    small = [rng.integers(0, 256, (4, 4, 3), np.uint8) for _ in range(130)]
    jpegs = [cv2.imencode(".jpg", cv2.resize(one, (128, 96)))[1].tobytes() for one in small]
    table = {"id": [f"p{i}" for i in range(130)], "set": ["a"] * 130, "licence": ["CC0"] * 130, "jpeg": jpegs}
    pq.write_table(pa.table(table), tmp_path / "photographs.parquet")
    return tmp_path


def flattened(state: object) -> list[object]:
    """The numbers in a state, in order."""
    if isinstance(state, dict):
        return [number for key in state for number in flattened(state[key])]
    if isinstance(state, list | tuple):
        return [number for one in state for number in flattened(one)]
    return [state.tolist()] if isinstance(state, torch.Tensor) else [state]


def test_every_colour_is_shared_among_its_nearest_bins():
    table = encoding(POINTS)
    ab = torch.from_numpy(POINTS.T.astype(np.float32)).reshape(1, 2, 1, -1)
    cells = table.cells(ab).flatten()
    assert torch.equal(table.bins[cells][:, 0], torch.arange(len(POINTS)))
    assert torch.allclose(table.shares.sum(1), torch.ones(()))
    assert table.histogram(ab).sum() == pytest.approx(len(POINTS))


def test_the_weights_are_one_in_the_mean_of_the_prior_and_rare_colours_count_more():
    prior = torch.tensor([0.9, 0.09, 0.01], dtype=torch.float64)
    weights = class_weights(prior)
    assert float((weights * prior).sum()) == pytest.approx(1)
    assert weights[0] < weights[1] < weights[2]
    assert torch.allclose(class_weights(prior, uniform=1.0), torch.ones(3))


def test_a_run_of_seconds_goes_on_from_its_checkpoint_and_is_exported_as_three_files(folder, tmp_path, monkeypatch):
    run, model = tmp_path / "run", tmp_path / "model"
    start = ["train", "--data", str(folder), "--out", str(run), "--width", "0.125", "--size", "64", "--batch", "4"]
    monkeypatch.setattr("sys.argv", [*start, "--minutes", "0.1"])
    train.main()
    first = load_checkpoint(run)
    assert first.step > 0
    monkeypatch.setattr("sys.argv", [*start, "--minutes", "0.1", "--resume"])
    train.main()
    again = load_checkpoint(run)
    assert (again.step, again.photographs, again.seconds) == (first.step, first.photographs, first.seconds)
    for name in ("network", "optimizers"):
        assert flattened(getattr(again, name)) == flattened(getattr(first, name))
    assert len(again.sessions) == 2
    monkeypatch.setattr("sys.argv", ["export", str(run), str(model), "--data", str(folder)])
    assert export.main() == 0
    assert sorted(path.suffix for path in model.iterdir()) == [".caffemodel", ".npy", ".prototxt"]
    assert read_model(model).input_size == 64
    np.save(tmp_path / "prior.npy", load_checkpoint(run).prior.numpy())
    asked = [
        "--data",
        str(folder),
        "--eval",
        str(folder / "photographs.parquet"),
        "--prior",
        str(tmp_path / "prior.npy"),
    ]
    monkeypatch.setattr("sys.argv", ["card", str(run), str(model), *asked])
    for said in ("Nobody has looked yet.", "Too pale."):
        card.main()
        written = (model / card.CARD).read_text()
        assert said in written
        (model / card.CARD).write_text(written.replace("Nobody has looked yet.", "Too pale."))
    assert "| CC0 | 130 | a |" in written
    assert "found on photographs held out" in written
    monkeypatch.setattr("sys.argv", ["export", str(run), str(tmp_path / "other"), "--calibration", "0.5", "-0.3"])
    assert export.main() == 0
    monkeypatch.setattr("sys.argv", ["card", str(run), str(model), *asked])
    assert card.main() == 1


def test_a_count_of_photographs_gives_the_same_figures_however_long_it_takes(folder, tmp_path, monkeypatch):
    start = ["train", "--data", str(folder), "--width", "0.125", "--size", "64", "--batch", "4", "--photographs", "24"]
    monkeypatch.setattr("training.trainer.SETTLING", 2)
    runs = []
    for name in ("once", "again"):
        monkeypatch.setattr("sys.argv", [*start, "--out", str(tmp_path / name)])
        train.main()
        runs.append(load_checkpoint(tmp_path / name))
    assert [run.photographs for run in runs] == [24, 24]
    once, again = (torch.cat([one.flatten().double() for one in run.network.values()]) for run in runs)
    assert torch.allclose(once, again, rtol=1e-3, atol=1e-4)


def test_a_run_is_not_begun_over_another(folder, tmp_path, monkeypatch):
    (tmp_path / "checkpoint.pt").write_bytes(b"")
    monkeypatch.setattr("sys.argv", ["train", "--data", str(folder), "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match="--resume"):
        train.main()


def test_an_interrupted_run_keeps_what_it_learnt(folder, tmp_path, monkeypatch):
    run = tmp_path / "run"
    taken = iter(range(3))

    def interrupted(trainer: Trainer, *batch: torch.Tensor) -> torch.Tensor:
        if next(taken, None) is None:
            raise KeyboardInterrupt
        return train_batch(trainer, *batch)

    train_batch = Trainer.train_batch
    monkeypatch.setattr(Trainer, "train_batch", interrupted)
    start = ["train", "--data", str(folder), "--out", str(run), "--width", "0.125", "--size", "64", "--batch", "4"]
    monkeypatch.setattr("sys.argv", start)
    assert train.main() == 130
    assert load_checkpoint(run).step == 3
