"""What Colorizer asks pip for, by its own metadata, so that a message gives the line that mends an installation.

By the packages' own names: on PyPI the name `colorizer` is another project's.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import Requirement


def requirements() -> Iterator[Requirement]:
    """Of every extra too; none where Colorizer is imported without being installed."""
    try:
        yield from map(Requirement, requires("colorizer") or ())
    except PackageNotFoundError:
        return


def bounded(one: Requirement) -> str:
    """As pip takes it: `ray[default]>=2.48`."""
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return f"{one.name}{extras}{one.specifier}"


def pip_install(*names: str) -> str:
    """The command for some packages, within the bounds that Colorizer states for them."""
    stated = {one.name: bounded(one) for one in requirements()}
    return " ".join(["pip install", *(f"'{stated.get(name, name)}'" for name in names)])
