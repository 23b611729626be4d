"""The C library's allocator in a worker, told to keep what a photograph needed for the next one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_KEPT = str(256 * 1024**2)
ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": _KEPT,
    "MALLOC_TRIM_THRESHOLD_": _KEPT,
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""For glibc: the memory that a photograph needed stays with the process for the next one, in large pages where the kernel has
them. Without it each thread has a heap of its own that gives large blocks back at once, and the kernel clears and maps
thousands of pages a photograph anew."""


@contextmanager
def allocator_environment() -> Iterator[None]:
    """These variables for the processes that are started meanwhile; what the user has set stays."""
    mine = {name: value for name, value in ALLOCATOR.items() if name not in os.environ}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name in mine:
            del os.environ[name]
