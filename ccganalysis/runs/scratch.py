"""A folder of this process's own for temporary files, which is gone with it, or cleared by the next one if it was killed.

Libraries leave sockets and connection files in the system's temporary folder when they are killed. Here they get a
folder that says whose it is: its lock is held as long as the process lives, and let go by the system when it ends.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path
from typing import IO

from ..data.staging import locked

PREFIX = "ccg-"
LONGEST = 60
"""Characters: a Unix socket's path may be 107 long, and multiprocessing's and the kernels' have 45 below this folder."""
LOCK = ".alive"


@functools.cache
def _folder(process_id: int) -> tuple[Path, IO[str]]:  # noqa: ARG001  (the key of the cache)
    """The folder of a process and its lock; `process_id` keeps a fork from taking its parent's for its own."""
    clear_dead()
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=_where()))
    lock = (made / LOCK).open("w", encoding="utf-8")
    locked(lock)
    # Under its lasting name only once it is locked, so that nobody takes it for a dead one's.
    folder = made.with_name(made.name.removeprefix("."))
    os.rename(made, folder)
    # After multiprocessing has removed what it has in there, which it does at -100. A fork runs none of its parent's.
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=-200)
    return folder, lock


def _where() -> Path:
    """The system's temporary folder (TMPDIR), or /tmp where that one's path is too long for sockets."""
    system = Path(tempfile.gettempdir())
    return system if len(str(system)) <= LONGEST else Path("/tmp")


def folder() -> Path:
    """The folder of this process, made when it is first asked for."""
    return _folder(os.getpid())[0]


def use() -> None:
    """Let this process, and those that it starts, put all their temporary files into its folder."""
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder())


def clear_dead() -> None:
    """Remove what processes of this user that were killed left in the temporary folder; nobody else's, and no living one's."""
    for folder in _where().glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.geteuid() and not folder.is_symlink():
                with (folder / LOCK).open("r+", encoding="utf-8") as lock:
                    if locked(lock):
                        shutil.rmtree(folder, ignore_errors=True)
