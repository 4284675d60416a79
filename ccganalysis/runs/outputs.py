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
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from ..data.datapackage import write_text
from ..errors import InputError

MANIFEST = "manifest.json"

GROWING = {MANIFEST, "run.log", "run.jsonl"}
TOLD = {"run", "status", "scope", "reports", "files"}
"""What the manifest of a run says at least."""
_RUN = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EIO}


class Busy(Exception):
    """Another run is writing to the same folder."""


@contextlib.contextmanager
def writing_to(output: Path) -> Iterator[None]:
    """Hold the folder's lock, with what killed runs left cleared away.

    Raises `Busy` if another process holds it, and `InputError` where the folder, the disk, or the folder of temporary
    files cannot be written.
    """
    latest = output / "latest"
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file. Choose a folder with --output.")
    if latest.exists() and not latest.is_symlink() and [path.name for path in latest.glob("*")] != ["index.html"]:
        raise InputError(
            f"{latest} is not a link to a run, and the newest run is found under that name. Rename it, or choose another "
            "folder with --output."
        )
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
        temporary = Path(tempfile.gettempdir())
        where, other = output, "choose another folder with --output"
        if (
            error.filename
            and temporary in Path(os.fsdecode(error.filename)).parents
            and temporary not in output.parents
        ):
            where, other = temporary, "name another folder for temporary files in TMPDIR"
        raise InputError(
            f"Cannot write to {where}: {os.strerror(error.errno)}. The runs that were there are as they were; "
            f"free some space, or {other}."
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
    """The manifests of the runs in a folder, newest first; what is not a run of this version is passed over."""
    found = [manifest for path in output.glob(f"*/{MANIFEST}") if (manifest := _manifest(path.parent)) is not None]
    return sorted(found, key=_age, reverse=True)


def _manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a run; None where there is none that can be read and says what it must."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or not manifest.keys() >= TOLD or manifest["run"] != folder.name:
        return None
    return manifest


def _age(manifest: dict[str, Any]) -> tuple[int, str]:
    """What runs are ordered by: their number first, as clocks are set back."""
    number = manifest.get("number")
    return number if isinstance(number, int) else 0, str(manifest["run"])


def next_number(output: Path) -> int:
    """The number of a new run, above all that there are."""
    return max((_age(manifest)[0] for manifest in finished(output)), default=0) + 1


def files_of(folder: Path) -> dict[str, int]:
    """The files of a run that is made, with their sizes in bytes; logs and manifest still grow, and are not among them.

    The first page's is not told (0), since earlier runs are taken off its list when they are removed.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in GROWING)
    return {
        path.relative_to(folder).as_posix(): 0 if path.name == "index.html" else path.stat().st_size for path in files
    }


def missing(output: Path, manifest: dict[str, Any]) -> list[str]:
    """The files of a run that are gone, or not as long as they were."""
    lost = []
    for name, size in manifest["files"].items():
        path = output / manifest["run"] / name
        if not path.is_file() or not (found := path.stat().st_size) or size not in (0, found):
            lost.append(name)
    return lost


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
        if latest.is_dir() and not latest.is_symlink():
            shutil.rmtree(latest)  # the page that stood there while links could not be made
        os.replace(aside, latest)


def keep_newest(output: Path, count: int, made: str) -> list[str]:
    """Remove all but the newest runs; returns the names of those removed.

    Never removed are the run just made, the newest complete one, and the one that `latest` leads to. What cannot be
    read as a run but is called as one counts as the oldest. Pages that stay forget the runs before these are removed,
    so that no link of theirs is ever dead.
    """
    runs = finished(output)
    names = [manifest["run"] for manifest in runs]
    names += sorted({path.name for path in output.iterdir() if _RUN.fullmatch(path.name)} - set(names), reverse=True)
    stays = {made, *[manifest["run"] for manifest in runs if is_complete(manifest)][:1]}
    with contextlib.suppress(OSError):
        stays.add(os.readlink(output / "latest"))
    removed = [name for name in names[count:] if name not in stays]
    forget(output, removed)
    for name in removed:
        aside = output / f".{name}.removed"
        os.replace(output / name, aside)
        shutil.rmtree(aside, ignore_errors=True)
    return removed


def forget(output: Path, gone: Collection[str] = ()) -> None:
    """Take runs off the lists of earlier runs on the first pages of the others: those `gone`, and those that are not there."""
    for manifest in finished(output):
        page = output / manifest["run"] / "index.html"
        if page.is_file() and manifest["run"] not in gone:
            text = page.read_text(encoding="utf-8")
            dead = {
                name for name in _earlier_runs_on(text) if name in gone or not (output / name / "index.html").is_file()
            }
            if dead:
                write_text(page, _without_earlier(text, dead))


_EARLIER = re.compile(r'<li><a href="\.\./([^"/]+)/index\.html">.*?</li>\n?', re.DOTALL)
_NO_MORE = re.compile(
    r'<li><a href="#earlier">.*?</li>\n?|<section aria-labelledby="earlier">.*?</section>\n?', re.DOTALL
)
"""The items of the list of earlier runs on a first page, as its template writes them, and the whole list."""


def _earlier_runs_on(page: str) -> set[str]:
    """The folders of the earlier runs that a first page lists."""
    return {match[1] for match in _EARLIER.finditer(page)}


def _without_earlier(page: str, gone: set[str]) -> str:
    """A first page without some of the earlier runs that it lists; without the list, where none is left."""
    page = _EARLIER.sub(lambda match: "" if match[1] in gone else match[0], page)
    return page if _earlier_runs_on(page) else _NO_MORE.sub("", page)


def check_copy(url: str) -> None:
    """Raise `InputError` where a run could not be copied to a place, before it is made."""
    try:
        import fsspec

        fsspec.url_to_fs(url)
    except (ImportError, OSError, ValueError) as error:
        raise InputError(f"Runs cannot be copied to {url}: {error}") from error


def copy_to(folder: Path, url: str) -> str:
    """Copy a finished run to a place that fsspec knows, such as s3://bucket/reports; returns its address there.

    Its first page lists no earlier runs there, as they are not copied with it. Raises `InputError` where the place does
    not take it, or what fsspec needs for it is not installed.
    """
    target = f"{url.rstrip('/')}/{folder.name}"
    try:
        import fsspec

        system, path = fsspec.url_to_fs(target)
        system.put(f"{folder}/", f"{path}/", recursive=True)
        text = (folder / "index.html").read_text(encoding="utf-8")
        if earlier := _earlier_runs_on(text):
            system.pipe_file(f"{path}/index.html", _without_earlier(text, earlier).encode())
    except (ImportError, OSError, ValueError) as error:
        raise InputError(f"The run is in {folder}, but could not be copied to {target}: {error}") from error
    return target
