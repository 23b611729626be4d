"""The vocabulary of verifying: one table of what can be found, and one such finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal[
    "MISSING",
    "HASH_DIFFERS",
    "LABEL_MISSING",
    "RECOMPUTED_DIFFERS",
    "UNREADABLE",
    "SOURCE_GONE",
    "SOURCE_CHANGED",
    "SOURCE_UNREADABLE",
    "NOT_RECOMPUTABLE",
    "ORPHAN",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be found.

    Attributes:
        is_fault: whether the output is not what the log says. Else it could not be proven, or it is no output at all.
        meaning: what was found.
        remedy: what a person can do.
        is_mended: whether to make the output again mends it.
    """

    is_fault: bool
    meaning: str
    remedy: str
    is_mended: bool = False


KINDS: dict[Name, Kind] = {
    "MISSING": Kind(True, "The output is not there.", "Restore it, or make it again (below).", is_mended=True),
    "HASH_DIFFERS": Kind(
        True, "Its bytes are not those that were written.", "Restore it, or make it again (below).", is_mended=True
    ),
    "LABEL_MISSING": Kind(
        True, "The log says that it carries a label, and it does not.", "Make it again (below).", is_mended=True
    ),
    "RECOMPUTED_DIFFERS": Kind(
        True,
        "The same source with the same settings gives another picture; `found` has the greatest difference in levels of 255.",
        "Tell us, with the processor and the versions in `_run.json`.",
    ),
    "UNREADABLE": Kind(False, "The store refused the output or broke off; `found` has the code.", "Verify again."),
    "SOURCE_GONE": Kind(False, "To be made again, and its source is not there.", "Nothing, if that is meant."),
    "SOURCE_CHANGED": Kind(False, "To be made again, and its source has other bytes now.", "Run, if that is meant."),
    "SOURCE_UNREADABLE": Kind(
        False, "To be made again, and the store refused its source.", "Grant read, or restore it."
    ),
    "NOT_RECOMPUTABLE": Kind(
        False,
        "To be made again, and it can't be here: other code, no such engine, model or palette; `found` says which.",
        "Verify where they are.",
    ),
    "ORPHAN": Kind(False, "A file in the output that the log does not name as one (--orphans).", "Look at it."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is the matter with one output.

    Attributes:
        output_uri: which.
        name: what.
        expected: what the log says; empty where that is no matter of two values.
        found: what is there instead, or why nothing can be said.
    """

    output_uri: str
    name: Name
    expected: str = ""
    found: str = ""
