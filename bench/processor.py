"""Which processor a figure was measured on, as far as it matters for one."""

from __future__ import annotations

import os

from colorizer_core.engines.processor import flags
from jobs.machine import cpu_name

_VECTORS = (("avx512f", "AVX-512"), ("avx512_bf16", "bf16"), ("amx_tile", "AMX"))


def vectors() -> dict[str, bool]:
    """The vector units that this one may have, by the kernel's name for them."""
    return {flag: flag in flags() for flag, _ in _VECTORS}


def processor() -> str:
    """For example `AMD EPYC, 2 processors, AVX-512, no AMX`."""
    found = vectors()
    units = [name if found[flag] else f"no {name}" for flag, name in _VECTORS]
    return ", ".join([cpu_name(), f"{len(os.sched_getaffinity(0))} processors", *units])


def by_processor(promised: dict[str, float]) -> float | None:
    """What was promised for the best unit that this processor has; None where it has none of them."""
    found = [name for flag, name in reversed(_VECTORS) if vectors()[flag] and name in promised]
    return promised[found[0]] if found else None
