"""The settings of one job: validated once, frozen, picklable; every part gets them as an argument."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    field_validator,
)

from colorizer_core.chroma import Enlarging
from colorizer_core.engines.choice import DEFAULT, WAYS, Device, EngineChoice, Precision
from colorizer_core.gamut import Gamut
from colorizer_core.image.label import Term
from colorizer_core.image.metadata import Policy
from colorizer_core.kind import Already
from colorizer_core.recipe import Recipe, Rendering, rendering
from jobs.catalog import catalog
from jobs.codes import ROW_CODES
from jobs.errors import UsageError
from jobs.names import LOG_FOLDER, AskedFormat, Style
from jobs.quantities import Tolerance, parse_duration, parse_share, parse_size, parse_tolerance
from jobs.shown import has_secret, shown, without_secrets
from jobs.storage.settings import Scratch, StoreSettings
from jobs.storage.uri import SCHEMES, absolute, join

_PLUG = re.compile(r"[\w.]+:\w+")


def _place(value: object) -> object:
    scheme, colon, _ = value.partition("://") if isinstance(value, str) else ("", "", "")
    if colon and scheme not in SCHEMES:
        raise ValueError(f"there is no store {scheme}://; give a path, file:// or s3://")
    if scheme == "file" and str(value)[7:8] not in ("/", ""):
        raise ValueError("file:// is followed by an absolute path: file:///folder (three slashes)")
    if isinstance(value, str) and has_secret(value):
        raise ValueError("credentials have no place in it: S3's come from the AWS_ variables or a profile")
    return value


def checked_place(text: str) -> str:
    """A path or URI of the command line's as it is. Raises `UsageError` where no store can have it."""
    try:
        _place(text)
    except ValueError as error:
        raise UsageError(f"{shown(text)}: {error}") from None
    return text


def _mirror(value: object) -> object:
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else _place(value)


def _seconds(value: object) -> object:
    return parse_duration(str(value)) if isinstance(value, (str, int, float)) else value


def _bytes(value: object) -> object:
    return parse_size(str(value)) if isinstance(value, (str, int)) else value


def _tolerance(value: object) -> object:
    return parse_tolerance(str(value)) if isinstance(value, (str, int, float)) else value


def _share(value: object) -> object:
    if value is None or value is False:  # YAML reads a bare `off` as false
        return None
    return parse_share(str(value)) if isinstance(value, (str, int, float)) else value


def _redo(value: object) -> object:
    if isinstance(value, str) and value.lower() in ("failed", "skipped", "all"):
        return value.lower()
    if isinstance(value, str) and value.upper() in ROW_CODES:
        return value.upper()
    raise ValueError(f"{value!r} is none of failed, skipped, all, or a code of the log (see docs/codes.md)")


def _npy(value: object) -> object:
    if not str(value).endswith(".npy") or str(value).rpartition("/")[2] == ".npy":
        raise ValueError("a palette is an .npy file: palette.npy")
    return _place(value)


def _border(value: object) -> object:
    """`5%` or `0.05`; 0 and `off` are none."""
    text = str(value or "off").strip().lower()
    try:
        return 0.0 if text == "off" else float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise ValueError(f"{value!r} is no share; write 5%, 0.05 or 0") from None


def _engine(value: object) -> object:
    if isinstance(value, str) and (value in WAYS or _PLUG.fullmatch(value)):
        return value
    raise ValueError(
        f"there is no engine {value!r}; there is {', '.join(WAYS)}, or your own as package.module:function"
    )


Place = Annotated[str, BeforeValidator(_place), Field(min_length=1)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(ge=1)]


class WorkSettings(BaseModel):
    """What every job over a manifest is told: what to read, where its log lies, how the work is done.

    Each field is an option of the command line, a key of the YAML file and a COLORIZER_ variable.
    """

    command: ClassVar[str]
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())

    manifest: Place
    out: Place
    log: Place | None = None
    workers: Annotated[int, Field(ge=1)] | None = None
    ray: Annotated[str, Field(min_length=1)] = "local"
    shared_files: bool = False
    limit: Annotated[int, Field(ge=1)] | None = None
    tolerate: Annotated[Tolerance, BeforeValidator(_tolerance), PlainSerializer(str)] = Tolerance()
    redo: Annotated[str, BeforeValidator(_redo)] | None = None
    max_pixels: Annotated[int, Field(ge=1)] = 300_000_000
    manifest_format: Literal["txt", "csv", "tsv", "jsonl", "parquet"] | None = None
    shard_seconds: Seconds = 60.0
    deadline: Seconds | None = None
    row_timeout: Seconds = 300.0
    wait_nodes: Seconds = 1800.0
    object_timeout: Seconds = 120.0
    breaker: Annotated[float | None, BeforeValidator(_share)] = 0.5
    heartbeat: Seconds = 10.0
    adopt: bool = False
    cpus_per_worker: Annotated[int, Field(ge=1)] | None = None
    readers: Annotated[int, Field(ge=1)] = 4
    read_ahead: Bytes = 256 * 1024**2
    request_payer: bool = False
    sse: str | None = None
    storage_class: str | None = None
    foreign_etags: bool = False

    def gpus(self) -> float:
        """What a worker takes of the cluster's GPUs."""
        return 0.0

    def out_uri(self) -> str:
        """Where the job's files go, absolute, without a slash at its end."""
        return absolute(self.out)

    def log_uri(self) -> str:
        """Where the log lies: below the outputs unless said otherwise."""
        return absolute(self.log) if self.log else join(self.out_uri(), LOG_FOLDER)

    def lease_places(self) -> tuple[str, ...]:
        """The folders whose lease the job holds: the output's, and the log's if that is another."""
        return tuple(dict.fromkeys((join(self.out_uri(), LOG_FOLDER), self.log_uri())))

    def scratch(self) -> tuple[Scratch, ...]:
        """Where temporary files lie: in the log's folders, never among the pictures."""
        out, log = self.out_uri(), self.log_uri()
        return Scratch(out, join(out, f"{LOG_FOLDER}/_tmp")), Scratch(log, join(log, "_tmp"))

    def stores(self) -> StoreSettings:
        """What the stores are told."""
        return StoreSettings(
            request_payer="requester" if self.request_payer else None,
            sse=self.sse,
            storage_class=self.storage_class,
            object_timeout=self.object_timeout,
            etag_is_md5=not self.foreign_etags,
            scratch=tuple(place for place in self.scratch() if place.root.startswith("file://")),
        )

    def effective(self) -> dict[str, Any]:
        """Every setting as plain values, for `_run.json`, without secrets: only a mirror's address may have one.

        Places are absolute: whoever reads them later is in another folder.
        """
        dumped = self.model_dump(mode="json") | self.places()
        return {key: without_secrets(value) if isinstance(value, str) else value for key, value in dumped.items()}

    def places(self) -> dict[str, str | None]:
        """The settings that say where something is, absolute; but for the manifest, whose slash at the end counts."""
        return {"out": absolute(self.out), "log": absolute(self.log) if self.log else None}


