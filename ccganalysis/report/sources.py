"""Where every figure comes from: the raw files, the rows of the small ones, and the links that lead there."""

from __future__ import annotations

import csv
import functools
import html
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from .. import wording
from ..data.columns import COLUMNS, KINDS, label
from ..data.datapackage import project_root, read_descriptor
from ..data.eras import PLAIN
from ..errors import InputError

PAGE = "sources.html"

SHOWN = (
    "levers",
    "lever_evidence",
    "merger_saving_evidence",
    "criteria",
    "national_running_costs",
    "running_cost_observations",
    "gdp_deflator",
    "water_links",
    "reorganisation_costs",
    "cost_observations",
    "staff_breaks",
    "clusters",
    "policy_events",
    "policy_facts",
    "merger_attempts",
    "boundary_changes",
    "shared_leadership_national",
)
"""The files whose rows are shown in full, so that a figure can lead to its row."""

KEYS = {
    "quantity": [("levers", "quantity")],
    "criterion": [("criteria", "criterion")],
    "merger": [("merger_saving_evidence", "merger"), ("merger_attempts", "areas")],
    "formed": [("merger_attempts", "areas")],
    "place": [("clusters", "cluster_name")],
}
"""Columns of tables in the reports whose values may name a row of one of these files, by a column of it."""

_FILE = re.compile(r"\b(?:data/raw/)?(\w+)\.(?:csv|geojson|hexjson)\b")
_ADDRESS = re.compile(r"(https?://[^\s;)]+)")


def files() -> list[dict[str, Any]]:
    """Every file of `data/raw/` for the page: `id`, `path`, `title`, `publisher`, `date`, `licences`, `addresses`, `kinds`,
    `trust`, `checksum`, and for those of `SHOWN` their `columns` and `rows`.
    """
    return [_file(resource) for resource in read_descriptor(_raw())["resources"]]


def row(stem: str, **match: str) -> str:
    """The address, from the run's folder, of the first row of a small file whose cells are as given.

    Raises `InputError` where the file is not shown in full or has no such row.
    """
    if stem in SHOWN:
        heading, *rows = _rows(_raw() / f"{stem}.csv")
        places = {heading.index(column): value for column, value in match.items()}
        for number, cells in enumerate(rows, start=2):
            if all(cells[place] == value for place, value in places.items()):
                return f"{PAGE}#{stem}-{number}"
    raise InputError(f"No row of {stem}.csv to lead to has {match}; the files shown row by row are {', '.join(SHOWN)}.")


def linked_files(text: str, up: str, rest: Callable[[str], Markup] = escape) -> Markup:
    """Plain text as HTML: raw files that it names lead to their place among the sources, and `rest` makes HTML of the rest."""
    if not _FILE.search(text):  # as nearly all of the twenty thousand texts of a site
        return rest(text)
    known, found, end = held(), Markup(), 0
    for name in _FILE.finditer(text):
        if name[1] in known:
            there = f"{up}{PAGE}#{name[1]}"
            found += rest(text[end : name.start()]) + Markup('<a href="{}">{}</a>').format(there, name[0])
            end = name.end()
    return found + rest(text[end:])


def held() -> frozenset[str]:
    """The names of the raw files that there are, and so of their places among the sources."""
    return _known(_raw())


def first_cells(stem: str) -> list[str]:
    """The first cell of each row of a raw file; nothing where it is not held."""
    return [cells[0] for cells in _rows(_raw() / f"{stem}.csv")[1:]] if stem in held() else []


def row_links(table_csv: str, count: int, up: str) -> dict[tuple[int, int], str]:
    """Where the cells of a table's first `count` rows lead that name a row of a raw file (see `KEYS`): by row and column."""
    heading, *rows = csv.reader(io.StringIO(table_csv))
    keyed = {place: column for place, column in enumerate(heading) if column in KEYS}
    found = {
        (number, place): next(filter(None, (address(*key, cells[place]) for key in KEYS[column])), "")
        for number, cells in enumerate(rows[:count])
        for place, column in keyed.items()
    }
    return {cell: f"{up}{there}" for cell, there in found.items() if there}


def address(stem: str, column: str, name: str) -> str:
    """The address of the row that `column` names; empty where there is none, as for a row of the user's own making."""
    try:
        return row(stem, **{column: name})
    except InputError:
        return ""


def _raw() -> Path:
    return project_root() / "data" / "raw"


@functools.cache
def _known(raw: Path) -> frozenset[str]:
    return frozenset(Path(resource["path"]).stem for resource in read_descriptor(raw)["resources"])


@functools.cache
def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [cells for cells in csv.reader(file) if cells]


def _file(resource: dict[str, Any]) -> dict[str, Any]:
    path = _raw() / resource["path"]
    stem, columns, rows = path.stem, [], []
    kinds = [resource.get("kind", "published")]
    if path.suffix == ".csv":
        heading, *cells = _rows(path)
        if "kind" in heading:
            found = {line[heading.index("kind")] for line in cells}
            kinds = [kind for kind in KINDS if kind in found]
        if stem in SHOWN:
            columns = [_column(name, [line[n] for line in cells]) for n, name in enumerate(heading)]
            rows = [[_addressed(cell) for cell in line] for line in cells]
    addresses = [_addressed(source.get("path") or source["title"]) for source in resource["sources"]]
    return {
        "id": stem,
        "path": resource["path"],
        "title": resource.get("title") or resource["path"],
        "publisher": resource.get("publisher", ""),
        "date": resource.get("date", ""),
        "licences": [licence.get("title") or licence["name"] for licence in resource.get("licenses", [])],
        "addresses": addresses,
        "kinds": kinds,
        "trust": resource.get("trust", ""),
        "checksum": resource["hash"].removeprefix("sha256:"),
        "columns": columns,
        "rows": rows,
    }


def _column(name: str, cells: list[str]) -> dict[str, str]:
    longest = max(map(len, cells), default=0)
    width = next((kind for least, kind in ((60, "sentences"), (14, "names"), (8, "words")) if longest > least), "")
    numeric = name in COLUMNS and COLUMNS[name].type in {"number", "integer"}
    return {"label": wording.spoken(label(name), PLAIN.model_dump()), "kind": "number" if numeric else width}


def _addressed(text: str) -> str:
    """Text as HTML, with web addresses as links."""
    parts = _ADDRESS.split(text)
    return "".join(
        f'<a href="{html.escape(part)}">{html.escape(part)}</a>' if number % 2 else html.escape(part)
        for number, part in enumerate(parts)
    )
