"""The command line: `ccganalysis run` makes every report; see `ccganalysis --help`.

Exit codes: 0 all well, 1 a notebook failed, 2 bad input or configuration, 3 another run is writing to the same folder,
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .data.official import commands as official
from .errors import InputError
from .runs.outputs import UNWRITABLE, Busy
from .runs.workers import WorkerLost

if TYPE_CHECKING:
    from .runs.runner import Outcome

SOME_FAILED, BAD_INPUT, BUSY = 1, 2, 3

app = typer.Typer(
    help="Which NHS commissioners should merge, what would it release, does it fit the area, how sure are we?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


CopyTo = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Copy it, if all is well, to any place fsspec knows, such as s3://bucket/reports."
    ),
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(importlib.metadata.version("ccganalysis"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and exit.")
    ] = False,
) -> None:
    """What stands before every command; its help is the program's."""


@app.command()
def run(
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A parameter of the notebooks; may be repeated."),
    ] = None,
    area: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Report on this area only, such as QOP; may be repeated.")
    ] = None,
    only: Annotated[str | None, typer.Option(metavar="NOTEBOOK", help="Run this notebook only.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for the runs.")] = Path("outputs"),
    workers: Annotated[int | None, typer.Option(min=1, help="Reports made side by side [default: one a core].")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds a notebook may take.")] = 600,
    force: Annotated[bool, typer.Option("--force", help="Run every notebook again, changed or not.")] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Keep this many of the newest runs, remove older ones.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Use a Dask cluster, such as tcp://host:8786.")
    ] = None,
    copy_to: CopyTo = None,
) -> None:
    """Check the data, run what has changed of the notebooks and of the area reports, and put a site together."""
    from .runs import outputs, runner, scratch

    if copy_to:
        outputs.check_copy(copy_to)
    scratch.use()
    outcome = runner.run(
        runner.plan(_values(parameter or []), area or [], only),
        output.absolute(),
        everything=not (area or only or any(pair.startswith("area=") for pair in parameter or [])),
        force=force,
        keep=keep,
        workers=workers,
        scheduler=scheduler,
        timeout_seconds=timeout,
        progress=sys.stderr.isatty(),
    )
    where = output / ("latest" if outputs.is_complete(outcome.manifest) else outcome.folder.name)
    if outcome.removed:
        typer.echo(f"Removed, as --keep {keep} says: {', '.join(outcome.removed)}")
    _tell(outcome, where, copy_to)


def _tell(outcome: Outcome, where: Path, copy_to: str | None) -> None:
    """Say what was made and where, and copy it; a failed report ends the command with its exit code instead."""
    from .runs import outputs

    reports = outcome.manifest["reports"]
    if outcome.is_new:
        typer.echo(f"{len(reports) - len(outcome.failed)} of {len(reports)} reports made. Open {where / 'index.html'}")
    else:
        typer.echo(f"Nothing has changed since run {outcome.folder.name}. Open {where / 'index.html'}")
    if outcome.failed:
        pages = [report["page"] for report in outcome.failed]
        more = f" and {len(pages) - 5} more" if len(pages) > 5 else ""
        typer.echo(f"Failed: {', '.join(pages[:5])}{more}. The errors are in {outcome.folder / 'run.log'}", err=True)
        raise typer.Exit(SOME_FAILED)
    if copy_to:
        typer.echo(f"Copied to {outputs.copy_to(outcome.folder, copy_to)}")


@app.command()
def sweep(
    scenarios: Annotated[Path, typer.Argument(help="YAML file with a grid of parameters; docs/running.md has one.")],
    output: Annotated[Path, typer.Option(help="Folder for the runs; sweeps go into its folder sweeps.")] = Path(
        "outputs"
    ),
    workers: Annotated[int | None, typer.Option(min=1, help="Reports made side by side [default: one a core].")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds a notebook may take.")] = 600,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Use a Dask cluster, such as tcp://host:8786.")
    ] = None,
    copy_to: CopyTo = None,
) -> None:
    """Make the reports over a grid of parameters, and compare their key results."""
    from .runs import outputs, scratch
    from .runs import sweep as sweeps

    if copy_to:
        outputs.check_copy(copy_to)
    scratch.use()
    outcome = sweeps.run(
        sweeps.read_scenarios(scenarios),
        output.absolute(),
        workers=workers,
        scheduler=scheduler,
        timeout_seconds=timeout,
        progress=sys.stderr.isatty(),
    )
    _tell(outcome, output / "sweeps" / outcome.folder.name, copy_to)


@app.command()
def check() -> None:
    """Check the files of data/raw against their checksums, types and rules, and one another; write nothing."""
    from .data import datapackage, ingest

    quality = ingest.checked(datapackage.project_root() / "data" / "raw")["quality"]
    typer.echo(quality.to_string(index=False))
    if (quality["passed"] == "no").any():
        raise typer.Exit(SOME_FAILED)


@app.command()
def accept(file: Annotated[list[str], typer.Argument(help="Edited files of data/raw.")]) -> None:
    """Check raw data files that were edited on purpose with all the others, and record their checksums."""
    from .data import datapackage, ingest

    for line in ingest.accept(datapackage.project_root() / "data" / "raw", file):
        typer.echo(line)


@app.command()
def notebooks(
    name: Annotated[list[str] | None, typer.Argument(help="Notebooks to refresh [default: all, in order].")] = None,
) -> None:
    """Run the stored notebooks with their own parameters and store their outputs in canonical form."""
    from . import notebooks as stored
    from .data.datapackage import project_root
    from .errors import unknown
    from .runs import kernels

    paths = {path.stem: path for path in stored.in_order(project_root() / "notebooks")}
    for wanted in name or list(paths):
        if wanted not in paths:
            raise InputError(unknown("notebook", wanted, paths))
    failed = False
    with kernels.shared() as environment:
        os.environ.update(environment)
        for path in (paths[wanted] for wanted in name or list(paths)):
            try:
                typer.echo(f"{path.name}: {'changed' if stored.refresh(path, kernels.name()) else 'unchanged'}")
            except RuntimeError as error:
                typer.echo(str(error), err=True)
                failed = True
    if failed:
        raise typer.Exit(SOME_FAILED)


for command in (official.add, official.sources, official.fetch):
    app.command()(command)


def _values(pairs: list[str]) -> dict[str, Any]:
    """`name=value` pairs as values of the types the parameters declare; codes such as 15E0 stay text."""
    from . import parameters

    values = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise InputError(f"{pair!r} is not NAME=VALUE, such as -p as_at=2019-04-01.")
        values[name.strip()] = parameters.typed(name.strip(), text.strip())
    return values


def main() -> None:
    """The console command; whatever the user can put right ends in one message, never in a traceback."""
    try:
        app()
    except InputError as error:
        typer.echo(f"ccganalysis: {error}", err=True)
        sys.exit(BAD_INPUT)
    except Busy as error:
        typer.echo(f"ccganalysis: {error}", err=True)
        sys.exit(BUSY)
    except WorkerLost as error:
        typer.echo(f"ccganalysis: the first page could not be made: {error}. Earlier runs are as they were.", err=True)
        sys.exit(SOME_FAILED)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        typer.echo(f"ccganalysis: Cannot write to {error.filename or 'the disk'}: {error.strerror}.", err=True)
        sys.exit(BAD_INPUT)
