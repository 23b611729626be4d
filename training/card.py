"""Writes the model card: `python -m training.card RUN FOLDER --data DIR --eval PARQUET --prior NPY`.

Everything in it comes from the run and the figures, but for what somebody saw: the section "What fails" is that of the
card before.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq

from training.checkpoint import Checkpoint, load_checkpoint
from training.evaluate import Figures, figures
from training.export import NAME as CALIBRATION
from training.model_folder import NAMES, read_model
from training.train import DESCRIPTION

CARD = "README.md"
FAILS, MADE = "## What fails", "## How it was made"

HEADER = """| | AuC plain | AuC rebalanced | RMSE of ab | mean chroma, share of the truth's | colourfulness |
|---|---|---|---|---|---|"""

TEXT = """# {name}: the embedded model

*Written by `python -m training.card`, but for "What fails".*

The network of Zhang, Isola and Efros (*Colorful Image Colorization*, ECCV 2016) at {width} of its width and with an input of
{size} × {size} pixels (published: 224 × 224), {megabytes:.1f} MB in half precision, written and trained by this repository.

**For** the demo, tests, and drafts of what a run will look like. **Not for** publication, or for anything that takes its
colours for evidence: they are invented.

## Figures

On {photographs} photographs that it was not trained on, at the network's output size: the area under the curve of the ab error
over thresholds of 0 … 150, of all pixels, and of pixels weighed by the inverse of their colour's share in the published prior;
colourfulness after Hasler and Süsstrunk 2003. `ab` is the training photographs' best constant colour.

{table}

Photograph {heaviest} alone has {share:.0%} of the rebalanced weight, for its colour is all but absent from that prior.
Without it:

{without}

{fails}{made}

{minutes:.0f} minutes of training, {drawn:,} photographs drawn in {steps:,} steps, {precision}, PyTorch {torch} on {machine}:

```
{command}
python -m training.export RUN FOLDER --data DIR
```

The export adds {preference:g} times the logarithm of the loss's class weights to the logits and multiplies them by
{sharpness:g}: both numbers were found on photographs held out of the training. The recipe is in
[training/README.md](../../training/README.md).

## Photographs

{seen:,}, of 64 to 192 pixels a side. Their licences differ by set and most are for research only; none of the photographs
is in this repository. The weights are given under the repository's licence (Apache-2.0) as far as the photographs'
licences leave that to us.

| licence | photographs | sets |
|---|---|---|
{sets}"""


def main() -> None:
    options = parse()
    run = load_checkpoint(options.run)
    found = figures(read_model(options.folder), options.eval, options.prior, options.data)
    path = options.folder / CARD
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(card(options, run, found, kept(before)), encoding="utf-8")


def card(options: argparse.Namespace, run: Checkpoint, found: Figures, fails: str) -> str:
    """The whole text."""
    described, calibrated = (json.loads((options.run / name).read_text()) for name in (DESCRIPTION, CALIBRATION))
    sets, seen = licences(options.data)
    return TEXT.format(
        name=options.folder.name,
        width=f"{run.width:g}",
        size=run.size,
        megabytes=sum((options.folder / name).stat().st_size for name in NAMES) / 1e6,
        photographs=pq.read_metadata(options.eval).num_rows,
        table=table(found),
        heaviest=found.heaviest,
        share=found.share,
        without=table(found, alone=False),
        fails=fails,
        made=MADE,
        minutes=run.seconds / 60,
        drawn=run.photographs,
        steps=run.step,
        seen=seen,
        sets=sets,
        **described,
        **calibrated,
    )


def table(found: Figures, alone: bool = True) -> str:
    """The figures in Markdown: of all photographs, or without the one that counts most."""
    scores = found.scores if alone else found.without
    lines = [HEADER]
    for name, one in list(scores.items())[:-1]:
        colours = f"{found.colourfulness[name]:.1f}" if alone else ""
        lines.append(
            f"| {name} | {one.plain:.2f} | {one.rebalanced:.2f} | {one.rmse:.2f} | {one.chroma_ratio:.2f} | {colours} |"
        )
    if alone:
        lines.append(f"| the truth | | | | 1.00 | {list(found.colourfulness.values())[-1]:.1f} |")
    return "\n".join(lines)


def licences(folder: Path) -> tuple[str, int]:
    """The rows of the table of licences, most photographs first, and how many photographs there are in all."""
    sets: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob("*.parquet")):
        columns = pq.read_table(path, columns=["licence", "set"])
        for licence, name in zip(*(columns[column].to_pylist() for column in ("licence", "set")), strict=True):
            sets[licence][name] += 1
    rows = sorted(sets.items(), key=lambda pair: -pair[1].total())
    lines = [f"| {licence} | {found.total():,} | {', '.join(sorted(found))} |\n" for licence, found in rows]
    return "".join(lines), sum(found.total() for _, found in rows)


def kept(before: str) -> str:
    """The section that somebody wrote, of the card before; or that nobody has looked yet."""
    if FAILS not in before or MADE not in before:
        return f"{FAILS}\n\nNobody has looked yet.\n\n"
    return before[before.index(FAILS) : before.index(MADE)]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.card", description=__doc__)
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("folder", type=Path, help="the model's folder, which takes the card")
    parser.add_argument("--data", type=Path, required=True, help="the training photographs' folder")
    parser.add_argument("--eval", type=Path, required=True, help="a Parquet file of photographs to evaluate on")
    parser.add_argument("--prior", type=Path, required=True, help="(k,) .npy: share of each bin")
    return parser.parse_args()


if __name__ == "__main__":
    main()
