"""A run: every notebook that needs it executed by papermill, rendered, and put in place only when the whole is done.

What needs it is decided by comparing with the manifests of earlier runs. An executed notebook is carried over from one
of them if the notebook, its parameters, the modules it can reach, the tables it read and the environment are all what
they were. Pages and site are made again from what was executed wherever what they are made from has changed.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import pages, parameters, wording
from ..data import eras, ingest, organisations
from ..data.datapackage import project_root, read_descriptor, write_text
from ..errors import InputError, unknown
from . import outputs, reach
from .progress import progress_of
from .workers import ONE_THREAD, TRIES, WorkerLost, side_by_side

FIRST = "01_ingest"
PER_AREA = "area_report"
TIMEOUT_SECONDS = 600

GRACE_SECONDS = 60
"""A report that is not done so long after its notebook's time ran out is stopped by force."""

ABOUT = ("run", "started", "command", "commit", "python", "packages", "data")
"""What a page tells of the run it was made in."""

MADE_FROM = {"data", "tables", "code", "documents", "packages", "environment", "python", "reach"}
"""What the manifest of a run says that it was made from."""

EXECUTED_BY = ("_executed",)
RENDERED_BY = ("make_report", "make_site")
"""The functions here that execute and render: what they lead to counts, as what the notebooks lead to does."""

Spread = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[tuple[Any, Any]]]
"""How tasks are done by many: like `workers.side_by_side`, with everything but work and tasks decided."""


@dataclass(frozen=True)
class Job:
    """One report to make: its place in the run, the notebook, its parameters, and what to call it."""

    page: str
    notebook: str
    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Carried:
    """The run in `folder` whose executed notebook still stands; its entries for what is `beside` it, where that does too."""

    folder: Path
    beside: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Task:
    """A job as a worker gets it, with all it needs to know; `carried` where it need not be executed."""

    job: Job
    home: Path
    folder: Path
    about: Mapping[str, Any]
    timeout_seconds: float
    environment: Mapping[str, str]
    carried: Carried | None = None


