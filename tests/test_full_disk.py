"""A disk that is full: the world's fault, nothing half-written, and no trouble once there is room."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from jobs.errors import WorldError
from jobs.storage import temporary
from jobs.storage.disk import DiskStore
from jobs.storage.settings import Scratch
from tests.small_disk import small_disk

STORE = DiskStore()


def uri(path: Path) -> str:
    return f"file://{path}"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("options", ["size=1m", "size=8m,nr_inodes=8"], ids=["bytes", "names"])
@pytest.mark.parametrize("scratch", ["", "log/_tmp"], ids=["beside", "scratch"])
def test_a_full_disk_is_the_worlds_leaves_nothing_and_takes_the_same_write_once_there_is_room(
    tmp_path: Path, options: str, scratch: str
) -> None:
    picture = bytes(700_000)
    with small_disk(tmp_path / "disk", options) as disk:
        if disk is None:
            pytest.skip("no small filesystem can be mounted here")
        store = DiskStore((Scratch(uri(disk), uri(disk / scratch)),) if scratch else ())
        store.write(uri(disk / "box/old"), picture)
        fillers = []
        with suppress(OSError):
            for number in range(100):
                fillers.append(disk / f"filler-{number}")
                fillers[-1].write_bytes(bytes(100_000))
        before = names(disk)
        for put in (store.write, store.create):
            with pytest.raises(WorldError, match="make room"):
                put(uri(disk / "box/new"), picture)
            assert names(disk) == before
        with pytest.raises(WorldError, match="make room"):
            store.write(uri(disk / "box/old"), bytes(800_000))
        assert store.read(uri(disk / "box/old")).data == picture
        for path in (*fillers, disk / "box/old"):
            path.unlink(missing_ok=True)
        store.write(uri(disk / "box/new"), picture)
        assert store.read(uri(disk / "box/new")).data == picture
        store.delete(uri(disk / "box/new"))
        store.create(uri(disk / "box/new"), picture)
        assert names(disk) == ["new"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_is_the_worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "_write_all", lambda _, data: Path("/dev/full").write_bytes(data))
    with pytest.raises(WorldError, match="make room"):
        STORE.write(uri(tmp_path / "x"), b"colour")
    assert names(tmp_path) == []
