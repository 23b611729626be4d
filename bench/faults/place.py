"""Where a campaign's archive lies: on a small disk of its own, or in a bucket behind a proxy that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.faults.archive import write_manifest
from tests.fault_proxy import Proxy
from tests.rgw import Rgw, admin

_BUCKET = "campaign"


@dataclass(frozen=True)
class Place:
    """An archive, its manifest, and where its colours go.

    Attributes:
        name: disk or bucket.
        manifest: a csv.
        out: URI or path.
        found: every object below `out` by its path, whatever it is.
        source: the folder of the photographs, on a disk.
        disk: the filesystem of `out`, where it is one that may be filled.
        proxy: before the bucket.
    """

    name: str
    manifest: Path
    out: str
    found: Callable[[], dict[str, bytes]]
    source: Path | None = None
    disk: Path | None = None
    proxy: Proxy | None = None


def on_disk(work: Path, files: Mapping[str, bytes], disk: Path | None) -> Place:
    """`disk`: a filesystem of its own for the output, or None."""
    source, out = work / "in", (disk or work) / f"{work.name}-out"
    for name, data in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    write_manifest(work / "manifest.csv", str(source), files)
    return Place("disk", work / "manifest.csv", str(out), lambda: files_below(out), source=source, disk=disk)


def in_bucket(work: Path, files: Mapping[str, bytes], rgw: Rgw, proxy: Proxy) -> Place:
    """The photographs are put beside the proxy, and what was put is seen beside it too."""
    client, prefix = admin(rgw), f"{work.name}/out/"
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=_BUCKET)
    for name, data in files.items():
        client.put_object(Bucket=_BUCKET, Key=f"in/{name}", Body=data)
    write_manifest(work / "manifest.csv", f"s3://{_BUCKET}/in", files)

    def found() -> dict[str, bytes]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=_BUCKET, Prefix=prefix)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {key.removeprefix(prefix): client.get_object(Bucket=_BUCKET, Key=key)["Body"].read() for key in keys}

    return Place("bucket", work / "manifest.csv", f"s3://{_BUCKET}/{prefix.rstrip('/')}", found, proxy=proxy)


def files_below(out: Path) -> dict[str, bytes]:
    """Every file by its path."""
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
