"""What `colorizer models` says of a model: as lines for people, as plain values for JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from textwrap import wrap

from colorizer_core.network.onnx import INPUT, OUTPUT
from colorizer_core.network.zhang2016 import STRIDE

_WIDTH, _INDENT = 80, 13


@dataclass(frozen=True, slots=True)
class Known:
    """A model of the catalog. `folder` is where it is embedded or cached; `missing` names its files that are not there."""

    name: str
    about: str
    licence: str
    embedded: bool
    folder: str
    missing: tuple[str, ...]

    def lines(self) -> list[str]:
        """For people; 80 columns but for a long path."""
        about = wrap(f"{self.about}; {self.licence}", _WIDTH - _INDENT)
        return [f"{self.name:{_INDENT}}{self._state()}", *(f"{'':{_INDENT}}{line}" for line in about)]

    def _state(self) -> str:
        if self.embedded:
            return f"embedded in {self.folder}"
        if not self.missing:
            return f"in {self.folder}"
        gap = "\n" + " " * (_INDENT + 2)
        return f"not at hand; colorizer models fetch {self.name} gets{gap}{gap.join(self.missing)}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every known model, in the catalog's order."""

    models: tuple[Known, ...]

    def lines(self) -> list[str]:
        """For people; 80 columns but for a long path."""
        return [line for known in self.models for line in known.lines()]

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model that is complete and checked in `folder`. `sha256` is that of its three files together."""

    name: str
    folder: str
    sha256: str

    def lines(self) -> list[str]:
        """For people; 80 columns but for a long path."""
        return [f"{self.name}: complete and checked, in {self.folder} (sha256 {self.sha256[:16]}…)"]

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """One of a model's files: bytes, and their sha256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A model whose network coloured the test picture, of width × height. `input_size` is the side of what it sees, pixels."""

    name: str
    sha256: str
    input_size: int
    bins: int
    width: int
    height: int
    files: tuple[VerifiedFile, ...]

    def lines(self) -> list[str]:
        """For people; 80 columns but for a long path."""
        whole = f"{self.name}: the files are whole; the network colours the test picture ({self.width} × {self.height})"
        files = [f"  {file.sha256[:16]}…  {file.size:>11,}  {file.name}" for file in self.files]
        size = f"{self.input_size} × {self.input_size}"
        return [whole, *files, f"  input {size}, {self.bins} bins", f"  sha256 {self.sha256}"]

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Exported:
    """A model as one ONNX file of `size` bytes; `input_size` is the side of what it takes, pixels."""

    name: str
    output: str
    size: int
    sha256: str
    input_size: int

    def lines(self) -> list[str]:
        """For people; 80 columns but for a long path."""
        side = self.input_size
        return [
            f"{self.output}: {self.name} as ONNX, {self.size:,} bytes",
            f"  input {INPUT}, float32, N×1×{side}×{side}: CIE L minus 50",
            f"  output {OUTPUT}, float32, N×2×{side // STRIDE}×{side // STRIDE}: CIE a and b",
            f"  sha256 {self.sha256}",
        ]

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)
