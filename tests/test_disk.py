"""What only files do: permissions, links, pipes, folders, other filesystems, writers that die."""

from __future__ import annotations

import errno
import os
import pickle
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.codes import WORLD_CODES
from jobs.errors import (
    AccessDenied,
    AlreadyThere,
    InvalidName,
    NotAFile,
    NotFound,
    ReadTimeout,
    SourceChanged,
    StorageError,
    Unavailable,
    WorldError,
    WriteTimeout,
)
from jobs.rows import NOTHING_STATED
from jobs.storage.disk import DiskStore
from jobs.storage.disk_errors import translate
from jobs.storage.settings import Scratch, StoreSettings
from jobs.storage.store import Verb

STORE = DiskStore()
OTHER_FILESYSTEM = Path("/dev/shm")  # noqa: S108 - the one other filesystem that every Linux has


def uri(path: Path) -> str:
    return f"file://{path}"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_nothing_is_left_beside_what_was_put(tmp_path: Path) -> None:
    STORE.write(uri(tmp_path / "x"), b"one")
    STORE.write(uri(tmp_path / "x"), b"two")
    STORE.create(uri(tmp_path / "y"), b"one")
    with pytest.raises(AlreadyThere):
        STORE.create(uri(tmp_path / "y"), b"two")
    assert names(tmp_path) == ["x", "y"]


def test_what_is_created_is_on_the_disk_with_its_name_before_anybody_counts_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, list[str]]] = []

    def noted(descriptor: int) -> None:
        file = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((file.name, names(tmp_path)))

    monkeypatch.setattr(os, "fsync", noted)
    STORE.create(uri(tmp_path / "log" / "part"), b"one")
    (written, before), (folder, after) = synced
    assert before == [written]
    assert (folder, after) == ("log", ["part"])
    STORE.write(uri(tmp_path / "picture"), b"one")  # a picture's part asks for all of them at once
    assert len(synced) == 2


def test_nothing_is_left_of_a_put_that_fails(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(InvalidName):
        STORE.write(uri(tmp_path / "x"), b"a file over a folder")
    assert names(tmp_path) == []


def test_temporary_files_go_to_the_scratch_of_the_longest_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def seen_moving(temporary: str, path: str) -> None:
        seen.append(temporary)
        Path(temporary).rename(path)

    monkeypatch.setattr(os, "replace", seen_moving)
    wide, narrow = tmp_path / "wide/_tmp", tmp_path / "narrow"
    store = DiskStore((Scratch(uri(tmp_path / "out"), uri(wide)), Scratch(uri(tmp_path / "out/log"), uri(narrow))))
    for name in ("out/x", "out/log/x", "out/logbook/x", "elsewhere/x"):
        store.write(uri(tmp_path / name), b"colour")
    folders = [Path(path).parent for path in dict.fromkeys(seen)]  # a move is tried again once its folder is made
    assert folders == [wide, narrow, wide, tmp_path / "elsewhere"]


@pytest.mark.skipif(not OTHER_FILESYSTEM.is_dir(), reason="no /dev/shm here")
def test_a_scratch_on_another_filesystem_is_done_without(tmp_path: Path) -> None:
    if OTHER_FILESYSTEM.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("temporary files lie in /dev/shm")
    scratch = OTHER_FILESYSTEM / f"scratch-{os.getpid()}"
    store = DiskStore((Scratch(uri(tmp_path), uri(scratch)),))
    try:
        store.write(uri(tmp_path / "x"), b"one")
        store.create(uri(tmp_path / "y"), b"two")
        assert (tmp_path / "x").read_bytes() + (tmp_path / "y").read_bytes() == b"onetwo"
        assert names(scratch) == []
    finally:
        scratch.rmdir()


def test_without_links_a_create_still_never_overwrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: str) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    STORE.create(uri(tmp_path / "x"), b"one")
    STORE.create(uri(tmp_path / "x"), b"one")
    with pytest.raises(AlreadyThere):
        STORE.create(uri(tmp_path / "x"), b"two")
    assert (tmp_path / "x").read_bytes() == b"one"
    assert names(tmp_path) == ["x"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, done = tmp_path / "x", threading.Event()
    versions = [bytes([n]) * 300_000 for n in range(8)]
    STORE.write(uri(path), versions[0])

    def rewrite() -> None:
        for n in range(60):
            STORE.write(uri(path), versions[n % 8])
        done.set()

    writer = threading.Thread(target=rewrite)
    writer.start()
    while not done.is_set():
        assert path.read_bytes() in versions
    writer.join()


@pytest.mark.parametrize("change", ["grows", "shrinks", "is overwritten"])
def test_a_file_that_changes_while_it_is_read_is_a_change(tmp_path: Path, change: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"colour")
    os.utime(path, (1, 1))

    def meddle(size: int) -> None:
        path.write_bytes({"grows": b"colours", "shrinks": b"colo", "is overwritten": b"COLOUR"}[change])

    with pytest.raises(SourceChanged):
        STORE.read(uri(path), NOTHING_STATED, meddle)


def test_a_file_that_is_replaced_while_it_is_read_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x"
    STORE.write(uri(path), b"one")
    assert STORE.read(uri(path), NOTHING_STATED, lambda _: STORE.write(uri(path), b"two")).data == b"one"


@pytest.mark.timeout(30)
def test_folders_pipes_and_devices_are_no_files_and_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        for ask in (STORE.read, STORE.open, STORE.stat):
            with pytest.raises(NotAFile, match="NOT_A_FILE"):
                ask(uri(path))


def test_a_listing_has_regular_files_alone_and_follows_links_but_no_loops(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "folder/deep").mkdir(parents=True)
    (root / "empty").mkdir()
    (tmp_path / "outside").write_bytes(b"colour")
    (root / "folder/deep/x").write_bytes(b"")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "dangling").symlink_to(tmp_path / "gone")
    (root / "itself").symlink_to(root / "itself")
    (root / "folder/up").symlink_to(root)
    (root / "twin").symlink_to(root / "folder/deep")
    os.mkfifo(root / "pipe")
    (root / ".colorizer-0123456789abcdef.tmp").write_bytes(b"half")
    (root / ".hidden").write_bytes(b"")
    listed = {one.uri.removeprefix(uri(root) + "/"): one.facts.size for one in STORE.list(uri(root) + "/")}
    assert listed == {".hidden": 0, "folder/deep/x": 0, "link": 6, "twin/x": 0}


