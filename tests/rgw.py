"""A real S3 server on loopback: Ceph's RGW over one monitor and one OSD in memory."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PROGRAMS = ("radosgw", "radosgw-admin", "ceph-osd", "ceph-mon", "ceph", "ceph-authtool", "monmaptool")
_PATIENCE = 60.0  # seconds for one of them to be ready, on a loaded machine
_CONF = """\
[global]
fsid = {fsid}
mon host = {mon}
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
keyring = {folder}/keyring
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data = {folder}/mon.a
paxos propose interval = 0.05
paxos min wait = 0.01
mon tick interval = 1
osd heartbeat interval = 1
mon data avail crit = 1
mon data avail warn = 1
mon cluster log file = {folder}/log/cluster.log
log file = {folder}/log/$name.log
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
osd data = {folder}/osd.0
osd objectstore = memstore
memstore device bytes = 4294967296
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}/rgw
rgw thread pool size = 64
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
"""
_CAPS = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "client.rgw": ("mon", "allow rw", "osd", "allow rwx", "mgr", "allow rw"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *"),
}


@dataclass(frozen=True, slots=True)
class Rgw:
    """Where the server is, and who may use it."""

    endpoint: str
    access_key: str
    secret_key: str

    def env(self) -> dict[str, str]:
        """What boto3 reads."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@lru_cache
def admin(server: Rgw) -> S3Client:
    """A client of the server itself, without Colorizer."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )


def missing() -> str | None:
    """Why the server can't be started here, None if it can."""
    absent = [program for program in _PROGRAMS if shutil.which(program) is None]
    return (
        f"no Ceph RGW here: {', '.join(absent)} not installed (apt install radosgw ceph-osd ceph-mon)"
        if absent
        else None
    )


@contextmanager
def running_rgw() -> Iterator[Rgw]:
    """Starts the server in a temporary folder (about 3 s), and ends it with all that it holds."""
    if reason := missing():
        raise RuntimeError(reason)
    with tempfile.TemporaryDirectory(prefix="rgw-") as folder:
        cluster = _Cluster(Path(folder))
        try:
            yield cluster.start()
        finally:
            cluster.end()


class _Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "CEPH_CONF": str(folder / "ceph.conf")}
        self.daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> Rgw:
        v2, v1, port = _free_ports(3)
        mon, fsid = f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]", str(uuid.uuid4())
        for name in ("mon.a", "osd.0", "rgw", "run", "log"):
            (self.folder / name).mkdir()
        (self.folder / "ceph.conf").write_text(_CONF.format(fsid=fsid, mon=mon, folder=self.folder, port=port))
        self._start_mon(fsid, mon)
        self._start_osd()
        self._daemon("radosgw", "-n", "client.rgw", "-f")
        rgw = Rgw(f"http://127.0.0.1:{port}", "testaccesskey", "testsecret123")
        keys = (f"--access-key={rgw.access_key}", f"--secret-key={rgw.secret_key}")
        self._run("radosgw-admin", "user", "create", "--uid=t", "--display-name=t", *keys)
        self._until("radosgw", lambda: _listens(port))
        return rgw

    def end(self) -> None:
        """Kills: there is nothing to save, and an orderly end takes seconds."""
        for daemon in reversed(self.daemons):
            daemon.kill()
        for daemon in self.daemons:
            daemon.wait()

    def _start_mon(self, fsid: str, address: str) -> None:
        keyring, monmap = str(self.folder / "keyring"), str(self.folder / "monmap")
        self._run("ceph-authtool", "-C", keyring)
        for name, caps in _CAPS.items():
            pairs = [word for kind, what in zip(caps[::2], caps[1::2], strict=True) for word in ("--cap", kind, what)]
            self._run("ceph-authtool", keyring, "--gen-key", "-n", name, *pairs)
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap)
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
        self._daemon("ceph-mon", "-i", "a", "-f")

    def _start_osd(self) -> None:
        identity = str(uuid.uuid4())
        self._run(
            "ceph", "--connect-timeout", str(int(_PATIENCE)), "auth", "import", "-i", str(self.folder / "keyring")
        )
        self._run("ceph", "osd", "new", identity)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)
        self._daemon("ceph-osd", "-i", "0", "-f")
        self._until("ceph-osd", lambda: "1 up" in self._run("ceph", "osd", "stat"))

    def _daemon(self, *command: str) -> None:
        with (self.folder / "log" / f"{command[0]}.out").open("wb") as out:
            self.daemons.append(subprocess.Popen(command, env=self.env, stdout=out, stderr=out, start_new_session=True))

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=2 * _PATIENCE, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr[-1000:]}")
        return done.stdout

    def _until(self, name: str, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not ready():
            if time.monotonic() > end or any(daemon.poll() is not None for daemon in self.daemons):
                raise RuntimeError(f"{name} did not start: {self._last_words()}")
            time.sleep(0.05)

    def _last_words(self) -> str:
        return "; ".join(out.read_text(errors="replace")[-300:] for out in sorted((self.folder / "log").glob("*.out")))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
