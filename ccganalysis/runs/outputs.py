"""The folder of runs: one writer at a time, every run made aside and renamed, `latest` moved in one step.

outputs/<run>/            a finished run, complete or with failed reports (its manifest says which)
outputs/latest            the newest complete run
outputs/.<run>.partial/   a run being made, or what a killed one left, which the next one removes
outputs/.lock             held by the process that is writing, and let go by the system when it ends
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..data.datapackage import write_text
from ..errors import InputError

MANIFEST = "manifest.json"

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EIO}


class Busy(Exception):
    """Another run is writing to the same folder."""


@contextlib.contextmanager
def writing_to(output: Path) -> Iterator[None]:
    """Hold the folder's lock, with what killed runs left cleared away.

    Raises `Busy` if another process holds it, and `InputError` where the folder, or its disk, cannot be written.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with (output / ".lock").open("a+", encoding="utf-8") as file:
            _lock(file, output)
            for left in [*output.glob(".*.partial"), *output.glob(".*.removed")]:
                shutil.rmtree(left, ignore_errors=True)
            yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise InputError(
            f"Cannot write to {output}: {os.strerror(error.errno)}. The runs that were there are as they were; "
            "free some space, or choose another folder with --output."
        ) from error


def _lock(file: IO[str], output: Path) -> None:
    """Lock by the system's own means, which needs no clearing up after kill -9.

    filelock would save ten lines and be a dependency more; where a file system lacks flock it makes do, by default, with
    a file that kill -9 leaves behind.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
            raise
        raise Busy(
            f"Another run is writing to {output}. Wait for it, or choose another folder with --output."
        ) from None


def new_run(output: Path) -> str:
    """The name of a new run: the time in UTC, which sorts by age, with a number where a second was not enough."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H%M%SZ")
    taken = {path.name for path in output.iterdir()}
    return next(name for name in (now, *(f"{now}-{n}" for n in range(2, 1000))) if name not in taken)


@contextlib.contextmanager
def made_aside(output: Path, run: str) -> Iterator[Path]:
    """A folder to make a run in, renamed to its name if all goes well and removed otherwise."""
    partial = output / f".{run}.partial"
    partial.mkdir()
    try:
        yield partial
        os.replace(partial, output / run)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def finished(output: Path) -> list[dict[str, Any]]:
    """The manifests of the runs in a folder, newest first; what is not a run is passed over."""
    found = []
    for path in sorted(output.glob(f"*/{MANIFEST}"), reverse=True):
        with contextlib.suppress(OSError, ValueError):
            manifest = json.loads(path.read_text(encoding="utf-8"))
            if path.parent.name != "latest" and manifest.get("run") == path.parent.name:
                found.append(manifest)
    return found


def is_complete(manifest: dict[str, Any]) -> bool:
    """Whether a run has every report there is, and all of them succeeded: only such a run becomes `latest`."""
    return bool(manifest["status"] == "complete" and manifest["scope"] == "everything")


def point_latest(output: Path, run: str) -> None:
    """Move `latest` to a run in one step; where the system has no symbolic links, a page there leads to the run."""
    aside, latest = output / ".latest.new", output / "latest"
    aside.unlink(missing_ok=True)
    if latest.is_symlink() and os.readlink(latest) == run:
        return
    try:
        aside.symlink_to(run, target_is_directory=True)
    except (OSError, NotImplementedError):
        link = f"../{run}/index.html"
        page = (
            '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Newest run</title>'
            f'<meta http-equiv="refresh" content="0; url={link}"></head>'
            f'<body><p><a href="{link}">The newest complete run</a></p></body></html>\n'
        )
        write_text(latest / "index.html", page)
    else:
        os.replace(aside, latest)


def keep_newest(output: Path, count: int) -> list[str]:
    """Remove all but the newest runs, never the newest complete one; returns the names of those removed."""
    runs = finished(output)
    latest = [manifest["run"] for manifest in runs if is_complete(manifest)][:1]
    removed = [manifest["run"] for manifest in runs[count:] if manifest["run"] not in latest]
    for name in removed:
        aside = output / f".{name}.removed"
        os.replace(output / name, aside)
        shutil.rmtree(aside, ignore_errors=True)
    return removed


def copy_to(folder: Path, url: str) -> str:
    """Copy a finished run to a place that fsspec knows, such as s3://bucket/reports; returns its address there.

    Raises `InputError` where fsspec or its part for that place is not installed, or the place does not take it.
    """
    target = f"{url.rstrip('/')}/{folder.name}"
    try:
        import fsspec

        system, path = fsspec.url_to_fs(target)
        system.put(f"{folder}/", f"{path}/", recursive=True)
    except (ImportError, OSError, ValueError) as error:
        raise InputError(f"The run is in {folder}, but could not be copied to {target}: {error}") from error
    return target
