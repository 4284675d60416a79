"""A run: every notebook executed by papermill, rendered, and put in its place only when the whole is done.

A run is made in `outputs/.<run>.partial/` and renamed to `outputs/<run>/`; `outputs/latest` is moved, by one rename,
to a run that is complete. Whatever stops a run, and whenever, the previous one stays as it was.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import ingest, kernels, organisations, parameters
from .datapackage import project_root, read_descriptor, verify, write_text
from .errors import DataError, InputError, unknown
from .workers import ONE_THREAD, WorkerLost, side_by_side

MANIFEST = "manifest.json"
FIRST = "01_ingest"
PER_ICS = "ics_report"
TIMEOUT_SECONDS = 600
KEPT_RUNS = 5

@dataclass(frozen=True)
class Job:
    """One report to make: its place in the run, the notebook, its parameters, and what to call it."""

    page: str
    notebook: str
    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """A job as a worker gets it: where to find the notebook and where to write what it makes."""

    job: Job
    home: Path
    folder: Path
    manifest: dict[str, Any]
    kernel: str
    timeout_seconds: float
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a run came to: its folder, whether every report succeeded, and the reports' entries of the manifest."""

    folder: Path
    reports: Sequence[Mapping[str, Any]]
    is_latest: bool

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        return [report for report in self.reports if report["status"] != "ok"]


def plan(values: Mapping[str, Any], ics: Sequence[str] = (), only: str | None = None) -> list[Job]:
    """The reports of a run: each national notebook, then one report for each ICS of the footprint.

    `values` are parameters, shared out to the notebooks that take them; `ics` restricts the ICS reports and `only`
    the notebooks. Raises `InputError` for an unknown name or value, listing the valid ones.
    """
    if "ics" in values:
        values, ics = {name: value for name, value in values.items() if name != "ics"}, [*ics, values["ics"]]
    shared = parameters.check_all(values)
    if only is not None and only not in shared:
        raise InputError(unknown("notebook", only, shared))
    folder = project_root() / "notebooks"
    present = [name for name in shared if (folder / f"{name}.ipynb").is_file() and only in (None, name)]
    if not present:
        raise InputError(f"{folder} holds none of the notebooks: {', '.join(shared)}.")
    jobs = [Job(name, name, _title(folder / f"{name}.ipynb"), shared[name]) for name in present if name != PER_ICS]
    if PER_ICS in present:
        for code, name in _ics_names(shared[PER_ICS]["as_at"], ics).items():
            jobs.append(Job(f"ics/{code}", PER_ICS, name, {**shared[PER_ICS], "ics": code}))
    return jobs


def _ics_names(as_at: str, ics: Sequence[str]) -> dict[str, str]:
    bodies = organisations.footprint(ingest.load("bodies"), as_at)
    for code in ics:
        organisations.within_ics(bodies, code)
    names = bodies.drop_duplicates("ics_code").set_index("ics_code")["ics_name"]
    return {code: name for code, name in names.items() if not ics or code in ics}


def _title(path: Path) -> str:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for line in "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else []:
            if line.startswith("# "):
                return line[2:].strip()
    return path.stem


def run(
    jobs: Sequence[Job],
    output: Path,
    *,
    everything: bool = True,
    workers: int | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    progress: bool = True,
) -> Outcome:
    """Make every report of `jobs` in a new folder of `output`; `latest` moves to it if all is well.

    `everything` says that these jobs are all there are: a run restricted to some of them never becomes `latest`.
    Raises `InputError` where the data are not as described or the output cannot be written, before or after which
    nothing that was in `output` has changed.
    """
    home = project_root()
    with _writable(output):
        output.mkdir(parents=True, exist_ok=True)
        for stale in output.glob(".*.partial"):
            shutil.rmtree(stale, ignore_errors=True)
        run_id = _new_run_id(output)
        partial = output / f".{run_id}.partial"
        try:
            partial.mkdir()
            manifest = _manifest(home, run_id, jobs, everything)
            reports = list(_make(jobs, home, partial, manifest, workers or cores(), timeout_seconds, progress))
            _finish(manifest, reports, partial)
            os.replace(partial, output / run_id)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        is_latest = everything and manifest["status"] == "complete"
        if is_latest:
            point_latest(output, run_id)
    return Outcome(output / run_id, reports, is_latest)


