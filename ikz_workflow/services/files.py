"""Write files so that they are there whole or not at all, and sweep what a killed process left behind."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_PREFIX, _SUFFIX = ".ikz-", ".tmp"
_SECONDS = 3600  # where living and dead cannot be told apart, what is older belongs to nobody any more
# By this process: looking through a folder for each file that is written takes the longer, the more it holds.
_swept: set[Path] = set()


def write_file(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all. OSError if it cannot be written."""
    with written(target) as stream:
        stream.write(content)


@contextmanager
def written(target: Path) -> Iterator[BinaryIO]:
    """Lend a stream whose bytes take the target's place at the end, or leave no trace. OSError if that cannot be.

    What is no file, such as /dev/stdout, is written to as it stands: nothing may take its place.
    """
    if target.parent == Path("/dev") or (target.exists() and not target.is_file() and not target.is_dir()):
        with target.open("wb") as stream:
            yield stream
        return
    if (folder := target.parent.absolute()) not in _swept:
        sweep(folder)
    handle, temporary = _new_file(target.parent)
    # The lock is held until the file has its name; on Windows no open file takes another's place.
    alive = None if sys.platform == "win32" else os.dup(handle)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)  # a temporary file is for its owner alone; an export is as readable as any other file
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    except BaseException:  # also when interrupted, no half file stays behind
        _swept.discard(folder)  # but where it cannot be removed
        temporary.unlink(missing_ok=True)
        raise
    finally:
        if alive is not None:
            os.close(alive)


@contextmanager
def room(folder: Path | None = None) -> Iterator[Path]:
    """Lend a folder for unfinished work inside another (else in that of the system); it goes at the end."""
    place = folder or Path(tempfile.gettempdir())
    sweep(place)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, suffix=_SUFFIX, dir=place) as name:
        alive = None
        with suppress(OSError):  # Windows opens no folder; there its age has to do
            alive = os.open(name, os.O_RDONLY)
            _lock(alive)
        try:
            yield Path(name)
        finally:
            if alive is not None:
                os.close(alive)


def sweep(folder: Path) -> None:
    """Remove the unfinished files and folders of processes that are no more; what cannot be removed stays.

    Whoever writes into a folder for the first time does so: of those that were killed before, nothing is left then.
    """
    _swept.add(folder.absolute())
    with suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            with suppress(OSError):
                _remove_dead(path)


def _remove_dead(path: Path) -> None:
    """Remove an unfinished file or folder. OSError if it is in use, or not ours."""
    is_folder = path.is_dir()
    if sys.platform == "win32":
        if time.time() - path.stat().st_mtime > _SECONDS:
            shutil.rmtree(path) if is_folder else path.unlink()
        return
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        _lock(handle, wait=False)
        shutil.rmtree(path) if is_folder else path.unlink()
    finally:
        os.close(handle)


def _new_file(folder: Path) -> tuple[int, Path]:
    """Create a file that is locked as long as its writer lives; whoever sweeps may have taken it before it was."""
    while True:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
        with suppress(OSError):  # some network drives know no locks; nobody can sweep there either
            _lock(handle)
        if os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)


def _lock(handle: int, *, wait: bool = True) -> None:
    """Lock an open file or folder; the lock goes with the process. OSError if it is locked, or cannot be."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
