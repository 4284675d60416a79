"""Result tables as an Excel workbook that follows the government's guidance on accessible spreadsheets.

One table a sheet, from the first column, each marked up as a table with its heading in one row, the contents too; no merged
cells, no blank cells, no filters, no frozen panes, no meaning by colour; text wraps; a cover with notes and a sheet of
contents. https://analysisfunction.civilservice.gov.uk/policy-store/releasing-statistics-in-spreadsheets/

gptables does the same on top of xlsxwriter, and no more of the guidance's checklist than is done here. It took 18 seconds for
the 43 workbooks of a run where this module took 2, for files of the same size (2.1 MB); it writes every number as General, so
that pounds and shares would still be formatted column by column, refuses a table without rows, gives the same bytes only
with its date set from outside, and brings xlrd, which nothing here needs.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from ..data.columns import COLUMNS, label
from ..presentation.display import NOT_AVAILABLE, SHORTHAND
from .artefacts import KIND_MEANINGS, Artefact, results_csv

MOST_ROWS = 2_000
"""Longer tables stay CSV files: a workbook with them takes long to write and to open."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]\d+)?")  # as `datapackage.to_csv` writes them; not 15E00, not 007
_FIRST_ROW = 3


@dataclass(frozen=True)
class Sheet:
    """A table of the workbook: its name on the tab, title, note, the data as CSV text, and a heading for each column."""

    name: str
    title: str
    note: str
    csv: str
    headings: Sequence[str] = ()


def sheets(found: Sequence[Artefact], results: list[dict[str, Any]], prefix: str = "") -> list[Sheet]:
    """The sheets of one notebook: its key results, then each figure's data, table and download."""
    note = "Each result carries the kind of figure it is; the cover explains the kinds."
    first = [Sheet(f"{prefix}key_results", "Key results", note, results_csv(results))] if results else []
    return [*first, *(Sheet(f"{prefix}{one.name}", one.title, one.note, one.csv, one.headings) for one in found)]


def write_workbook(path: Path, title: str, facts: Mapping[str, str], sheets: Sequence[Sheet]) -> None:
    """Write the tables as a workbook: cover (with `facts`, one line each), contents, then a sheet for each table.

    The same tables and facts give the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**never, "in_memory": True}) as workbook:
        workbook.set_properties({"title": title, "created": datetime.datetime(2018, 11, 23)})  # any fixed date
        formats = _Formats(workbook)
        cover = workbook.add_worksheet("Cover")
        contents = workbook.add_worksheet("Contents")
        names = _sheet_names(sheets)
        lines = [_write_table(workbook, formats, name, sheet) for name, sheet in zip(names, sheets, strict=True)]
        _write_cover(cover, formats, title, facts)
        _write_contents(contents, formats, lines)
        cover.activate()


class _Formats:
    """The few cell formats of a workbook, each made once."""

    def __init__(self, workbook: xlsxwriter.Workbook):
        self._workbook = workbook
        self._numbers: dict[str, Any] = {}
        self.title = workbook.add_format({"bold": True, "font_size": 15})
        self.bold = workbook.add_format({"bold": True, "valign": "top"})
        self.wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        self.link = workbook.add_format({"font_color": "#12436D", "underline": 1})

    def number(self, pattern: str) -> Any:
        if pattern not in self._numbers:
            self._numbers[pattern] = self._workbook.add_format({"num_format": pattern, "valign": "top"})
        return self._numbers[pattern]


def _write_table(workbook: xlsxwriter.Workbook, formats: _Formats, name: str, sheet: Sheet) -> tuple[str, str, int]:
    """Write one table; returns the tab's name (empty where the table is too long), the title and the rows."""
    heading, *rows = csv.reader(io.StringIO(sheet.csv))
    if len(rows) > MOST_ROWS:
        return "", sheet.title, len(rows)
    page = workbook.add_worksheet(name)
    page.write_string(0, 0, sheet.title, formats.title)
    page.write_string(1, 0, sheet.note)
    labels = _unique(sheet.headings or [label(column) for column in heading])
    columns = [
        {"header": words, "header_format": formats.heading, "format": formats.number(_pattern(column))}
        for words, column in zip(labels, heading, strict=True)
    ]
    last = _FIRST_ROW + max(len(rows), 1)
    page.add_table(
        _FIRST_ROW,
        0,
        last,
        len(heading) - 1,
        {"name": _table_name(name), "columns": columns, "style": "Table Style Light 1", "autofilter": False},
    )
    for number, column in enumerate(heading):
        cells = [row[number] for row in rows]
        is_number = _number_test(column, cells)
        style = formats.number(_pattern(column))
        for row, cell in enumerate(cells, start=_FIRST_ROW + 1):
            if is_number(cell):
                page.write_number(row, number, float(cell), style)
            else:
                page.write_string(row, number, cell or NOT_AVAILABLE, formats.wrapped)
        longest = max((len(cell) for cell in cells), default=0)
        page.set_column(number, number, min(max(longest, len(labels[number]) / 2, 10) + 2, 45))
    page.set_row(_FIRST_ROW, 45)
    return name, sheet.title, len(rows)


