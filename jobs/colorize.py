"""The job: settings → plan → run → summary → exit code. `python -m jobs.colorize` is the entry point of `ray job submit`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO, TextIO

import numpy as np
import numpy.typing as npt

from jobs.answers import Answers, read_answers
from jobs.collisions import check_collisions
from jobs.count import Count, count
from jobs.dispatch import Dispatch, Dispatched, Place
from jobs.fingerprint import Shape, fingerprint
from jobs.layout import manifest_folder, run_folder
from jobs.log import Contents, list_log
from jobs.loop_pool import LoopPool
from jobs.machine import cpu_name, node_name
from jobs.manifest.read import read_rows
from jobs.model_store import ModelSource, resolve
from jobs.names import Naming
from jobs.outcome import Provenance
from jobs.pending import Pending, plan
from jobs.pool import Pool
from jobs.preflight import check_readable, check_writable
from jobs.progress import Progress
from jobs.run_folder import RunFolder, redo_of
from jobs.run_id import new_run_id
from jobs.rows import Row
from jobs.settings import RunSettings
from jobs.shards import Cutter
from jobs.spool import Spool, write_spool
from jobs.stop import Stop, on_signals
from jobs.storage.store import Store
from jobs.storage.stores import open_stores
from jobs.summary import COMPLETE, FAILURES, INTERNAL, STOPPED_BY_WORLD, STOPPED_EARLY, Summary
from jobs.worker import WorkerSettings


def run(settings: RunSettings, stdin: BinaryIO | None = None, stream: TextIO = sys.stderr) -> Summary:
    """Colours what the log does not answer yet, and says what the whole manifest has come to.

    Args:
        settings: validated.
        stdin: where a manifest `-` is read from.
        stream: where progress goes.

    Raises:
        PreflightError: found before any work; nothing was written but below the log.
        WorldError: found before the first shard was handed out.
    """
    stop = Stop()
    with on_signals(stop):
        return Job(settings, stop, stream).run(stdin)
