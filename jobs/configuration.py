"""Where settings come from: flags win over COLORIZER_ variables, variables over a YAML file. Nothing else reads them."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from colorizer_core.errors import brief
from jobs.errors import PreflightError, StorageError, UsageError, WorldError
from jobs.settings import PaletteSettings, RunSettings, WorkSettings
from jobs.shown import shown, without_secrets
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from jobs.storage.uri import absolute

PREFIX = "COLORIZER_"
_OF_KUBERNETES = re.compile(r"(\w+_)?(service_host|service_port(_\w+)?|port(_\d+_\w+)?)")
"""What a pod is told of Services, in upper case, behind their names: of one called `colorizer`, or `colorizer-…`."""
JSON, CONFIG = "json", "config"
_KEYS = frozenset(RunSettings.model_fields) | frozenset(PaletteSettings.model_fields) | {JSON}

Settings = TypeVar("Settings", bound=WorkSettings)


def configured(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> tuple[RunSettings, bool]:
    """The settings of a run; see `configured_as`."""
    return configured_as(RunSettings, flags, environment)


def configured_as(
    kind: type[Settings], flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> tuple[Settings, bool]:
    """The settings of a job, and whether the summary is wanted as JSON.

    Args:
        kind: of the job. Keys of the other kind are left alone in variables and files: they may be shared.
        flags: by field name; None where a flag was not given. `config` names the YAML file, a path or a store's URI.
        environment: of the process.

    Raises:
        UsageError: a key that does not exist (the message suggests one that does), or a value that can't be.
        PreflightError: the store of the YAML file does not answer.
    """
    variables = _variables(environment)
    config = flags.get(CONFIG) or variables.pop(CONFIG, None)
    origins: dict[str, str] = {}
    values: dict[str, Any] = {"ray": environment["RAY_ADDRESS"]} if environment.get("RAY_ADDRESS") else {}
    layers = (
        (_read(config) if config else {}, "{key} in " + str(config)),
        (variables, PREFIX + "{upper}"),
        ({key: value for key, value in flags.items() if value is not None and key != CONFIG}, "--{flag}"),
    )
    for layer, origin in layers:
        values.update(layer)
        origins |= {key: origin.format(key=key, upper=key.upper(), flag=key.replace("_", "-")) for key in layer}
    as_json = _truth(values.pop(JSON, False), origins.get(JSON, JSON))
    return _validated(kind, values, origins), as_json


def default_model_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Where fetched models are kept on a node: COLORIZER_MODEL_CACHE, else the user's cache folder (XDG base directories)."""
    if own := environment.get(f"{PREFIX}MODEL_CACHE"):
        return Path(own)
    stated = environment.get("XDG_CACHE_HOME")
    return (Path(stated) if stated else Path.home() / ".cache") / "colorizer"


def default_mirror(environment: Mapping[str, str] = os.environ) -> str | None:
    """Where a model's files are looked for first unless `--mirror` says otherwise; None where the environment names none."""
    return environment.get(f"{PREFIX}MIRROR") or None


def ray_address(environment: Mapping[str, str] = os.environ) -> str:
    """The cluster that a run joins unless `--ray` says otherwise; empty where the environment names none."""
    return environment.get(f"{PREFIX}RAY") or environment.get("RAY_ADDRESS", "")


def _validated(kind: type[Settings], values: dict[str, Any], origins: Mapping[str, str]) -> Settings:
    if "model_cache" in kind.model_fields:
        values["model_cache"] = values.get("model_cache") or str(default_model_cache())
    try:
        return kind(**{key: value for key, value in values.items() if key in kind.model_fields})
    except ValidationError as error:
        # `from None`: the cause would show the values themselves.
        raise _wrong("\n".join(_readable(kind.command, problem, origins) for problem in error.errors())) from None


def _readable(command: str, problem: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    key = str(problem["loc"][0])
    if problem["type"] == "missing":
        return f"{key.upper() if key == 'manifest' else '--' + key} is missing; colorizer {command} --help shows how"
    return f"{origins.get(key, key)}: {str(problem['msg']).removeprefix('Value error, ')} (got {problem['input']!r})"


def _variables(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {name[len(PREFIX) :].lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    found = {name: value for name, value in found.items() if not _OF_KUBERNETES.fullmatch(name)}
    _check_keys(found, _KEYS | {CONFIG}, "variable", lambda key: PREFIX + key.upper())
    return dict(found)


def _read(config: str) -> dict[str, Any]:
    try:
        text = open_stores(StoreSettings()).read(absolute(config)).data.decode()
        content = yaml.safe_load(text)
    except WorldError as error:
        raise PreflightError(f"--config {shown(config)} can't be read: {error}") from None
    except (StorageError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _wrong(f"--config {config} can't be read: {_place(error)}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _wrong(f"--config {config} must be a list of `key: value` lines")
    named = {str(key).replace("-", "_"): value for key, value in content.items()}
    _check_keys(named, _KEYS, f"key in {config}", lambda key: key)
    return {key: value for key, value in named.items() if value is not None}


def _place(error: Exception) -> str:
    """What is wrong and where; YAML's own message would quote the line, with whatever secret is in it."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"
    return brief(error)


def _check_keys(found: Iterable[str], known: frozenset[str], what: str, shown: Any) -> None:
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.5)
            hint = f"did you mean {shown(near[0])}?" if near else f"there are: {', '.join(map(shown, sorted(known)))}"
            raise _wrong(f"unknown {what}: {shown(key)}; {hint}")


def _wrong(message: str) -> UsageError:
    """What is wrong with a setting, without the secrets that its value may hold."""
    return UsageError(without_secrets(message))


def _truth(value: object, origin: str) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("1", "true", "yes", "on"):
        return True
    if str(value).lower() in ("0", "false", "no", "off", ""):
        return False
    raise _wrong(f"{origin}: {value!r} is neither true nor false")