class PaletteSettings(WorkSettings):
    """What `colorizer palette` was asked for. `out` is the palette's own file."""

    command = "palette"
    out: Annotated[str, BeforeValidator(_npy)]
    k: Annotated[int, Field(ge=1, le=65536)] = 313
    method: Literal["kmeans", "grid"] = "kmeans"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    every: Annotated[int, Field(ge=1)] = 4
    border: Annotated[float, BeforeValidator(_border), Field(ge=0, lt=0.5)] = 0.0
    near_gray: Annotated[float, Field(ge=0)] = 4.0

    def beside(self, ending: str) -> str:
        """The palette's URI with another ending."""
        return absolute(self.out).removesuffix(".npy") + ending

    def out_uri(self) -> str:
        """The log: nothing else is written while the work is done."""
        return self.log_uri()

    def log_uri(self) -> str:
        """Where the log lies: beside the palette unless said otherwise."""
        return absolute(self.log) if self.log else self.beside("-log")

    def lease_places(self) -> tuple[str, ...]:
        """The folder beside the palette, wherever the log is, and the log's."""
        return tuple(dict.fromkeys((self.beside("-log"), self.log_uri())))

    def scratch(self) -> tuple[Scratch, ...]:
        """Where temporary files of the log lie."""
        return (Scratch(self.log_uri(), join(self.log_uri(), "_tmp")),)


class RunSettings(WorkSettings):
    """What `colorizer run` was asked for; the descriptions are what its `--help` says."""

    command = "run"
    model: Place = "mini"
    palette: Place | None = None
    engine: Annotated[str, BeforeValidator(_engine)] = DEFAULT
    precision: Precision = "fp32"
    device: Device = "cpu"
    names: Style = "stem"
    format: AskedFormat = "keep"
    quality: Annotated[int, Field(ge=1, le=100)] | None = None
    recipe: Recipe = "photograph"
    chroma: Enlarging | None = None
    gamut: Gamut | None = None
    label: Term = "composite"
    metadata: Policy = "keep"
    already_color: Already = "skip"
    gpus_per_worker: Annotated[float, Field(gt=0)] = 1.0
    batch: Annotated[int, Field(ge=1)] | None = None
    writers: Annotated[int, Field(ge=1)] = 4
    model_cache: str | None = None
    mirror: Annotated[str, BeforeValidator(_mirror)] | None = None

    @field_validator("batch")
    @classmethod
    def _check_batch(cls, batch: int | None, others: ValidationInfo) -> int | None:
        if batch is not None and batch > 1 and others.data.get("device") != "cuda":
            raise ValueError("a processor computes one picture at a time; batches are for --device cuda")
        if batch is not None and batch > (others.data.get("cpus_per_worker") or batch):
            raise ValueError("each picture of a batch comes from a thread of its own: --cpus-per-worker is the most")
        return batch

    def places(self) -> dict[str, str | None]:
        """The model's and the palette's too."""
        model = self.model if self.model in catalog() else absolute(self.model)
        palette = absolute(self.palette) if self.palette else None
        return {**WorkSettings.places(self), "model": model, "palette": palette}

    def engine_choice(self, threads: int = 1) -> EngineChoice:
        """What runs the network, and how, for so many threads."""
        return EngineChoice(self.engine, self.precision, self.device, threads)

    def rendering(self) -> Rendering:
        """How the network's colours become the photograph's."""
        return rendering(self.recipe, self.chroma, self.gamut)

    def gpus(self) -> float:
        """What a worker takes of the cluster's GPUs. Ray hides them from a worker that takes none."""
        return self.gpus_per_worker if self.device == "cuda" else 0.0

    def batch_size(self, threads: int) -> int:
        """Pictures that the network computes together, at most: a GPU as many as there are threads that bring them."""
        return min(self.batch or threads, threads) if self.device == "cuda" else 1