def _write_cover(page: Worksheet, formats: _Formats, title: str, facts: Mapping[str, str]) -> None:
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 100)
    page.write_string(0, 0, title, formats.title)
    lines = {
        "What this is": "Independent analysis of published figures. Not an NHS publication. "
        "The reports beside this file explain the figures and say how they were made.",
        **facts,
        **{f"Kind: {kind}": meaning for kind, meaning in KIND_MEANINGS.items()},
        "Shorthand": "; ".join(f"{sign} {meaning}" for sign, meaning in SHORTHAND.items()),
        "Licence": "Contains public sector information licensed under the Open Government Licence v3.0.",
    }
    for row, (name, words) in enumerate(lines.items(), start=2):
        page.write_string(row, 0, name, formats.bold)
        page.write_string(row, 1, words, formats.wrapped)


def _write_contents(page: Worksheet, formats: _Formats, lines: Sequence[tuple[str, str, int]]) -> None:
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 90)
    page.set_column(2, 2, 10)
    page.write_string(0, 0, "Contents", formats.title)
    columns = [{"header": words, "header_format": formats.heading} for words in ("Sheet", "Title", "Rows")]
    style = {"name": "contents", "columns": columns, "style": "Table Style Light 1", "autofilter": False}
    page.add_table(2, 0, 2 + max(len(lines), 1), 2, style)
    for row, (name, title, rows) in enumerate(lines, start=3):
        if name:
            page.write_url(row, 0, f"internal:'{name}'!A1", formats.link, name)
        else:
            page.write_string(row, 0, "too long: see its CSV file")
        page.write_string(row, 1, title)
        page.write_number(row, 2, rows, formats.number("#,##0"))


def _number_test(column: str, cells: Sequence[str]) -> Callable[[str], bool]:
    """Which cells are numbers: by the codebook, cell by cell; in a column it does not know all cells or none."""
    fits = [bool(_NUMBER.fullmatch(cell)) for cell in cells if cell]
    numeric = COLUMNS[column].type in {"number", "integer"} if column in COLUMNS else bool(fits) and all(fits)
    return lambda cell: numeric and bool(_NUMBER.fullmatch(cell))


def _pattern(column: str) -> str:
    """The number format of a column, by its unit and decimals."""
    known = COLUMNS.get(column)
    if column == "mid_year" or (known and known.type in {"string", "date"}):
        return "General"
    if known is None:
        return "£#,##0" if column.endswith("_gbp") else "General"
    if known.unit == "share":
        return "0.0%"
    decimals = f".{'0' * known.decimals}" if known.decimals else ""
    return f"{'£' if known.unit == '£' else ''}#,##0{decimals}"


def _sheet_names(sheets: Sequence[Sheet]) -> list[str]:
    r"""Names Excel accepts: at most 31 characters, none of []:*?/\\, each different."""
    return _unique([re.sub(r"[\[\]:*?/\\']", " ", sheet.name)[:31] for sheet in sheets], longest=31)


def _unique(names: Sequence[str], longest: int = 250) -> list[str]:
    taken: list[str] = []
    for name in names:
        lower = {other.lower() for other in taken}
        tries = (name if n == 1 else f"{name[: longest - 1 - len(str(n))]} {n}" for n in range(1, 1000))
        taken.append(next(one for one in tries if one.lower() not in lower))
    return taken


def _table_name(name: str) -> str:
    """The name of the table on a sheet: letters, digits and underscores, never what Excel reads as a cell."""
    return "table_" + re.sub(r"\W", "_", name)
