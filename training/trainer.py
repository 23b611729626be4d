"""The loop over batches: what a step is, what changes as time goes, and the checkpoints."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from training import data, schedule
from training.checkpoint import Checkpoint
from training.encoding import class_weights, encoding
from training.muon import Muon
from training.network import Network
from training.score import Score, flat, rebalancing, score

AVERAGE_DECAY = 0.998  # of the weights' moving average, a step
WEIGHT_DECAY = 0.02
OTHERS = 0.5  # learning rate of what is no matrix (AdamW), as a part of the matrices' (Muon)
SETTLING = 60  # batches


@dataclass(frozen=True, slots=True)
class Settings:
    """One training run."""

    data: Path
    out: Path
    palette: Path | None
    width: float
    size: int
    minutes: float
    photographs: int | None
    batch: int
    rate: float
    uniform: float
    seed: int
    threads: int
    every: float
    resume: bool
    loaders: int
    device: str
    precision: str


class Trainer:
    """Trains a network from where its checkpoint is."""

    def __init__(
        self, settings: Settings, run: Checkpoint, training: data.Photographs, held_out: data.Photographs
    ) -> None:
        self.settings, self.run, self.training, self.held_out = settings, run, training, held_out
        device = settings.device
        self.table = encoding(run.points.numpy()).to(device)
        self.weights = class_weights(run.prior, settings.uniform).to(device)
        self.network = Network(run.width, len(run.points)).to(device)
        self.network.load_state_dict(run.network)
        self.average = copy.deepcopy(self.network).eval()
        self.average.load_state_dict(run.average)
        matrices = self.network.matrices()
        known = {id(matrix) for matrix in matrices}
        others = [parameter for parameter in self.network.parameters() if id(parameter) not in known]
        self.optimizers = (
            Muon(matrices, 0.0, WEIGHT_DECAY),
            torch.optim.AdamW(others, 0.0, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
        )
        for optimizer, state in zip(self.optimizers, run.optimizers, strict=False):
            optimizer.load_state_dict(state)
        self.step, self.photographs, self.seconds = run.step, run.photographs, run.seconds

    @property
    def progress(self) -> float:
        """How much of the time is gone, or of the photographs where their number was asked for: 0 … 1."""
        if self.settings.photographs:
            return self.photographs / self.settings.photographs
        return self.seconds / (60 * self.settings.minutes)

    def train(self) -> None:
        """Trains until the end, with a checkpoint and figures every few minutes."""
        while self.progress < 1:
            self.train_stage(schedule.crop_size(self.progress, self.settings.size))
        self.settle()

    def train_stage(self, size: int) -> None:
        """Trains on crops of one size until the next stage or the end."""
        settings = self.settings
        batches = data.batches(self.training, size, settings.batch, settings.seed + self.step, settings.loaders)
        saved = then = time.monotonic()
        losses: list[torch.Tensor] = []
        try:
            while self.progress < 1 and schedule.crop_size(self.progress, settings.size) == size:
                losses.append(self.train_batch(*(torch.from_numpy(array) for array in next(batches))))
                now = time.monotonic()
                self.seconds, then = self.seconds + now - then, now
                if now - saved > 60 * settings.every:
                    print(self.line(size, float(torch.stack(losses).mean())), flush=True)
                    self.save()
                    losses, saved, then = [], time.monotonic(), time.monotonic()
        finally:
            batches.close()

    def train_batch(self, lightness: torch.Tensor, ab: torch.Tensor) -> torch.Tensor:
        """One step of the optimizers; the loss before it."""
        rate = schedule.learning_rate(self.progress, self.settings.rate)
        for optimizer, part in zip(self.optimizers, (1.0, OTHERS), strict=True):
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                group["lr"] = rate * part
        self.network.train()
        with self.autocast():
            logits = self.network(self.placed(lightness))
        loss = self.table.cross_entropy(logits.float(), ab.to(self.settings.device), self.weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        self.photographs += len(lightness)
        self.follow()
        return loss.detach()

    def placed(self, lightness: torch.Tensor) -> torch.Tensor:
        """A batch on the device, in the order of memory that convolutions like."""
        return lightness.to(self.settings.device).to(memory_format=torch.channels_last)

    def autocast(self) -> torch.autocast:
        """bf16 for the convolutions, where that was asked for."""
        return torch.autocast(self.settings.device, torch.bfloat16, enabled=self.settings.precision == "bf16")

    @torch.no_grad()
    def follow(self) -> None:
        """Moves the average towards the network, faster while there is little to average."""
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for mean, newest in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(newest, 1 - decay)

    def settle(self) -> None:
        """Measures the averaged network's BatchNorms anew: so far they were averages of what other weights gave."""
        settled, settings = copy.deepcopy(self.average), self.settings
        batches = data.batches(self.training, settings.size, settings.batch, settings.seed, settings.loaders)
        try:
            some = (self.placed(torch.from_numpy(next(batches)[0])) for _ in range(SETTLING))
            torch.optim.swa_utils.update_bn(some, settled)
        finally:
            batches.close()
        self.average = settled

    @torch.no_grad()
    def figures(self) -> tuple[float, Score]:
        """The loss and the figures of the averaged network on the held-out photographs, at the full size."""
        inputs, true = data.pairs(self.held_out, self.settings.size)
        predicted, losses = [], []
        for lightness, ab in zip(torch.from_numpy(inputs).split(16), torch.from_numpy(true).split(16), strict=True):
            logits = self.average(self.placed(lightness))
            losses.append(float(self.table.cross_entropy(logits, ab.to(self.settings.device), self.weights)) * len(ab))
            predicted.append(self.table.annealed_mean(logits).cpu())
        weights = rebalancing(flat(true), self.run.points.numpy(), self.run.prior.numpy())
        return sum(losses) / len(true), score(flat(torch.cat(predicted).numpy()), flat(true), weights)

    def line(self, size: int, loss: float) -> str:
        """Progress, for the terminal and the run's log."""
        seen = f"step {self.step}  {self.photographs} photographs  {size} px"
        return f"{self.seconds / 60:6.1f} min  {seen}  loss {loss:.4f}"

    def save(self) -> None:
        """A checkpoint, with the figures of now."""
        loss, figures = self.figures()
        print(f"        held out: loss {loss:.4f}, {figures}", flush=True)
        Checkpoint(
            width=self.run.width,
            size=self.settings.size,
            points=self.run.points,
            prior=self.run.prior,
            network=self.network.state_dict(),
            average=self.average.state_dict(),
            optimizers=[optimizer.state_dict() for optimizer in self.optimizers],
            step=self.step,
            photographs=self.photographs,
            uniform=self.settings.uniform,
            seconds=self.seconds,
            sessions=self.run.sessions,
        ).save(self.settings.out)
