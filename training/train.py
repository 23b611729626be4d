"""Trains the network: `python -m training.train --data DIR --out training/runs/NAME`. Goes on with `--resume`."""

from __future__ import annotations

import argparse
import copy
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from bench.processor import processor
from colorizer_core.palette import load_points, published_points
from training import data
from training.checkpoint import NAME, Checkpoint, load_checkpoint
from training.encoding import class_weights, encoding
from training.network import Network
from training.trainer import Settings, Trainer

PRIOR_BATCHES = 200
PRIOR_FLOOR = 1e-5  # share that every bin is given, so that a colour never seen has a finite weight


def main() -> int:
    settings = parse()
    if not settings.resume and (settings.out / NAME).exists():
        sys.exit(f"{settings.out} has a checkpoint: --resume goes on from it, another --out begins anew")
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
    run = replace(run, sessions=(*run.sessions, described(settings)))
    trainer = Trainer(settings, run, training, held_out)
    try:
        trainer.train()
    except KeyboardInterrupt:
        print("stopped; the same command with --resume goes on", flush=True)
        return 130
    finally:
        trainer.save()
    return 0


def described(settings: Settings) -> dict[str, str]:
    """What the model card says of how the run was made."""
    gpu = torch.cuda.get_device_name() if settings.device.startswith("cuda") else None
    return {
        "command": " ".join(["python -m training.train", *sys.argv[1:]]),
        "machine": gpu or f"{settings.threads} threads of {processor()}",
        "precision": settings.precision,
        "torch": str(torch.__version__),
    }


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
        uniform=settings.uniform,
        network=state,
        average=copy.deepcopy(state),
        optimizers=[],
        step=0,
        photographs=0,
        seconds=0.0,
        sessions=(),
    )


def parse() -> Settings:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of Parquet files with columns id, set, jpeg")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder: checkpoint.pt")
    parser.add_argument("--palette", type=Path, help="the palette: a (k, 2) .npy (default: the published one)")
    parser.add_argument("--width", type=float, default=0.25, help="fraction of the published width")
    parser.add_argument("--size", type=int, default=128, help="side of the input, a multiple of 8")
    parser.add_argument("--minutes", type=float, default=78, help="training time in all, resumed runs included")
    parser.add_argument(
        "--photographs", type=int, help="in place of --minutes: drawn in all, so that a busy machine does not matter"
    )
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=6e-3, help="the highest learning rate")
    parser.add_argument("--uniform", type=float, default=0.5, help="λ of the rebalancing: 1 is none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=float, default=4, help="minutes between checkpoints")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    parser.add_argument("--loaders", type=int, default=1, help="threads that prepare photographs; more for a GPU")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=("bf16", "fp32"), default=None, help="default: bf16 where it is fast")
    options = vars(parser.parse_args())
    options["precision"] = options["precision"] or fast_precision(options["device"])
    return Settings(**options)


def fast_precision(device: str) -> str:
    """bf16 where the processor or the GPU computes in it."""
    if device == "cpu":
        return "bf16" if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported() else "fp32"
    return "bf16" if torch.cuda.is_bf16_supported() else "fp32"


if __name__ == "__main__":
    sys.exit(main())