@dataclass(frozen=True)
class Site:
    """The first page and national workbook to make over the reports in a folder, as a worker gets it.

    `part` is the folder in it of one era, "" for the one at the top; the others' are other workers'. `same` is the
    folder of an earlier run whose figures are the same, if there is one.
    """

    home: Path
    folder: Path
    manifest: dict[str, Any]
    part: str = ""
    same: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run came to: its folder and manifest, not new where an earlier run said it all, and the runs removed."""

    folder: Path
    manifest: dict[str, Any]
    is_new: bool = True
    removed: Sequence[str] = ()

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        return [report for report in self.manifest["reports"] if report["status"] != "ok"]


def plan(values: Mapping[str, Any], area: Sequence[str] = (), only: str | None = None) -> list[Job]:
    """The reports of a run: each national notebook, then one report for each area of the footprint.

    Without a footprint (`as_at`) among the `values`, that of every era, the one whose question is open first; a report that
    two eras would have alike is made once, with the earlier, whose evidence it is. The values are parameters, shared out to
    the notebooks that take them; `area` restricts the area reports and `only` the notebooks. Raises `InputError` for an
    unknown name or value, listing the valid ones.
    """
    if "area" in values:
        values, area = {name: value for name, value in values.items() if name != "area"}, [*area, values["area"]]
    merge = str(values.get("merge", ""))
    given = {name: value for name, value in values.items() if name != "merge"}
    dates = [str(given["as_at"])] if "as_at" in given else _defaults()
    if area:
        dates = _with_areas(dates, area)
    jobs: dict[str, Job] = {}
    for as_at in dates:
        for job in _edition(given | {"as_at": as_at}, area, only, several=len(dates) > 1):
            alike = json.dumps([job.notebook, job.parameters], sort_keys=True, default=str)
            jobs.pop(alike, None)
            jobs[alike] = job
    made = list(jobs.values())
    return _with_merge(made, merge) if merge.strip() else made


def _defaults() -> list[str]:
    """The default footprints of all eras, that of the live one first."""
    ingest.up_to_date(project_root())  # says where to go, outside a project
    newest = sorted(ingest.all_eras(), key=lambda era: era.begins, reverse=True)
    return [str(era.default_footprint) for era in newest]


def _with_areas(dates: Sequence[str], area: Sequence[str]) -> list[str]:
    """The footprints that have any of some areas; raises `InputError` for an area that none of them has."""
    held = {date: _area_names(date) for date in dates}
    names = {code: name for of_date in held.values() for code, name in sorted(of_date.items())}
    for code in area:
        if code not in names:
            raise InputError(unknown("area", code, list(names), list(names.values())))
    return [date for date in dates if held[date].keys() & set(area)]


def _edition(values: Mapping[str, Any], area: Sequence[str], only: str | None, *, several: bool) -> list[Job]:
    """The reports on one footprint; those of the era whose question is open stand at the top, others in its folder."""
    try:
        shared = parameters.check_all(values)
    except InputError as error:
        hint = f"\n(This is for {values['as_at']}; name another footprint with as_at.)" if several else ""
        raise InputError(f"{error}{hint}") from None
    if only is not None and only not in shared:
        raise InputError(unknown("notebook", only, shared))
    notebooks = project_root() / "notebooks"
    present = [name for name in shared if (notebooks / f"{name}.ipynb").is_file() and only in (None, name)]
    if not present:
        raise InputError(f"{notebooks} holds none of these notebooks: {', '.join([only] if only else shared)}.")
    era = ingest.era(values["as_at"])
    folder = "" if era.name == eras.live(ingest.all_eras()).name else f"{era.name}/"
    jobs = [
        Job(f"{folder}{name}", name, _title(notebooks / f"{name}.ipynb"), shared[name])
        for name in present
        if name != PER_AREA
    ]
    if PER_AREA in present:
        for code, name in _area_names(values["as_at"]).items():
            if not area or code in area:
                jobs.append(Job(f"{folder}{pages.LOCAL}/{code}", PER_AREA, name, {**shared[PER_AREA], "area": code}))
    return jobs


def _with_merge(jobs: list[Job], merge: str) -> list[Job]:
    """The reports with the user's mergers in that of the area of the first body named, checked; the others have none."""
    local = [job for job in jobs if job.notebook == PER_AREA]
    if not local:
        raise InputError("merge is for reports on areas, and this run makes none.")
    first = merge.replace(",", "+").split("+")[0].strip()
    bodies = ingest.load("bodies")
    of_first = {(f"{one.as_at:%Y-%m-%d}", one.area_code) for one in bodies[bodies["body_code"] == first].itertuples()}
    its = next((job for job in local if (job.parameters["as_at"], job.parameters["area"]) in of_first), local[-1])
    asked = {**its.parameters, "merge": merge}
    parameters.check(PER_AREA, asked)
    return [replace(job, parameters=asked) if job is its else job for job in jobs]


def _area_names(as_at: str) -> dict[str, str]:
    """The areas' names by code, those of most bodies first: a run would wait for a long report that began last."""
    bodies = organisations.footprint(ingest.load("bodies"), as_at)
    areas = bodies.groupby("area_code")["area_name"].agg(["first", "size"])
    largest_first = areas.sort_values("size", ascending=False, kind="stable")["first"]
    return {str(code): str(name) for code, name in largest_first.items()}


def _title(path: Path) -> str:
    for cell in _cells(path):
        for line in "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else []:
            if line.startswith("# "):
                return line[2:].strip()
    return path.stem


def _cells(path: Path) -> list[dict[str, Any]]:
    try:
        cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return cells
    except (ValueError, KeyError):
        raise InputError(f"{path} is not a notebook: it cannot be read as JSON with cells.") from None


