"""A filesystem in memory with little room, which can be filled."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, options: str, *unmount: str) -> Iterator[Path | None]:
    """Mounted at `folder`, which it makes; None where none can be mounted, which takes root.

    Args:
        folder: not there yet.
        options: of tmpfs (`size=1m`).
        unmount: options of umount; without `--lazy` nothing may be open in it any more.
    """
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", *unmount, str(folder)], check=True)
