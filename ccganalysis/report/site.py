"""The site over a run's reports: its first page, and the workbook of the national ones."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .. import pages, wording
from ..data import ingest, organisations
from ..data.columns import COLUMNS, label
from ..data.datapackage import to_csv, write_text
from ..parameters import AreaReport
from ..presentation.display import NOT_AVAILABLE, SHORTHAND, neutralised, value_text
from . import artefacts, glossary, ways
from .artefacts import KIND_MEANINGS, Artefact
from .documents import write_documents
from .england import area_map
from .page import edition_of, file_size, moment, templates
from .prose import Prose
from .workbook import Sheet, sheets, write_workbook

SHOWN = ("verdict", "body_count", "bodies_left", "released_high_gbp", "disruption_people")
"""The figures for which the table of the areas has room beside the map; the comparison has them all."""

OPENING = "05_national_report"
"""The notebook whose finding opens a first page."""

EVIDENCE = ("06_backtest", "07_effects")
"""The notebooks that look back, whose findings stand on the first page of a later era, too."""


@dataclass(frozen=True)
class Report:
    """One report of a run, read back from its executed notebook: what the site needs of it."""

    page: str
    title: str
    has_page: bool
    parameters: dict[str, Any]
    failed: bool
    finding: str
    strip: list[dict[str, str]]
    results: list[dict[str, Any]]
    artefacts: list[Artefact]

    @property
    def area_code(self) -> str:
        return pages.area_of(self.page)

    @property
    def evidence(self) -> bool:
        """Whether it says how an answer of this kind fared."""
        return self.page.rpartition("/")[2] in EVIDENCE


@dataclass(frozen=True)
class Edition:
    """The reports of a run on one era: the folder they stand in, the footprint they are of, and the era's words."""

    folder: str
    as_at: str
    words: dict[str, str]
    reports: list[Report]

    @property
    def national(self) -> list[Report]:
        return [one for one in self.reports if not one.area_code]

    @property
    def local(self) -> list[Report]:
        return [one for one in self.reports if one.area_code]

    @property
    def opening(self) -> Report | None:
        """The report whose finding opens the first page."""
        return next((one for one in self.national if one.page == f"{self.folder}{OPENING}" and one.finding), None)


def build_site(run_folder: Path, manifest: dict[str, Any], folder: str | None = None, same: Path | None = None) -> None:
    """Write a first page for each era of the run, the pages that every report leads to, and the national workbooks.

    Reads the executed notebooks in `run_folder/notebooks/`; `manifest["reports"]` says which (`page`, `name`,
    `parameters`, `status`), those of the era that comes first at the top. Its first page leads to those of the others,
    its evidence. Earlier runs are the folders beside this one that hold a manifest and an index. With a `folder`, one
    of `pages.folders_of`, only what stands in it: the parts of a site can be written side by side. `same` is
    the folder of an earlier run of the same figures, whose workbooks are taken as they are.
    """
    entries = manifest.get("reports", [])
    by_folder: dict[str, list[Report]] = {name: [] for name in pages.folders_of(one["page"] for one in entries)}
    for entry in entries:
        by_folder[pages.folder_of(entry["page"])].append(_read(run_folder, entry))
    editions = [_edition(name, reports) for name, reports in by_folder.items()]
    for edition in editions:
        if folder not in (None, edition.folder):
            continue
        others = [other for other in editions if other is not edition]
        page = _first_page(run_folder, manifest, edition, others, same)
        if edition.folder:
            _write_first(run_folder, f"{edition.folder}index.html", page | {"earlier": []})
        if edition is editions[0]:
            _write_first(run_folder, "index.html", page)
            write_documents(run_folder, manifest)


def _edition(folder: str, reports: list[Report]) -> Edition:
    found = [one.parameters["as_at"] for one in reports if "as_at" in one.parameters]
    as_at = found[0] if found else AreaReport().as_at
    return Edition(folder, as_at, ingest.era(as_at).spoken, reports)


def _first_page(
    run_folder: Path, manifest: dict[str, Any], edition: Edition, others: list[Edition], same: Path | None
) -> dict[str, Any]:
    """What the first page of an era says, its links from the run's folder; writes the workbook of its national reports."""
    bodies, words = organisations.footprint(ingest.load("bodies"), edition.as_at), edition.words
    searched = searched_for(bodies, ingest.Tables(ingest.era(edition.as_at))["authorities"])
    table = _area_table(bodies, edition.local, words, searched)
    workbook = pages.workbook_of(edition.folder)
    if same is not None and (same / workbook).is_file():
        (run_folder / workbook).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(same / workbook, run_folder / workbook)
    else:
        _write_workbook(run_folder / workbook, manifest, edition, table)
    return {
        "manifest": manifest,
        "as_at": edition.as_at,
        "folder": edition.folder,
        "opening": edition.opening,
        "national": edition.national,
        "others": others,
        "map": area_map(bodies, _verdicts(edition.local)),
        "table": table,
        "rows": {row["code"]: row for row in table["rows"]},
        "not_available": _not_available(table),
        "comparison": _comparison(table),
        "downloads": [_downloads(run_folder, report) for report in edition.national],
        "workbook": _file(run_folder, workbook),
        "workbooks": _workbooks(run_folder, edition.local),
        "earlier": _earlier_runs(run_folder),
        "kinds": KIND_MEANINGS,
        "words": words,
        "edition": edition_of(edition.folder),
    }