def test_a_missing_folder_is_not_found_and_an_empty_one_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    assert list(STORE.list(uri(tmp_path / "empty") + "/")) == []
    for gone in ("none", "file", "file/below"):
        with pytest.raises(NotFound):
            list(STORE.list(uri(tmp_path / gone) + "/"))


@contextmanager
def nobody_special() -> Iterator[None]:
    """Root may list everything, and gives that up for a moment."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_folder_that_may_not_be_listed_is_never_an_empty_one() -> None:
    with tempfile.TemporaryDirectory() as open_folder:
        root = Path(open_folder)
        root.chmod(0o755)
        (root / "a").write_bytes(b"")
        (root / "closed").mkdir(mode=0)
        listing = STORE.list(uri(root) + "/")
        with nobody_special():
            assert next(listing).uri == uri(root / "a")
            with pytest.raises(AccessDenied, match="Permission"):
                next(listing)
            with pytest.raises(AccessDenied):
                STORE.read(uri(root / "closed/x"))
        (root / "closed").chmod(0o700)


def test_names_that_are_not_utf_8_go_round(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.tif"
    with open(raw, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(b"colour")
    (listed,) = STORE.list(uri(tmp_path) + "/")
    assert os.fsencode(listed.uri) == b"file://" + raw
    assert STORE.read(listed.uri).data == b"colour"
    STORE.delete(listed.uri)
    with pytest.raises(NotFound) as raised:
        STORE.read(listed.uri)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    "name", ["x" * 256, "a/" * 2100 + "x", "null\0", "lone \ud83d surrogate"], ids=["segment", "path", "null", "lone"]
)
def test_a_name_that_no_file_can_have_is_invalid(tmp_path: Path, name: str) -> None:
    for ask in (STORE.read, STORE.stat, STORE.delete, lambda uri: STORE.write(uri, b"")):
        with pytest.raises(InvalidName):
            ask(f"file://{tmp_path}/{name}")


def test_a_file_where_a_folder_is_wanted_is_an_invalid_name(tmp_path: Path) -> None:
    STORE.write(uri(tmp_path / "a"), b"colour")
    for put in (STORE.write, STORE.create):
        with pytest.raises(InvalidName):
            put(uri(tmp_path / "a/b"), b"colour")


@pytest.mark.parametrize(
    ("number", "verb", "code"),
    [
        (errno.ENOSPC, "write", "STORE_FULL"),
        (errno.EDQUOT, "write", "STORE_FULL"),
        (errno.EROFS, "write", "DISK_FAILED"),
        (errno.EIO, "write", "DISK_FAILED"),
        (errno.EIO, "read", Unavailable.code),
        (errno.EMFILE, "read", "TOO_MANY_FILES"),
        (errno.ENOTCONN, "read", "DISK_FAILED"),
        (errno.ENOENT, "read", NotFound.code),
        (errno.ENOTDIR, "read", NotFound.code),
        (errno.EACCES, "read", AccessDenied.code),
        (errno.EPERM, "write", AccessDenied.code),
        (errno.ENAMETOOLONG, "write", InvalidName.code),
        (errno.ETIMEDOUT, "read", ReadTimeout.code),
        (errno.ESTALE, "read", ReadTimeout.code),
        (errno.ESTALE, "write", WriteTimeout.code),
        (errno.EBUSY, "read", Unavailable.code),
    ],
)
def test_what_the_system_says_is_the_rows_or_the_worlds(number: int, verb: Verb, code: str) -> None:
    found = translate(OSError(number, os.strerror(number)), "file:///a\nb", verb)
    assert isinstance(found, WorldError if code in WORLD_CODES else StorageError)
    assert str(found).startswith(f"{code}: ")
    assert os.strerror(number) in str(found)
    assert "\n" not in str(found)


def test_settings_travel() -> None:
    settings = StoreSettings(sse="aws:kms", scratch=(Scratch("file:///a", "file:///b"),))
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own