def cores() -> int:
    """The processors this process may use, which in a container are fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _writable(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"Cannot write to {output}: {error.strerror or error}. "
            "Nothing that was there has been changed; free some space or choose another folder with --output."
        ) from error


def _new_run_id(output: Path) -> str:
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H%M%SZ")
    taken = {path.name for path in output.iterdir()}
    return next(name for name in (now, *(f"{now}-{n}" for n in range(2, 1000))) if name not in taken)


def _manifest(home: Path, run_id: str, jobs: Sequence[Job], everything: bool) -> dict[str, Any]:
    """What is known of a run before it starts; the pages are rendered from this."""
    return {
        "run": run_id,
        "status": "running",
        "command": shlex.join(["ccganalysis", *sys.argv[1:]]),
        "scope": "everything" if everything else "part",
        "started": _now(),
        **inputs(home),
        "platform": platform.platform(),
        "commit": _commit(home),
        "reports": [
            {"page": job.page, "notebook": job.notebook, "name": job.name, "parameters": dict(job.parameters)}
            for job in jobs
        ],
    }


def inputs(home: Path) -> dict[str, Any]:
    """Everything the reports are made from besides their notebook and parameters, by name and fingerprint.

    `data`: hash, publisher, title and date of each file of `data/raw/`; `code`: hash of each module and template of the
    package; `packages`: version of each package it asks for, `environment`: of every one installed; `python`: its
    version. Raises `DataError` where a raw file is not the one described.
    """
    raw, package = home / "data" / "raw", Path(__file__).parent
    descriptor = read_descriptor(raw)
    if faults := verify(raw, descriptor):
        raise DataError(faults)
    told = ("hash", "publisher", "title", "date")
    code = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    environment = {str(dist.name).lower(): dist.version for dist in importlib.metadata.distributions()}
    asked = [re.match(r"[\w.-]+", need)[0].lower() for need in importlib.metadata.requires(__package__) or []]
    return {
        "data": {one["path"]: {key: one[key] for key in told if key in one} for one in descriptor["resources"]},
        "code": {path.relative_to(package).as_posix(): _fingerprint(path.read_bytes()) for path in code},
        "packages": {name: environment[name] for name in sorted(set(asked)) if name in environment},
        "environment": dict(sorted(environment.items())),
        "python": platform.python_version(),
    }


def _fingerprint(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _commit(home: Path) -> str | None:
    """The commit of the project's own repository, with a note where files differ from it; None without git."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(home), *arguments], capture_output=True, text=True, timeout=30)
        done.check_returncode()
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + (" with changes" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _make(
    jobs: Sequence[Job],
    home: Path,
    folder: Path,
    manifest: dict[str, Any],
    workers: int,
    timeout_seconds: float,
    progress: bool,
) -> Iterator[dict[str, Any]]:
    """Make the reports, ingest before the others, and yield their entries in the order they are done."""
    with kernels.warm() as (kernel, shared), _bar(len(jobs), progress) as bar:
        environment = {**ONE_THREAD, **shared, "CCGANALYSIS_HOME": str(home)}
        tasks = [Task(job, home, folder, manifest, kernel, timeout_seconds, environment) for job in jobs]
        first = [task for task in tasks if task.job.notebook == FIRST]
        rest = [task for task in tasks if task.job.notebook != FIRST]
        for group in (first, rest):
            for task, result in side_by_side(
                make_report, group, workers=workers, patience_seconds=timeout_seconds + 60, preload=[__name__]
            ):
                report = _entry(task, result)
                bar(report)
                yield report


def _entry(task: Task, result: Any) -> dict[str, Any]:
    if isinstance(result, OSError):
        raise result
    if isinstance(result, Exception):
        reason = str(result) if isinstance(result, WorkerLost) else f"{type(result).__name__}: {result}"
        result = {"status": "failed", "error": reason, "seconds": None, "artefacts": []}
    job = task.job
    described = {"page": job.page, "notebook": job.notebook, "name": job.name, "parameters": dict(job.parameters)}
    return described | result


@contextlib.contextmanager
def _bar(total: int, progress: bool) -> Iterator[Any]:
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # its thread would only get in the way of starting processes
    with tqdm(total=total, unit="report", disable=None if progress else True) as bar:

        def advance(report: Mapping[str, Any]) -> None:
            if report["status"] != "ok":
                bar.write(f"{report['page']} failed: {report['error']}")
            bar.set_postfix_str(report["page"], refresh=False)
            bar.update()

        yield advance


def _finish(manifest: dict[str, Any], reports: list[dict[str, Any]], folder: Path) -> None:
    from . import report

    order = {described["page"]: number for number, described in enumerate(manifest["reports"])}
    reports.sort(key=lambda entry: order[entry["page"]])
    well = all(entry["status"] == "ok" for entry in reports)
    seconds = (datetime.datetime.fromisoformat(_now()) - datetime.datetime.fromisoformat(manifest["started"])).seconds
    manifest.update(status="complete" if well else "failed", finished=_now(), seconds=seconds, reports=reports)
    report.build_site(folder, manifest)
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def point_latest(output: Path, run_id: str) -> None:
    """Move `latest` to a run in one step; where the system has no symbolic links, a page there leads to the run."""
    aside, latest = output / ".latest.new", output / "latest"
    aside.unlink(missing_ok=True)
    try:
        aside.symlink_to(run_id, target_is_directory=True)
        os.replace(aside, latest)
    except OSError:
        latest.mkdir(exist_ok=True)
        link = f"../{run_id}/index.html"
        page = (
            '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Newest run</title>'
            f'<meta http-equiv="refresh" content="0; url={link}"></head>'
            f'<body><p><a href="{link}">The newest complete run</a></p></body></html>\n'
        )
        write_text(latest / "index.html", page)


def make_report(task: Task) -> dict[str, Any]:
    """Execute one notebook and write its page, pictures and tables; returns its status for the manifest.

    Runs in a worker process. A notebook that fails leaves its executed copy with the error, and a page that shows it.
    """
    from . import notebooks, report

    began = time.monotonic()
    os.environ.update(task.environment, CCGANALYSIS_FIGURE_FORMATS="png")
    os.chdir(task.home / "notebooks")
    target = task.folder / "notebooks" / f"{task.job.page}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    error = notebooks.execute(
        task.home / "notebooks" / f"{task.job.notebook}.ipynb",
        target,
        task.job.parameters,
        timeout_seconds=task.timeout_seconds,
        kernel=task.kernel,
    )
    executed = notebooks.read(target)
    html = report.render_page(executed, task.job.page, task.manifest)
    write_text(task.folder / f"{task.job.page}.html", html)
    entries = report.write_artefacts(executed, task.job.page, task.folder)
    return {
        "status": "failed" if error else "ok",
        "error": error,
        "seconds": round(time.monotonic() - began, 2),
        "artefacts": entries,
    }
