"""Who may read what is put on a disk: what the umask leaves, and nobody else before it is whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.model_store import keep
from jobs.storage import temporary
from jobs.storage.disk import DiskStore

STORE = DiskStore()


def uri(path: Path) -> str:
    return f"file://{path}"


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_a_file_has_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    with umask(0o027):
        STORE.write(uri(tmp_path / "a/written"), b"")
        STORE.create(uri(tmp_path / "a/created"), b"")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a").iterdir()} == {0o640}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Mode and size of every temporary file, as its last byte is written."""
    found: list[tuple[int, int]] = []
    write_all = temporary._write_all

    def seen_writing(descriptor: int, data: bytes) -> None:
        write_all(descriptor, data)
        file = os.fstat(descriptor)
        found.append((stat.S_IMODE(file.st_mode), file.st_size))

    monkeypatch.setattr(temporary, "_write_all", seen_writing)
    return found


def test_a_temporary_file_is_its_owners_alone_until_it_is_whole(tmp_path: Path, seen: list[tuple[int, int]]) -> None:
    with umask(0o022):
        STORE.write(uri(tmp_path / "written"), b"colour")
        STORE.create(uri(tmp_path / "created"), b"colour")
    assert seen == [(0o600, 6), (0o600, 6)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o644}


def test_a_file_that_is_being_kept_is_its_owners_alone_until_it_is_whole(
    tmp_path: Path, seen: list[tuple[int, int]]
) -> None:
    with umask(0o022):
        keep(tmp_path / "cache" / "w", b"weights")
    (kept,) = (tmp_path / "cache").iterdir()
    assert (kept.name, kept.read_bytes(), stat.S_IMODE(kept.stat().st_mode)) == ("w", b"weights", 0o644)
    assert seen == [(0o600, 7)]