def _write_first(run_folder: Path, path: str, page: dict[str, Any]) -> None:
    back = ways.Ways(path, {"as_at": page["as_at"]})
    given = page | {
        "up": pages.up(path),
        "here": "edition" if pages.up(path) else "index",
        "prose": Prose(pages.up(path), glossary.first_uses(pages.up(path))).told,
        "kind": back.kind,
        "source": back.source,
    }
    (run_folder / path).parent.mkdir(parents=True, exist_ok=True)
    write_text(run_folder / path, templates().get_template("index.html.j2").render(resources=given, **given))


def _verdicts(local: list[Report]) -> dict[str, tuple[str, int]]:
    """The kind of verdict in words and the bodies that the leading plan leaves, by area."""
    found = {report.area_code: {one["name"]: one["value"] for one in report.results} for report in local}
    return {
        code: (values["verdict_kind"], int(values["bodies_left"]))
        for code, values in found.items()
        if "verdict_kind" in values
    }


def _read(run_folder: Path, entry: dict[str, Any]) -> Report:
    path = run_folder / "notebooks" / f"{entry['page']}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"cells": []}
    failed = entry.get("status", "ok") != "ok" or artefacts.failed(notebook)
    return Report(
        page=entry["page"],
        title=entry.get("name") or entry["page"],
        has_page=(run_folder / f"{entry['page']}.html").is_file(),
        parameters=entry.get("parameters", {}),
        failed=failed,
        finding=artefacts.finding(notebook)["text"],
        strip=artefacts.finding(notebook)["strip"],
        results=artefacts.key_results(notebook),
        artefacts=[] if failed else artefacts.artefacts(notebook),
    )


# --- the areas side by side ---


def searched_for(bodies: pd.DataFrame, authorities: pd.DataFrame) -> dict[str, str]:
    """What the search looks through, by area: names and codes of it and its bodies, and the councils where these are.

    Takes a footprint and the table `authorities` (`as_at`, `body_code`, `authority_name`, `upper_tier_name`).
    """
    councils = bodies[["as_at", "body_code", "area_code"]].merge(authorities, on=["as_at", "body_code"])
    found = {}
    for code, own in bodies.groupby("area_code"):
        there = councils[councils["area_code"] == code]
        names = [own["area_name"], own["region_name"], own["body_name"], own["body_code"]]
        told = pd.concat([*names, there["authority_name"], there["upper_tier_name"]]).drop_duplicates()
        found[str(code)] = " ".join(dict.fromkeys(f"{code} {plain(' '.join(told))}".lower().split()))
    return found


