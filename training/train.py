"""Trains the network: `python -m training.train --data DIR --out training/runs/NAME`. Goes on with `--resume`."""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from colorizer_core.palette import load_points, published_points
from training import data, schedule
from training.checkpoint import Checkpoint, load_checkpoint
from training.encoding import Encoding, class_weights, encoding
from training.network import Network
from training.score import Score, score

AVERAGE_DECAY = 0.998  # of the weights' moving average, a step
PRIOR_BATCHES = 200
PRIOR_FLOOR = 1e-5  # share that every bin is given, so that a colour never seen has a finite weight
HELD_OUT_MOST = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """One training run."""

    data: Path
    out: Path
    palette: Path | None
    width: float
    size: int
    minutes: float
    batch: int
    rate: float
    uniform: float
    seed: int
    threads: int
    every: float
    resume: bool


def main() -> None:
    settings = parse()
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(settings.seed)
    started = time.monotonic()
    training, held_out = data.load(settings.data)
    print(
        f"{len(training.pixels)} photographs, {len(held_out.pixels)} held out, {time.monotonic() - started:.0f} s",
        flush=True,
    )
    run = load_checkpoint(settings.out) if settings.resume else begin(settings, training)
    Trainer(settings, run, training, held_out).train()


def begin(settings: Settings, training: data.Photographs) -> Checkpoint:
    """A run at step 0: the prior measured, the network initialised."""
    points = load_points(settings.palette.read_bytes()) if settings.palette else published_points().astype(np.float64)
    table = encoding(points)
    counts = torch.zeros(len(points), dtype=torch.float64)
    rng = np.random.default_rng(settings.seed)
    weights = data.draw_weights(training, settings.size // 2)
    for _ in range(PRIOR_BATCHES):
        counts += table.histogram(torch.from_numpy(data.draw(training, weights, settings.size // 2, 32, rng)[1]))
    prior = counts / counts.sum() + PRIOR_FLOOR
    prior /= prior.sum()
    network = Network(settings.width, len(points))
    network.expect(prior * class_weights(prior, settings.uniform))
    state = network.state_dict()
    return Checkpoint(
        width=settings.width,
        size=settings.size,
        points=torch.from_numpy(points),
        prior=prior,
        network=state,
        average=copy.deepcopy(state),
        optimizer={},
        step=0,
        photographs=0,
        seconds=0.0,
        held_out="",
    )


class Trainer:
    """The loop over batches, and what changes in it."""

    def __init__(
        self, settings: Settings, run: Checkpoint, training: data.Photographs, held_out: data.Photographs
    ) -> None:
        self.settings, self.run, self.training, self.held_out = settings, run, training, held_out
        self.table: Encoding = encoding(run.points.numpy())
        self.weights = class_weights(run.prior, settings.uniform)
        self.network = Network(run.width, len(run.points))
        self.network.load_state_dict(run.network)
        self.network.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        self.average.load_state_dict(run.average)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=0.02)
        if run.optimizer:
            self.optimizer.load_state_dict(run.optimizer)
        self.step, self.photographs, self.seconds = run.step, run.photographs, run.seconds

    @property
    def progress(self) -> float:
        """How much of the time is gone, 0 … 1."""
        return self.seconds / (60 * self.settings.minutes)

    def train(self) -> None:
        """Trains until the time is up, with a checkpoint and figures every few minutes and at the end."""
        while self.progress < 1:
            size = schedule.crop_size(self.progress, self.settings.size)
            self.train_stage(size)
        self.save()

    def train_stage(self, size: int) -> None:
        """Trains on crops of one size until the next stage or the end."""
        batches = data.batches(self.training, size, self.settings.batch, self.settings.seed + self.step)
        saved = then = time.monotonic()
        losses: list[float] = []
        while self.progress < 1 and schedule.crop_size(self.progress, self.settings.size) == size:
            losses.append(self.train_batch(*(torch.from_numpy(array) for array in next(batches))))
            now = time.monotonic()
            self.seconds, then = self.seconds + now - then, now
            if now - saved > 60 * self.settings.every:
                print(self.line(size, losses), flush=True)
                self.save()
                losses, saved, then = [], time.monotonic(), time.monotonic()
        batches.close()

    def train_batch(self, lightness: torch.Tensor, ab: torch.Tensor) -> float:
        """One step of the optimizer; the loss before it."""
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.learning_rate(self.progress, self.settings.rate)
        self.network.train()
        logits = self.network(lightness.to(memory_format=torch.channels_last))
        loss = self.table.cross_entropy(logits, ab, self.weights)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.photographs += len(lightness)
        self.follow()
        return float(loss.detach())

    @torch.no_grad()
    def follow(self) -> None:
        """Moves the average towards the network, faster while there is little to average."""
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for mean, newest in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(newest, 1 - decay)

    @torch.no_grad()
    def figures(self) -> Score:
        """The averaged network on the held-out photographs, at the full size."""
        pairs = [data.pair(pixels, self.settings.size) for pixels in self.held_out.pixels[:HELD_OUT_MOST]]
        inputs = torch.from_numpy(np.stack([lightness for lightness, _ in pairs]))[:, None]
        ab = torch.cat([self.table.annealed_mean(self.average(part)) for part in inputs.split(16)])
        true = np.stack([colours for _, colours in pairs])
        flat = (values.transpose(0, 2, 3, 1).reshape(-1, 2) for values in (ab.numpy(), true))
        return score(*flat, self.run.points.numpy(), self.run.prior.numpy())

    def line(self, size: int, losses: list[float]) -> str:
        """Progress, for the terminal and the run's log."""
        seen = f"step {self.step}  {self.photographs} photographs  {size} px"
        return f"{self.seconds / 60:6.1f} min  {seen}  loss {np.mean(losses):.4f}"

    def save(self) -> None:
        """A checkpoint, with the figures of now."""
        held_out = str(self.figures())
        print("        held out:", held_out, flush=True)
        Checkpoint(
            width=self.run.width,
            size=self.settings.size,
            points=self.run.points,
            prior=self.run.prior,
            network=self.network.state_dict(),
            average=self.average.state_dict(),
            optimizer=self.optimizer.state_dict(),
            step=self.step,
            photographs=self.photographs,
            seconds=self.seconds,
            held_out=held_out,
        ).save(self.settings.out)


def parse() -> Settings:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of Parquet files with columns id, set, jpeg")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder: checkpoint.pt")
    parser.add_argument("--palette", type=Path, help="the palette: a (k, 2) .npy (default: the published one)")
    parser.add_argument("--width", type=float, default=0.25, help="fraction of the published width")
    parser.add_argument("--size", type=int, default=128, help="side of the input, a multiple of 8")
    parser.add_argument("--minutes", type=float, default=60, help="training time in all, resumed runs included")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--uniform", type=float, default=0.5, help="λ of the rebalancing: 1 is none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=float, default=4, help="minutes between checkpoints")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    return Settings(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
