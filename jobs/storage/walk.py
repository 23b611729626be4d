"""The files below a folder, in the order in which S3 lists keys."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from stat import S_ISREG

from jobs.storage.temporary import is_temporary

_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


def walk(root: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """Every regular file below `root`, as (path below root, facts), by the bytes of that path.

    Links are followed, but not into a folder that one is already in. What goes away meanwhile is left out, as is what
    is being written. One folder's names are held at a time for each level, nothing else.

    Raises:
        OSError: a folder can't be read, `root` among them; never taken for an empty one.
    """
    open_folders = [(_identity(root), _names(root, b""))]
    while open_folders:
        name = next(open_folders[-1][1], None)
        if name is None:
            open_folders.pop()
        elif name.endswith(b"/"):
            if folder := _entered(root, name, [identity for identity, _ in open_folders]):
                open_folders.append(folder)
        elif (found := _stat(root + b"/" + name)) and S_ISREG(found.st_mode):
            yield name, found


def _entered(root: bytes, name: bytes, inside: list[tuple[int, int]]) -> tuple[tuple[int, int], Iterator[bytes]] | None:
    path = root + b"/" + name
    try:
        identity = _identity(path)
        return None if identity in inside else (identity, _names(path, name))
    except OSError as error:
        _refuse_unless_nowhere(error)
        return None


def _names(folder: bytes, prefix: bytes) -> Iterator[bytes]:
    """Sorted, a folder's with a slash behind it: `a.txt` comes before what is in `a/`."""
    with os.scandir(folder or b"/") as entries:
        names = [entry.name + b"/" if _is_folder(entry) else entry.name for entry in entries]
    names.sort()
    return iter([prefix + name for name in names if not is_temporary(name)])


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        _refuse_unless_nowhere(error)
        return False


def _stat(path: bytes) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - a path of bytes
    except OSError as error:
        _refuse_unless_nowhere(error)
        return None


def _refuse_unless_nowhere(error: OSError) -> None:
    """A name may lead nowhere (gone meanwhile, a broken link). All else that can't be looked at is raised."""
    if error.errno not in _NOWHERE:
        raise error


def _identity(path: bytes) -> tuple[int, int]:
    found = os.stat(path or b"/")  # noqa: PTH116 - a path of bytes
    return found.st_dev, found.st_ino
