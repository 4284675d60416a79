"""The files beside a page: the data and pictures of its figures and tables, and for an area its workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from .. import pages
from ..data.datapackage import to_csv, write_text
from ..notebooks import nbformat
from ..presentation.display import neutralised
from . import artefacts
from .page import parameter_rows
from .workbook import Sheet, sheets, write_workbook


def write_artefacts(notebook: nbformat.NotebookNode, page: str, run_folder: Path) -> list[dict[str, Any]]:
    """Write every figure, table and download of an executed notebook into the run's folder; for an area, its workbook.

    Returns one entry each: `name`, `role` (figure, table, download, key_results or workbook), `title`, `note` and
    `files`, the paths written, relative to `run_folder`. Raises `InputError` where two artefacts have one name.
    """
    found, results = artefacts.artefacts(notebook), artefacts.key_results(notebook)
    entries = []
    files = [one.contents(page) for one in found]
    for folder in {path.rpartition("/")[0] for contents in files for path in contents}:
        (run_folder / folder).mkdir(parents=True, exist_ok=True)
    for one, contents in zip(found, files, strict=True):
        for path, content in contents.items():
            (run_folder / path).write_bytes(content)
        entries.append(_entry(one.name, one.role, one.title, [*contents], one.note))
    if results:
        path = f"tables/{page}/key_results.csv"
        write_text(run_folder / path, artefacts.results_csv(results))
        entries.append(_entry("key_results", "key_results", "Key results", [path]))
    if pages.area_of(page):
        # Here, in the worker that has the notebook, and not with the site: 42 workbooks take seconds.
        title = f"Mergers of NHS commissioners: {artefacts.area_name(notebook, page)}"
        own = [*sheets(found, results, page), _settings(parameter_rows(notebook, page))]
        write_workbook(run_folder / pages.workbook_of(page), title, {}, own)
        entries.append(_entry("workbook", "workbook", "Every table of this report", [pages.workbook_of(page)]))
    return entries


def _settings(rows: list[tuple[str, Any, str]]) -> Sheet:
    """What the report was made with, as the last sheet of its workbook."""
    frame = pd.DataFrame(rows, columns=["name", "value", "meaning"])
    frame["value"] = frame["value"].astype(str).replace("", "none")
    frame["words"] = frame["name"].str.replace("_", " ").str.capitalize()
    told = {"words": "Setting", "value": "Value", "meaning": "Meaning", "name": "Name in commands"}
    table = to_csv(neutralised(frame[[*told]]))
    return Sheet("Settings", "What this report was made with", table, "the command", ("assumed",), [*told.values()])


def _entry(name: str, role: str, title: str, files: list[str], note: str = "") -> dict[str, Any]:
    return {"name": name, "role": role, "title": title, "note": note, "files": files}
