"""What the command line calls: `add`, `sources` and `fetch`.

pandas is imported inside the functions: the command line's help should not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from .reading import Reading

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")]
AcceptNew = Annotated[bool, typer.Option("--accept-new", help="Take bodies whose codes look like no body's.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace what is held and the file contradicts.")]


def add(
    file: Annotated[list[Path], typer.Argument(help="Official files, as downloaded; zip archives of one too.")],
    dry_run: DryRun = False,
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The date of a file that carries none.")
    ] = None,
    accept_new: AcceptNew = False,
    replace: Replace = False,
) -> None:
    """Recognise official files by their content, check them, and put them into data/raw."""
    refused, said = [], {"--accept-new": accept_new, "--replace": replace}
    for path in file:
        try:
            _add(path, dry_run, date, said)
        except InputError as error:
            refused.append(str(error))
    if refused:
        raise InputError("\n".join(refused))


def fetch(
    name: Annotated[str, typer.Argument(help="A name that `ccganalysis sources` lists.")],
    dry_run: DryRun = False,
) -> None:
    """Download an official file from its publisher, check it, and put it into data/raw."""
    from ..datapackage import project_root
    from . import fetching

    path = fetching.fetch(name, project_root() / "data" / "official")
    _add(path, dry_run, None, {})


def sources() -> None:
    """List the files of data/raw with date, kind and licence, and the official files that would replace estimates."""
    from ..datapackage import project_root

    raw = project_root() / "data" / "raw"
    typer.echo(inventory(raw).to_string(index=False))
    typer.echo("")
    typer.echo(_paragraphs(replaceable(raw)))


def _add(path: Path, dry_run: bool, date: str | None, said: Mapping[str, bool]) -> None:
    from ..datapackage import project_root
    from . import recognise, store
    from .reading import Known, refusing

    raw = project_root() / "data" / "raw"
    known = Known(raw)
    known.check_untouched()
    reading = recognise.read(path, known, date)
    asked = [
        f"{what}. If that is right, add {option}." for option, what in reading.asks.items() if not said.get(option)
    ]
    if asked and not dry_run:
        raise InputError(f"{path.name}: {' '.join(asked)} Nothing was added.")
    with refusing(path):
        lines = (store.plan if dry_run else store.add)(reading, path, raw)
    typer.echo(told(path.name, reading, lines, dry_run))


def told(file: str, reading: Reading, lines: list[str], dry_run: bool) -> str:
    """What was found in a file and what it changed, for the terminal."""
    from ... import wording

    facts = {
        "published by": reading.publisher,
        "date": wording.date(reading.date),
        "bodies": f"{reading.bodies:,}",
        "total": reading.total,
        "unit": reading.unit,
        "kind": reading.kind,
    }
    shown = [f"{file}: {reading.publication}"]
    shown += [f"  {name:<14}{value}" for name, value in facts.items()]
    shown += [f"  {'agrees':<14}{check}" for check in reading.checks]
    shown += [f"  {'look at':<14}{warning}" for warning in reading.warnings]
    shown += [f"  {'asks':<14}{what}; {option}" for option, what in reading.asks.items()]
    shown += [f"  {'would change' if dry_run else 'data/raw':<14}{line}" for line in lines]
    return "\n".join(shown)


KINDS = {
    "adjacency": "derived",
    "water-pairs": "derived",
    "centroids": "derived",
    "boundaries": "derived",
    "hexes": "assumed",
    "criteria-evidence": "reported",
    "levers": "assumed",
    "merger-attempts": "reported",
    "shared-leadership": "reported",
}
"""The kind of tables that carry none of their own and were not printed as they stand by a publisher."""


def inventory(raw: Path) -> pd.DataFrame:
    """The files of `data/raw/`: file, publisher, date, kind, licence."""
    import pandas as pd

    from ..datapackage import read_descriptor

    rows = []
    for resource in read_descriptor(raw)["resources"]:
        licence = ", ".join(licence["name"] for licence in resource["licenses"]) or "none given"
        rows.append((resource["path"], resource["publisher"], resource["date"], _kind(raw, resource), licence))
    return pd.DataFrame(rows, columns=["file", "publisher", "date", "kind", "licence"])


def _kind(raw: Path, resource: dict[str, Any]) -> str:
    import pandas as pd

    if resource["path"].endswith(".csv"):
        frame = pd.read_csv(raw / resource["path"], dtype="str")
        if "kind" in frame:
            return ", ".join(sorted(set(frame["kind"].dropna())))
        if "basis" in frame and (estimates := int(frame["basis"].str.contains("estimate").sum())):
            return f"published; {estimates} rows modelled"
    name = resource["name"]
    return next((kind for start, kind in KINDS.items() if name.startswith(start)), "published")


def replaceable(raw: Path) -> list[tuple[str, str, str]]:
    """Modelled or estimated figures that an official file would replace: what, which file, how to get it."""
    import pandas as pd

    from ... import wording
    from .catalogue import PUBLICATIONS
    from .reading import Known

    known = Known(raw)
    registered = known.table("registered_population")
    estimated = registered[registered["basis"].str.contains("estimate")]
    official = set(known.table("allowance_official")["financial_year"])
    staffed = set(known.table("staff")["date"])
    found = []
    for name, publication in PUBLICATIONS.items():
        how = f"ccganalysis fetch {name}" if publication.address else f"{publication.page}, then ccganalysis add FILE"
        years = [year for year in publication.allowance_years if year not in official]
        if years:
            found.append((f"Running cost allowance by CCG, {wording.listed(years)}: modelled", publication.title, how))
        rows = estimated[estimated["date"] == pd.Timestamp(publication.registered_date or "1900-01-01")]
        if len(rows):
            what = f"Registered population on {wording.date(publication.registered_date)}: {len(rows)} bodies estimated"
            found.append((what, publication.title, how))
        months = [month for month in publication.staff_months if pd.Timestamp(month) not in staffed]
        if months:
            what = f"Staff of bodies, {wording.listed([f'{pd.Timestamp(month):%B %Y}' for month in months])}: none"
            found.append((what, publication.title, how))
    if known.table("outturn").empty:
        found.append(
            (
                "Running cost outturn by body: none",
                "a CSV with body_code, financial_year, outturn_gbp, kind, source",
                "ccganalysis add outturn.csv",
            )
        )
    return found


def _paragraphs(found: list[tuple[str, str, str]]) -> str:
    from .catalogue import PUBLICATIONS

    lines = ["Official files that would replace modelled or estimated figures:"] if found else []
    for what, title, how in found:
        lines += [f"  {what}", f"    by   {title}", f"    get  {how}"]
    fetchable = [name for name, publication in PUBLICATIONS.items() if publication.address]
    return "\n".join([*lines, f"ccganalysis fetch knows: {', '.join(fetchable)}."])
