"""`python -m bench.drain`: how long a run takes to end after SIGTERM, which `ray job stop` waits 3 s for.

Two workers on a local Ray, photographs of 12 megapixels on disk, the embedded model.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.archive import large_photographs
from bench.processor import processor
from jobs.summary import STOPPED_EARLY

WORK = Path(__file__).resolve().parent / "work"
ROUNDS = 5


def drain(source: Path, out: Path) -> float:
    """Seconds from the signal, given once the first photographs are there, to the end of the process."""
    command = [
        sys.executable,
        "-m",
        "jobs.colorize",
        str(source),
        "--out",
        str(out),
        "--workers",
        "2",
        "--ray",
        "local",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while len(list(out.glob("*.jpg"))) < 2:
            time.sleep(0.01)
        begun = time.monotonic()
        run.send_signal(signal.SIGTERM)
        assert run.wait() == STOPPED_EARLY
    return time.monotonic() - begun


def main() -> None:
    source = large_photographs(WORK / "large-24")
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=WORK) as out:
            print(f"{drain(source, Path(out)):.2f} s", flush=True)
    print(processor())


if __name__ == "__main__":
    main()
