"""Where things lie in a log folder, and how to tell from a name what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

RUN_ID = re.compile(r"r\d{8}T\d{6}Z-[0-9a-f]{4}", re.ASCII)
_PART = re.compile(r"run=(?P<run>r\d{8}T\d{6}Z-[0-9a-f]{4})/part-(?P<shard>\d+)-(?P<attempt>\d+)\.parquet", re.ASCII)
_OPEN = re.compile(r"run=(?P<run>r\d{8}T\d{6}Z-[0-9a-f]{4})/_open/(?P<shard>\d+)-(?P<attempt>\d+)", re.ASCII)
_EPOCH = re.compile(r"_lease/(\d{6,})", re.ASCII)
_RUN = re.compile(r"run=(?P<run>r\d{8}T\d{6}Z-[0-9a-f]{4})/", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class ShardName:
    """One attempt at one shard of one run."""

    run_id: str
    shard: int
    attempt: int

    @property
    def age(self) -> tuple[str, int, int]:
        """By which parts are ordered: the newest row of an output is in the greatest."""
        return self.run_id, self.attempt, self.shard


def run_folder(log: str, run_id: str) -> str:
    """The folder of a run, with a slash at its end."""
    return f"{log}/run={run_id}/"


def part_uri(log: str, name: ShardName) -> str:
    """The Parquet part of one attempt at a shard."""
    return f"{run_folder(log, name.run_id)}part-{name.shard:06d}-{name.attempt}.parquet"


def open_uri(log: str, name: ShardName) -> str:
    """The file that says which rows one attempt at a shard may be writing. Readers of the log skip its folder."""
    return f"{run_folder(log, name.run_id)}_open/{name.shard:06d}-{name.attempt}"


def manifest_folder(log: str, run_id: str) -> str:
    """The folder of a run's spooled manifest, with a slash at its end."""
    return f"{run_folder(log, run_id)}_manifest/"


def status_uri(log: str, run_id: str) -> str:
    """The file that a run's driver puts every heartbeat, over the one before."""
    return f"{run_folder(log, run_id)}_status.json"


def lease_folder(place: str) -> str:
    """Where the epochs of a log's or an output's lease lie."""
    return f"{place}/_lease"


def lease_uri(place: str, epoch: int) -> str:
    """The file of one epoch, from 1."""
    return f"{lease_folder(place)}/{epoch:06d}"


def parse_epoch(place: str, uri: str) -> int | None:
    """The number of the epoch whose file `uri` is, or None if it is something else."""
    found = _EPOCH.fullmatch(uri.removeprefix(f"{place}/"))
    return int(found[1]) if found else None


def parse_part(log: str, uri: str) -> ShardName | None:
    """The shard whose part `uri` is, or None if it is something else."""
    return _parse(_PART, log, uri)


def parse_open(log: str, uri: str) -> ShardName | None:
    """The shard whose open file `uri` is, or None if it is something else."""
    return _parse(_OPEN, log, uri)


def parse_run(log: str, uri: str) -> str | None:
    """The run in whose folder `uri` lies, or None."""
    found = _RUN.match(uri.removeprefix(f"{log}/"))
    return found["run"] if found else None


def _parse(pattern: re.Pattern[str], log: str, uri: str) -> ShardName | None:
    found = pattern.fullmatch(uri.removeprefix(f"{log}/"))
    return ShardName(found["run"], int(found["shard"]), int(found["attempt"])) if found else None
