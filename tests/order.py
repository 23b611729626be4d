"""Which process runs which files of tests, and when: files that share what is dear to make go to one, the longest go first."""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "one Ray cluster": (
        "test_job.py",
        "test_deaths.py",
        "test_status.py",
        "test_palette_job.py",
        "test_fixity.py",
        "test_same_bytes.py",
        "test_cpus_per_worker.py",
        "test_engine_runs.py",
    ),
    "one model of full width": ("test_recipe.py", "test_forms.py", "test_random_model.py", "test_opencv5.py"),
}
"""Files whose tests use one session's fixture; each of these lists is run by one process, so that the fixture is made once."""

FIRST = (
    *TOGETHER["one Ray cluster"],
    "test_campaign.py",
    "test_documents.py",
    *TOGETHER["one model of full width"],
    "test_wheel.py",
    "test_interruptions.py",
    "test_lost_model.py",
    "test_two_runs.py",
    "test_nodes.py",
    "test_ray_jobs.py",
)
"""The files that take longest: begun first, none of them is left to one process while the others have nothing to do.

Those that start a Ray of their own do not all begin at once: one that is not up within 30 s gives up.
"""

_RANK = {name: rank for rank, name in enumerate(FIRST)}
_GROUP = {name: group for group, names in TOGETHER.items() for name in names}


def sort(items: list[pytest.Item]) -> None:
    """The longest files first; the tests of a file stay as they are."""
    items.sort(key=lambda item: _RANK.get(item.path.name, len(_RANK)))


class ByFile(LoadScopeScheduling):
    """A file to a process, in the order in which they are collected; files that share a fixture to the same one."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return _GROUP.get(Path(file).name, file)
