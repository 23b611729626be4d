"""`python -m bench.faults --faults 500 --seed 1`: jobs on Ray through faults of every kind at random instants, then the proof.

Archives are coloured in turn on a small disk and in a bucket of a real S3 server behind a proxy that misbehaves. Workers, nodes
and drivers are killed and stopped, rows hang, disks fill, stores fail; the command is started again until it is complete. Then
each row must have exactly one newest answer, each output be whole and equal to an undisturbed run's, and nothing else lie there.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path

from bench.faults.campaign import PLACES, Campaign
from bench.faults.proof import NotHeldError
from bench.processor import processor
from jobs.run_folder import versions

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=20, help="how many must strike (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same choices (default: 1)")
    parser.add_argument("--rows", type=int, default=400, help="photographs of each archive (default: 400)")
    parser.add_argument(
        "--every", type=float, default=0.8, help="seconds between faults while workers work, in the mean (default: 0.8)"
    )
    parser.add_argument("--place", action="append", choices=PLACES, help="only there (default: in turn)")
    parser.add_argument("--save", action="store_true", help="keep the figures in bench/faults/figures.json")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    with tempfile.TemporaryDirectory(prefix="campaign-") as work:
        campaign = Campaign(Path(work), options.seed, options.rows, options.every, options.place or PLACES)
        try:
            told = campaign.run(options.faults)
        except NotHeldError as error:
            sys.exit(f"NOT HELD, seed {options.seed}, round {campaign.rounds}: {error}")
    figures = {"seed": options.seed, "processor": processor(), "rounds": campaign.rounds, **told.as_dict()}
    print(json.dumps(figures, indent=1))
    if options.save:
        content = json.dumps({**figures, "versions": versions()}, indent=1) + "\n"
        (HERE / "figures.json").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