def run(
    jobs: Sequence[Job],
    output: Path,
    *,
    everything: bool = True,
    force: bool = False,
    keep: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    progress: bool = True,
) -> Outcome:
    """Make the reports of `jobs` in a new folder of `output`; `latest` moves to it if all is well.

    Reports that still stand are carried over, unless `force`; where all do, nothing is made and the earlier run is
    the outcome. `everything` says that these jobs are all there are: a run of some of them never becomes `latest`.
    `keep` removes all but that many of the newest runs afterwards. `scheduler` is the address of a Dask cluster to
    use instead of `workers` processes here. Raises `InputError` where the data are not as described or the output
    cannot be written, and `outputs.Busy` while another run is writing there; what was in `output` is then unchanged.
    """
    home = project_root()
    with outputs.writing_to(output):
        # Runs of an older version do not say what they were made from, so nothing of theirs stands.
        finished = [run for run in outputs.finished(output) if run.keys() >= MADE_FROM]
        manifest = new_manifest(home, outputs.new_run(output), jobs, everything, finished)
        manifest["number"] = outputs.next_number(output)
        earlier = [] if force else finished
        lost = {run["run"]: outputs.missing(output, run) for run in earlier}
        if same := _unchanged(manifest, earlier, lost):
            if everything:
                outputs.point_latest(output, same["run"])
            removed = _tidied(output, keep, same["run"])
            return Outcome(output / same["run"], same, is_new=False, removed=removed)
        standing = _standing(manifest, earlier, lost, output, force)
        if len(standing) == len(jobs):
            reasons = restyled(manifest, earlier[0]) + _lost(lost[earlier[0]["run"]])
            manifest["rendered"] = "; ".join(reasons) or "other reports than last time"
        same_figures = _same_figures(manifest, earlier, lost, output, standing)
        entries = {entry["page"]: entry for entry in manifest["reports"]}
        with (
            outputs.made_aside(output, manifest["run"]) as partial,
            spread(workers, scheduler, timeout_seconds, len(standing) < len(jobs)) as (spread_out, shared),
            progress_of(manifest, partial, progress) as note,
        ):
            tasks = tasks_of(jobs, manifest, home, partial, shared, timeout_seconds, standing)
            for task, result in make_all(tasks, spread_out):
                executed_in = {} if task.carried else {"executed_in": manifest["run"]}
                entries[task.job.page].update(result, **executed_in)
                note(entries[task.job.page])
            end(manifest)
            make_sites(parts_of(home, partial, manifest, same_figures), spread_out)
            manifest["files"] = outputs.files_of(partial)
            write_text(partial / outputs.MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        if outputs.is_complete(manifest):
            outputs.point_latest(output, manifest["run"])
        removed = _tidied(output, keep, manifest["run"])
    return Outcome(output / manifest["run"], manifest, removed=removed)


def _tidied(output: Path, keep: int | None, made: str) -> list[str]:
    """Remove all but `keep` of the newest runs, note in the log of the run `made` which, and let no page list a lost one."""
    removed = outputs.keep_newest(output, keep, made) if keep else []
    outputs.forget(output)
    if removed:
        with (output / made / "run.log").open("a", encoding="utf-8") as log:
            log.write(f"{now()} removed, as --keep {keep} says: {', '.join(removed)}\n")
    return removed


def _lost(files: Sequence[str]) -> list[str]:
    return [f"missing or cut short: {wording.listed(list(files), 4)}"] if files else []


def tasks_of(
    jobs: Sequence[Job],
    manifest: Mapping[str, Any],
    home: Path,
    folder: Path,
    environment: Mapping[str, str],
    timeout_seconds: float,
    standing: Mapping[str, Carried],
) -> list[Task]:
    """The jobs as tasks of one run, which its manifest describes."""
    about = {name: manifest[name] for name in ABOUT}
    environment = {**ONE_THREAD, **environment, "CCGANALYSIS_HOME": str(home)}
    return [Task(job, home, folder, about, timeout_seconds, environment, standing.get(job.page)) for job in jobs]


def cores() -> int:
    """The processors this process may use, which in a container are fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def spread(
    workers: int | None, scheduler: str | None, timeout_seconds: float, executes: bool = True
) -> Iterator[tuple[Spread, Mapping[str, str]]]:
    """How the tasks of a run are done, and what is added to their environment: in processes here, or on a cluster.

    Kernels and papermill are loaded only for a run that executes notebooks.
    """
    if scheduler:
        from . import cluster

        patience = timeout_seconds + GRACE_SECONDS
        yield functools.partial(cluster.side_by_side, scheduler=scheduler, patience_seconds=patience), {}
        return
    preload = ["ccganalysis.runs.runner", "ccganalysis.notebooks", "ccganalysis.report"]
    shared: contextlib.AbstractContextManager[dict[str, str]] = contextlib.nullcontext({})
    if executes:
        from . import kernels

        shared = kernels.shared()
    with shared as environment:
        yield (
            functools.partial(
                side_by_side,
                workers=workers or cores(),
                patience_seconds=timeout_seconds + GRACE_SECONDS,
                preload=[*preload, "papermill"] if executes else preload,
            ),
            environment,
        )


# --- what a run is made from, and what of earlier runs still stands ---


def new_manifest(
    home: Path, run_id: str, jobs: Sequence[Job], everything: bool, earlier: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """All that is known of a run before it starts; what `earlier` manifests know need not be found out again."""
    notebooks = {job.notebook: home / "notebooks" / f"{job.notebook}.ipynb" for job in jobs}
    hashes = {name: _notebook_hash(path) for name, path in notebooks.items()}
    scripts = {name: _script(path) for name, path in notebooks.items()}
    made_from = inputs(home, list(scripts.values()))
    return {
        "run": run_id,
        "status": "running",
        "scope": "everything" if everything else "part",
        "started": now(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        **made_from,
        "reach": _reach(scripts, hashes, made_from["code"], earlier),
        "platform": platform.platform(),
        "commit": _commit(home),
        "reports": [
            {
                "page": job.page,
                "notebook": job.notebook,
                "name": job.name,
                "parameters": dict(job.parameters),
                "notebook_hash": hashes[job.notebook],
            }
            for job in jobs
        ],
    }


def inputs(home: Path, scripts: Sequence[str] = ()) -> dict[str, Any]:
    """Everything the reports are made from besides their notebook and parameters, by name and fingerprint.

    `data`: hash, publisher, title and date of each file of `data/raw/`; `tables`: hash of each of `data/processed/`;
    `code`: hash of each module and template of the package; `documents`: hash of each file of `docs/`, of which the site
    shows some; `packages`: version of each package it asks for; `environment`: of each that those need, or that the
    notebooks' code (`scripts`) imports; `python`: its version. Raises `DataError` where a raw file is not the one described.
    """
    raw, package = home / "data" / "raw", Path(__file__).parents[1]
    tables = {one["path"]: one["hash"] for one in read_descriptor(ingest.up_to_date(home))["resources"]}
    told = ("hash", "publisher", "title", "date")
    code = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    environment, asked = reach.environment(package.name, scripts), reach.asked_for(package.name)
    return {
        "data": {
            one["path"]: {key: one[key] for key in told if key in one} for one in read_descriptor(raw)["resources"]
        },
        "tables": tables,
        "code": {path.relative_to(package).as_posix(): _hash(path.read_bytes()) for path in code},
        "documents": {path.name: _hash(path.read_bytes()) for path in sorted((home / "docs").glob("*.md"))},
        "packages": {name: environment[name] for name in asked if name in environment},
        "environment": environment,
        "python": platform.python_version(),
    }


def _reach(
    scripts: Mapping[str, str],
    hashes: Mapping[str, str],
    code: Mapping[str, str],
    earlier: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The files of the package that executing each notebook can reach (`notebooks`), and rendering (`pages`).

    Taken from an earlier run where that had the same modules and notebook: reading them all takes half a second.
    """
    files = _modules(code)
    known = next((run for run in earlier if "reach" in run and _modules(run["code"]) == files), None)
    before = {one["notebook"]: one["notebook_hash"] for one in known["reports"]} if known else {}
    package = reach.Package(Path(__file__).parents[1])
    here = f"{package.folder.name}.runs.runner"
    return {
        "pages": known["reach"]["pages"]
        if known
        else package.reached_from(names=[(here, name) for name in RENDERED_BY]),
        "notebooks": {
            name: known["reach"]["notebooks"][name]
            if known and before.get(name) == hashes[name]
            else package.reached_from([script], [(here, one) for one in EXECUTED_BY])
            for name, script in scripts.items()
        },
    }


def _modules(code: Mapping[str, str]) -> dict[str, str | None]:
    """The fingerprints of modules, and of other files that there are."""
    return {name: value if name.endswith(".py") else None for name, value in code.items()}


def _script(path: Path) -> str:
    """The code of a notebook."""
    return "\n".join("".join(cell["source"]) for cell in _cells(path) if cell["cell_type"] == "code")


def _notebook_hash(path: Path) -> str:
    """The fingerprint of what a notebook says and does; its stored outputs and layout do not count."""
    source = [(cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags")) for cell in _cells(path)]
    return _hash(json.dumps(source).encode())


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _commit(home: Path) -> str | None:
    """The commit of the project's own repository, with a note where files differ from it; None without git."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(home), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + (" with changes" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None


def now() -> str:
    """The time in UTC, in ISO 8601 to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def differences(report: Mapping[str, Any], now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Why a report of the run `before` does not stand for the same one `now`, in words; empty where it does."""
    earlier = next((one for one in before["reports"] if one["page"] == report["page"]), None)
    if earlier is None:
        return ["not made before"]
    reasons = [] if earlier["status"] == "ok" else ["it failed last time"]
    if earlier["notebook_hash"] != report["notebook_hash"]:
        reasons.append(f"notebook changed: {report['notebook']}")
    reasons += _changes("parameter changed", earlier["parameters"], report["parameters"], values=True)
    reasons += _changes("data changed", *(_read(run, earlier.get("read")) for run in (before, now)))
    reasons += _changes(
        "code changed", *(_reached(run, run["reach"]["notebooks"][report["notebook"]]) for run in (before, now))
    )
    return reasons + _environment(now, before)


def restyled(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Why pages of the run `before` do not stand for those of `now`, in words, though what was executed may stand."""
    reasons = _changes("data changed", before["data"], now["data"])
    reasons += _changes("document changed", before["documents"], now["documents"])
    reasons += _changes("code changed", *(_reached(run, run["reach"]["pages"]) for run in (before, now)))
    return reasons + _environment(now, before)


def _computed_alike(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether tables, pictures and workbooks made of a notebook are what they were: templates have no part in them."""
    modules = [
        {name: run["code"][name] for name in run["reach"]["pages"] if name.endswith(".py")} for run in (before, now)
    ]
    return modules[0] == modules[1] and before["data"] == now["data"] and not _environment(now, before)


def _read(run: Mapping[str, Any], read: Sequence[str] | None) -> dict[str, str]:
    """The data of a run, by path within `data/`, that are known to be read; all of them where that is not known."""
    files = {f"raw/{name}": one["hash"] for name, one in run["data"].items()}
    files |= {f"processed/{name}": value for name, value in run["tables"].items()}
    return files if read is None else {name: files[name] for name in read if name in files}


def _reached(run: Mapping[str, Any], files: Iterable[str]) -> dict[str, str]:
    return {name: run["code"][name] for name in files}


def _environment(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    was, current = ({**run["environment"], "python": run["python"]} for run in (before, now))
    return _changes("environment changed", was, current, values=True)


def _changes(words: str, before: Mapping[str, Any], now: Mapping[str, Any], *, values: bool = False) -> list[str]:
    if before == now:
        return []
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    told = [f"{name} was {before.get(name)}, is {now.get(name)}" if values else name for name in names]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return [f"{words}: {', '.join(told[:3])}{more}"]


def _unchanged(
    manifest: Mapping[str, Any], earlier: Sequence[dict[str, Any]], lost: Mapping[str, Sequence[str]]
) -> dict[str, Any] | None:
    """The earlier run that this one would only repeat: for a whole run the newest complete one, otherwise any.

    A run that has lost files (`lost`, by run) is repeated.
    """
    everything = manifest["scope"] == "everything"
    candidates = [run for run in earlier if outputs.is_complete(run)][:1] if everything else earlier
    for run in candidates:
        same_pages = not everything or len(run["reports"]) == len(manifest["reports"])
        if (
            not same_pages
            or lost[run["run"]]
            or any(differences(report, manifest, run) for report in manifest["reports"])
        ):
            continue
        if not restyled(manifest, run):
            return run
    return None


def _standing(
    manifest: dict[str, Any],
    earlier: Sequence[Mapping[str, Any]],
    lost: Mapping[str, Sequence[str]],
    output: Path,
    force: bool,
) -> dict[str, Carried]:
    """Which earlier runs the executed notebooks can be carried over from, by page; notes in the manifest why or why not."""
    standing = {}
    for report in manifest["reports"]:
        page = report["page"]
        report["reason"] = "forced" if force else "not made before"
        for number, run in enumerate(earlier):
            reasons = differences(report, manifest, run)
            if not reasons and f"notebooks/{page}.ipynb" not in lost[run["run"]]:
                made = next(one for one in run["reports"] if one["page"] == page)
                standing[page] = Carried(
                    output / run["run"],
                    made["artefacts"] if not lost[run["run"]] and _computed_alike(manifest, run) else (),
                )
                report.update(reason="unchanged", executed_in=made["executed_in"], read=made["read"])
                break
            if number == 0:
                report["reason"] = "; ".join(reasons) or "its executed notebook is missing"
    return standing


def _same_figures(
    manifest: Mapping[str, Any],
    earlier: Sequence[Mapping[str, Any]],
    lost: Mapping[str, Sequence[str]],
    output: Path,
    standing: Mapping[str, Carried],
) -> Path | None:
    """The folder of the earlier run that every report is carried over from, where tables and workbooks stand, too."""
    asked = {one["page"] for one in manifest["reports"]}
    for run in earlier:
        folder = output / run["run"]
        if (
            {one["page"] for one in run["reports"]}
            == asked
            == {page for page, one in standing.items() if one.folder == folder}
        ):
            return folder if not lost[run["run"]] and _computed_alike(manifest, run) else None
    return None


# --- making the reports ---


def make_report(task: Task) -> dict[str, Any]:
    """Execute one notebook, unless it is carried over, and write its page, pictures and tables; returns how it went.

    Runs in a worker process. A notebook that fails leaves its executed copy with the error, and a page that shows it.
    """
    from .. import notebooks, report

    began = time.monotonic()
    os.environ.update(task.environment, CCGANALYSIS_FIGURE_FORMATS="png")
    os.chdir(task.home / "notebooks")
    page = task.job.page
    target = task.folder / "notebooks" / f"{page}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    if task.carried:
        shutil.copyfile(task.carried.folder / target.relative_to(task.folder), target)
        error, executed, read = None, notebooks.read(target), {}
    else:
        error, executed, files = _executed(task, target)
        read = {"read": files}
    write_text(task.folder / f"{page}.html", report.render_page(executed, page, dict(task.about)))
    entries = _copied(task) or report.write_artefacts(executed, page, task.folder)
    return {
        "status": "failed" if error else "ok",
        "error": error,
        "seconds": round(time.monotonic() - began, 2),
        "artefacts": entries,
        "results": report.artefacts.key_results(executed),
        **read,
    }


def _copied(task: Task) -> list[Mapping[str, Any]]:
    """The entries of what stood beside a notebook and was copied; none where it has to be made."""
    beside = task.carried.beside if task.carried else ()
    copies = {task.carried.folder / path: task.folder / path for one in beside for path in one["files"] if task.carried}
    if not all(path.is_file() for path in copies):
        return []
    for folder in {path.parent for path in copies.values()}:
        folder.mkdir(parents=True, exist_ok=True)
    for path, copy in copies.items():
        shutil.copyfile(path, copy)
    return list(beside)


def _executed(task: Task, target: Path) -> tuple[str | None, Any, list[str] | None]:
    """Execute a task's notebook into `target`; returns its error, if any, the notebook, and the data files it read.

    These are None, not known, where the notebook's own code may open files.
    """
    from .. import notebooks
    from . import kernels

    source = task.home / "notebooks" / f"{task.job.notebook}.ipynb"
    aside = target.with_name(f".{target.stem}.{os.getpid()}.ipynb")
    notes = aside.with_suffix(".read")
    os.environ["CCGANALYSIS_READS"] = str(notes)
    for _ in range(TRIES):
        error = notebooks.execute(
            source, aside, task.job.parameters, timeout_seconds=task.timeout_seconds, kernel=kernels.name()
        )
        # A kernel dies for want of memory more often than of its notebook, and memory comes and goes.
        if not (error and error.startswith(notebooks.KERNEL_DIED)):
            break
    executed = notebooks.read(aside)
    places = {"input_path": f"notebooks/{source.name}", "output_path": target.relative_to(task.folder).as_posix()}
    executed.metadata.papermill.update(places)
    write_text(target, notebooks.nbformat.writes(executed))
    aside.unlink()
    read = sorted(set(notes.read_text(encoding="utf-8").splitlines())) if notes.is_file() else []
    notes.unlink(missing_ok=True)
    return error, executed, None if reach.opens_files([_script(source)]) else read


def make_all(tasks: Sequence[Task], spread: Spread) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Make every report, those of ingest that are executed before the others; yields each task with how it went as soon as it is done.

    A worker that was lost, or an error outside the notebook, is a failed report; output that cannot be written is an
    `OSError`, as the whole run cannot succeed then.
    """
    first: list[Task] = []
    rest: list[Task] = []
    for task in tasks:
        (first if task.job.notebook == FIRST and not task.carried else rest).append(task)
    for group in filter(None, (first, rest)):
        for task, result in spread(make_report, group):
            if isinstance(result, OSError) and result.errno in outputs.UNWRITABLE:
                raise result
            if isinstance(result, Exception):
                words = str(result) if isinstance(result, WorkerLost) else f"{type(result).__name__}: {result}"
                result = {"status": "failed", "error": words, "seconds": None, "artefacts": [], "results": []}
            yield task, result


def end(manifest: dict[str, Any]) -> None:
    """Note in the manifest how the run went, and when it ended."""
    well = all(entry["status"] == "ok" for entry in manifest["reports"])
    manifest.update(status="complete" if well else "failed", finished=now())


def make_sites(sites: Sequence[Site], spread: Spread) -> None:
    """Make the sites by workers, who have loaded all that it takes.

    Raises the first error of any, and `WorkerLost` where a process was lost on it twice.
    """
    for _, result in spread(make_site, sites):
        if isinstance(result, Exception):
            raise result


def parts_of(home: Path, folder: Path, manifest: dict[str, Any], same: Path | None = None) -> list[Site]:
    """The site over the reports in a folder, in parts that can be made side by side."""
    parts = pages.folders_of(entry["page"] for entry in manifest["reports"])
    return [Site(home, folder, manifest, part, same) for part in parts]


def make_site(site: Site) -> None:
    """Make one part of a site, in a worker."""
    from .. import report

    os.environ["CCGANALYSIS_HOME"] = str(site.home)
    report.build_site(site.folder, site.manifest, site.part, site.same)
