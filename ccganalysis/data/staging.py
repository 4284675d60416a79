"""A folder beside `data/raw/` in which changes are made ready, and what a killed process left of one."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PREFIXES = (ADDING, ACCEPTING) = (".adding-", ".accepting-")
LOCK = ".alive"
OLD_S = 86_400
"""Seconds after which a folder without a lock is nobody's: its process was killed before it could lock it."""


@contextlib.contextmanager
def beside(raw: Path, prefix: str) -> Iterator[Path]:
    """An empty folder in the file system of `data/raw/`, so that moving into place is renaming; gone afterwards.

    Its lock is held as long as this process lives, and let go by the system when it ends: what killed processes left is
    cleared first.
    """
    clear_dead(raw.parent)
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=raw.parent) as name,
        (Path(name) / LOCK).open("w", encoding="utf-8") as lock,
    ):
        if locked(lock):
            # Something stands in it only once it is locked, so that nobody takes it for a dead one's.
            lock.write("locked\n")
            lock.flush()
        stage = Path(name) / "raw"
        stage.mkdir()
        yield stage


def clear_dead(data: Path) -> None:
    """Remove the folders in `data/` of processes that are gone; no living one's."""
    for folder in (found for prefix in PREFIXES for found in data.glob(f"{prefix}*")):
        with contextlib.suppress(OSError):
            if not folder.is_symlink() and _dead(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _dead(folder: Path) -> bool:
    lock = folder / LOCK
    if lock.is_file() and lock.stat().st_size:
        with lock.open("r+", encoding="utf-8") as file:
            return locked(file)
    return time.time() - folder.stat().st_mtime > OLD_S


def locked(lock: IO[str]) -> bool:
    """Take a lock file, unless a living process holds it."""
    try:
        import fcntl
    except ImportError:  # Windows, which has no such locks: nothing is cleared there
        return False
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
