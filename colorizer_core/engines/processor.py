"""What this machine's processor can do, as far as an engine must know it before it begins."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

BF16 = ("avx512_bf16", "amx_bf16")
"""Either has instructions for bfloat16. A runtime without them computes it by detours, and slower than fp32."""


@cache
def flags() -> frozenset[str]:
    """The kernel's names of the processor's features; none where it does not tell them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    found = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(found, "").split())


def features() -> dict[str, bool]:
    """By the names that people use, whether it has what makes a network fast."""
    wanted = {"AVX2": ("avx2",), "AVX-512": ("avx512f",), "bf16": BF16, "AMX": ("amx_tile",)}
    return {name: not flags().isdisjoint(any_of) for name, any_of in wanted.items()}


def has_bf16() -> bool:
    """Whether it has instructions for bfloat16."""
    return not flags().isdisjoint(BF16)


def kind() -> str:
    """Eight hexadecimal digits, the same for processors with the same features: what is compiled for one runs on the other."""
    return hashlib.sha256(" ".join(sorted(flags())).encode()).hexdigest()[:8]
