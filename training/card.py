"""Writes the model card: `python -m training.card RUN FOLDER --data DIR --eval PARQUET --prior NPY`.

It comes from the run and the figures, but for what somebody saw: the section "What fails" is that of the card before, as
long as that card is of the same weights.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq

from training.checkpoint import Checkpoint, load_checkpoint
from training.evaluate import Figures, figures
from training.export import Exported, load_exported
from training.model_folder import NAMES, read_model, weights_sha256
from training.score import Score

CARD = "README.md"
FAILS, MADE = "## What fails", "## How it was made"

TEXT = """# {name}: the embedded model

*Written by `python -m training.card`, but for "What fails".*

The network of Zhang, Isola and Efros (*Colorful Image Colorization*, ECCV 2016) at {width:g} of its width and with an input of
{size} × {size} pixels (published: 224 × 224), {megabytes:.1f} MB in half precision, written and trained by this repository.

**For** the demo, tests, and drafts of what a run will look like. **Not for** publication, or for anything that takes its
colours for evidence: they are invented.

## Figures

On {photographs} photographs that it was not trained on, at the network's output size: the area under the curve of the ab error
over thresholds of 0 … 150 (AuC), of all pixels, and of pixels weighed by the inverse of their colour's share in {prior};
colourfulness after Hasler and Süsstrunk 2003. `ab` is the training photographs' best constant colour.

{table}

One photograph alone, {heaviest}, has {share:.0%} of the rebalanced weight, so that this figure is mostly about it. Without it:

{without}

{fails}{made}

{minutes:.0f} minutes of training, {drawn:,} photographs drawn in {steps:,} steps:

{sessions}{calibration} The recipe is in [training/README.md](../../training/README.md). The weights' sha256 is
{sha256}.

## Photographs

{seen:,} lay there; gray ones were left out. Their licences differ by set, and none of them is in this repository. The weights are
given under the repository's licence (Apache-2.0) as far as the photographs' licences leave that to us.

| licence | photographs | sets |
|---|---|---|
{sets}"""


def main() -> int:
    options = parse()
    exported = load_exported(options.run)
    if exported.sha256 != weights_sha256(options.folder):
        print(f"{options.folder} does not hold what was last exported of {options.run}", file=sys.stderr)
        return 1
    path = options.folder / CARD
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    found = figures(read_model(options.folder), options.eval, options.prior, options.data)
    path.write_text(card(options, load_checkpoint(options.run), exported, found, before), encoding="utf-8")
    return 0


def card(options: argparse.Namespace, run: Checkpoint, exported: Exported, found: Figures, before: str) -> str:
    """The whole text; `before` is that of the last one, or nothing."""
    sets, seen = licences(options.data)
    return TEXT.format(
        name=options.folder.name,
        width=run.width,
        size=run.size,
        megabytes=sum((options.folder / name).stat().st_size for name in NAMES) / 1e6,
        photographs=found.photographs,
        prior=options.prior.name,
        table=table(found.scores, found.colourfulness),
        heaviest=found.heaviest,
        share=found.share,
        without=table(found.without),
        fails=kept(before, exported.sha256),
        made=MADE,
        minutes=run.seconds / 60,
        drawn=run.photographs,
        steps=run.step,
        sessions="".join(map(session, run.sessions)),
        calibration=calibration(exported),
        sha256=exported.sha256,
        seen=seen,
        sets=sets,
    )


def session(told: Mapping[str, str]) -> str:
    """One start of the training."""
    mark = "<!-- not-run: it takes hours, and photographs that are not here -->"
    return f"{mark}\n```\n{told['command']}\n```\n\non {told['machine']}, {told['precision']}, PyTorch {told['torch']}.\n\n"


def calibration(exported: Exported) -> str:
    """What the export did to the last layer."""
    one = exported.calibration
    found = "found on photographs held out of the training" if exported.is_calibrated else "given"
    return (
        f"The export added {one.preference:g} times the logarithm of the loss's class weights to the logits and multiplied\n"
        f"them by {one.sharpness:g}, both numbers {found}."
    )


def table(scores: Mapping[str, Score], colourfulness: Mapping[str, float] | None = None) -> str:
    """The figures in Markdown; of the truth, which comes last, only its colourfulness."""
    heads = ["", "AuC plain", "AuC rebalanced", "RMSE of ab", "mean chroma, share of the truth's"]
    rows = [
        [name, f"{one.plain:.2f}", f"{one.rebalanced:.2f}", f"{one.rmse:.2f}", f"{one.chroma_ratio:.2f}"]
        for name, one in scores.items()
    ]
    if colourfulness is None:
        rows = rows[:-1]
    else:
        heads.append("colourfulness")
        rows = [[*row, f"{colourfulness[row[0]]:.1f}"] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *rows])


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


def kept(before: str, sha256: str) -> str:
    """The section that somebody wrote of these weights, in the card before; or that nobody has looked yet."""
    if sha256 not in before or FAILS not in before or MADE not in before:
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
    sys.exit(main())