def plain(text: str) -> str:
    """Text as it is searched, which index.js does to what is typed: without accents, full stops, apostrophes and the like."""
    letters = unicodedata.normalize("NFKD", text).lower().replace("&", " and ")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['’.\u0300-\u036f]", "", letters)).split())


def _area_table(
    bodies: pd.DataFrame, local: list[Report], words: Mapping[str, str], searched: Mapping[str, str]
) -> dict[str, Any]:
    """Every area of the footprint with its figures, headings in the `words` of its era, and what is `searched`.

    `columns`: name, heading, whether a number, kind. `rows`: `code`, `name`, `region`, `page` (whether there is a
    report), `search` (what the search looks through) and `cells`, one (text, value to sort by) for each column.
    `shown`: the numbers of the columns that the first page has room for.
    """
    linked = {report.area_code for report in local if report.has_page}
    by_code = {report.area_code: {result["name"]: result for result in report.results} for report in local}
    published: tuple[str, ...] = ("body_count", "registered_population")
    if (bodies["region_name"] != bodies["area_name"]).any():
        published = ("region_name", *published)
    found: dict[str, list[dict[str, Any]]] = {}
    for result in (result for report in local for result in report.results):
        if result["name"] not in (*published, "area_code", "area_name"):
            found.setdefault(result["name"], []).append(result)
    columns = [
        _column(name, wording.spoken(COLUMNS[name].heading, words), name != "region_name", "published")
        for name in published
    ]
    columns += [_column(name, same[0]["words"], _all_numbers(same), same[0]["kind"]) for name, same in found.items()]
    rows = []
    for _, group in bodies.groupby("area_code"):
        code = group["area_code"].iloc[0]
        values = {
            "region_name": group["region_name"].iloc[0],
            "body_count": len(group),
            "registered_population": int(group["registered_population"].sum()),
        }
        values = {name: found["value"] for name, found in by_code.get(code, {}).items()} | values
        cells = [_cell(column, values.get(column["name"])) for column in columns]
        name = group["area_name"].iloc[0]
        region = values["region_name"]
        row = {"code": code, "name": name, "region": region, "page": code in linked}
        rows.append(row | {"search": searched[str(code)], "cells": cells})
    rows.sort(key=lambda row: row["name"])
    return {
        "columns": columns,
        "rows": rows,
        "shown": [n for name in SHOWN for n, column in enumerate(columns) if column["name"] == name],
    }


def _column(name: str, heading: str, is_number: bool, kind: str) -> dict[str, Any]:
    return {"name": name, "heading": heading, "number": is_number, "kind": kind}


def _all_numbers(results: list[dict[str, Any]]) -> bool:
    return all(_is_number(result["value"]) for result in results if result["value"] is not None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(column: dict[str, Any], value: Any) -> tuple[str, Any]:
    """What a cell shows, and what it is sorted by: nothing where there is no value."""
    if value is None:
        return NOT_AVAILABLE, ""
    return value_text(column["name"], value), value if _is_number(value) else str(value).lower()


def _not_available(table: dict[str, Any]) -> dict[str, str]:
    """The sign for what is not available with its meaning, if the `table` of the page shows it, and the `comparison` of all."""
    told = f"{NOT_AVAILABLE} {SHORTHAND[NOT_AVAILABLE]}"
    cells = [[text for text, _ in row["cells"]] for row in table["rows"]]
    return {
        "table": told if any(row[n] == NOT_AVAILABLE for row in cells for n in table["shown"]) else "",
        "comparison": told if any(NOT_AVAILABLE in row for row in cells) else "",
    }


def _comparison(table: dict[str, Any]) -> str:
    """What the comparison on the page needs, as JSON that is safe within a script element."""
    data = {
        "columns": [{key: column[key] for key in ("heading", "number", "kind")} for column in table["columns"]],
        "rows": {
            row["code"]: {"name": row["name"], "cells": [text for text, _ in row["cells"]]} for row in table["rows"]
        },
    }
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


# --- downloads and earlier runs ---


def _file(run_folder: Path, path: str) -> dict[str, str]:
    written = run_folder / path
    size = file_size(written.stat().st_size) if written.is_file() else ""
    return {"path": path, "size": size, "format": artefacts.file_format(path)}


def _downloads(run_folder: Path, report: Report) -> dict[str, Any]:
    files = [
        {"title": one.title, "role": one.role, "files": [_file(run_folder, path) for path in one.contents(report.page)]}
        for one in report.artefacts
    ]
    return {"report": report, "files": files}


def _workbooks(run_folder: Path, local: list[Report]) -> dict[str, dict[str, str]]:
    """The workbooks of areas that were written, by area."""
    paths = {report.area_code: pages.workbook_of(report.page) for report in local}
    return {code: _file(run_folder, path) for code, path in paths.items() if (run_folder / path).is_file()}


def _earlier_runs(run_folder: Path) -> list[dict[str, str]]:
    """The runs kept beside this one, newest first."""
    runs = []
    for path in run_folder.parent.glob("*/manifest.json"):
        folder = path.parent
        if (
            folder.is_symlink()
            or folder == run_folder
            or folder.name.startswith(".")
            or not (folder / "index.html").is_file()
        ):
            continue
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            runs.append({"folder": folder.name, "started": told["started"], "status": told["status"]})
        except (ValueError, TypeError, KeyError):  # a run that was meddled with is not listed
            continue
    return sorted(runs, key=lambda run: run["started"], reverse=True)


# --- the workbook ---


def _write_workbook(path: Path, manifest: dict[str, Any], edition: Edition, table: dict[str, Any]) -> None:
    """The workbook of the national reports, with the table of the areas; each area's own is written beside its report."""
    words = edition.words
    title = f"Every {words['area']} with its key results"
    headings = [wording.spoken(label(name), words) for name in ("area_code", "area_name")]
    headings += [column["heading"] for column in table["columns"]]
    kinds = list(dict.fromkeys(column["kind"] for column in table["columns"]))
    source = f"the reports on each {words['area']}, whose workbooks say what each figure rests on"
    every_area = Sheet(wording.sentence(words["areas"]), title, _table_csv(table), source, kinds, headings)
    of_reports = [
        sheet
        for one in edition.national
        for sheet in sheets(one.artefacts, one.results, one.page, one.page.rpartition("/")[2].partition("_")[0] + " ")
    ]
    facts = {"Made": moment(manifest.get("started", "")), "Commit": str(manifest.get("commit") or "")}
    title = "Mergers of NHS commissioners: tables of the national reports"
    told = {name: words for name, words in facts.items() if words}
    write_workbook(path, title, told, [every_area, *of_reports])


def _table_csv(table: dict[str, Any]) -> str:
    rows = [
        {"area_code": row["code"], "area_name": row["name"]}
        | {
            column["name"]: value if _is_number(value) or not value else text
            for column, (text, value) in zip(table["columns"], row["cells"], strict=True)
        }
        for row in table["rows"]
    ]
    return to_csv(neutralised(pd.DataFrame(rows)))
