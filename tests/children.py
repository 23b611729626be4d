"""The processes that tests start find what the wheel brings: pandas, with which one test reads a log, is hidden from them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

AS_INSTALLED = str(Path(__file__).parent / "as_installed")
_PATH = "PYTHONPATH"


def hide_pandas() -> None:
    """From the children of this process; not from itself, nor from those of pytest-xdist, which say this too."""
    stated = [folder for folder in os.environ.get(_PATH, "").split(os.pathsep) if folder]
    os.environ[_PATH] = os.pathsep.join(dict.fromkeys([AS_INSTALLED, *stated]))
    sys.path[:] = [folder for folder in sys.path if folder != AS_INSTALLED]
