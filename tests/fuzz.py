"""Real files with bytes changed, through the codec entry, for as long as one likes: `python -m tests.fuzz SECONDS FOLDER [SEED]`.

A child reads them, in its own limit of memory; what kills it, takes more than ten seconds, or raises what is no `ImageError`
or finds no memory is put into FOLDER and named. What was found stands in tests/test_kinds.py.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from colorizer_core.errors import ImageError
from colorizer_core.image.decode import read
from tests import kinds, models

MAX_PIXELS = 4_000_000
MEMORY = 256 << 20
"""Beyond what a child has when it begins."""
LONGEST = 10.0
Rng = np.random.Generator


def corpus() -> list[bytes]:
    """Files of every kind, made here; and the odd ones, where they are."""
    made = [file.data for file in kinds.FILES]
    robust = models.SHARED / "robust"
    found = [path.read_bytes() for path in sorted(robust.rglob("*")) if path.is_file()] if robust.is_dir() else []
    return [data for data in (*made, *found) if 16 < len(data) < 200_000]


def mutated(data: bytes, rng: Rng) -> bytes:
    """Bytes, or numbers of two or four of them, set to extremes; half of them near either end, where directories are."""
    whole = bytearray(data)
    for _ in range(int(rng.integers(1, 8))):
        reach = min(len(whole), 400) if rng.random() < 0.5 else len(whole)
        at = int(rng.integers(0, reach))
        at = len(whole) - 1 - at if rng.random() < 0.3 else at
        size = int(rng.choice([1, 1, 2, 4]))
        if rng.random() < 0.5:
            whole[at : at + size] = rng.bytes(size)
        else:
            number = int(rng.choice([0, 1, 2, 3, 7, 8, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1]))
            order = "little" if rng.random() < 0.5 else "big"
            whole[at : at + size] = (number % 256**size).to_bytes(size, order)
    return bytes(whole[: int(rng.integers(1, len(whole)))] if rng.random() < 0.05 else whole)


def work(link: Connection) -> None:
    """Reads what comes, and says what became of it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    while data := link.recv_bytes():
        try:
            read(data, MAX_PIXELS)
            link.send("picture")
        except ImageError as error:
            link.send(error.code if str(error) else f"{error.code} without a word")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is a find
            link.send(f"raised {error!r}")


def main(seconds: float, folder: Path, seed: int) -> int:
    rng, files = np.random.default_rng(seed), corpus()
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("fork")
    counts: dict[str, int] = {}
    ours, child = None, None
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if child is None or ours is None:
            ours, theirs = context.Pipe()
            child = context.Process(target=work, args=(theirs,))
            child.start()
            theirs.close()
        data = mutated(files[int(rng.integers(0, len(files)))], rng)
        begun, said = time.monotonic(), "died"
        try:
            ours.send_bytes(data)
            said = ours.recv() if ours.poll(LONGEST) else "hung"
        except (EOFError, OSError):
            pass
        counts[said] = counts.get(said, 0) + 1
        if not (said == "picture" or said.isupper()):
            name = folder / f"{said.split()[0]}-{sum(counts.values())}"
            name.write_bytes(data)
            print(f"{name}: {said}, {time.monotonic() - begun:.1f} s", flush=True)
            if said in ("died", "hung"):
                child.kill()
                child.join()
                child = None
    if child is not None:
        child.kill()
    print(sum(counts.values()), "files:", dict(sorted(counts.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
