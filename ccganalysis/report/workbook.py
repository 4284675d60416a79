"""Result tables as an Excel workbook that follows the government's guidance on accessible spreadsheets.

One table a sheet, from the first column, each marked up as a table with its heading in one row, the contents too; no merged
cells, no blank cells, no filters, no frozen panes, no meaning by colour; text wraps; a cover with notes and a sheet of
contents, which has the file and the source of every table. https://analysisfunction.civilservice.gov.uk/policy-store/releasing-statistics-in-spreadsheets/

gptables does the same on top of xlsxwriter, and no more of the guidance's checklist than is done here. It took 18 seconds for
the 43 workbooks of a run where this module took 2, for files of the same size (2.1 MB); it writes every number as General, so
that pounds and shares would still be formatted column by column, refuses a table without rows, gives the same bytes only
with its date set from outside, and brings xlrd, which nothing here needs.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from .. import wording
from ..data.columns import COLUMNS, label
from ..presentation.display import NOT_AVAILABLE, SHORTHAND, YEARS, as_words, unit_of
from .artefacts import KIND_MEANINGS, Artefact, results_csv

MOST_ROWS = 2_000
"""Longer tables stay CSV files: a workbook with them takes long to write and to open."""

IN_FILE_ONLY = "too long for a sheet"

WIDEST = 45
"""Characters of the widest column; longer texts wrap."""

LINE, TALLEST = 15.0, 405.0
"""Points of a line of text, and of the highest row that there may be."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]\d+)?")  # as `datapackage.to_csv` writes them; not 15E00, not 007
_HEADING_ROW = 3
_NAMES = ("name", "quantity")
"""Columns that say what the numbers of their row are, where these differ in unit from row to row."""


@dataclass(frozen=True)
class Sheet:
    """A table of the workbook: the name of its sheet, its title, source and kinds of figures, and its data as CSV text.

    `headings` has the readers' name of each column, `file` the path of the same data beside the reports.
    """

    name: str
    title: str
    csv: str
    source: str
    kinds: Sequence[str] = ()
    headings: Sequence[str] = ()
    file: str = ""


def sheets(found: Sequence[Artefact], results: list[dict[str, Any]], page: str, prefix: str = "") -> list[Sheet]:
    """The sheets of the notebook of a page: its key results, then each figure's data, table and download."""
    first = []
    if results:
        kinds = list(dict.fromkeys(one["kind"] for one in results))
        told = ("Name in the results", "Key result", "Value", "Kind of figure")
        source = "the other sheets say what each rests on"
        file = f"tables/{page}/key_results.csv"
        first = [Sheet(f"{prefix}Key results", "Key results", results_csv(results), source, kinds, told, file)]
    others = (
        Sheet(
            f"{prefix}{_words(one.name)}", one.title, one.csv, one.source, one.kinds, one.headings, one.data_file(page)
        )
        for one in found
    )
    return [*first, *others]


def write_workbook(path: Path, title: str, facts: Mapping[str, str], sheets: Sequence[Sheet]) -> None:
    """Write the tables as a workbook: cover (with `facts`, one line each), contents, then a sheet for each table.

    A last sheet names the codes of bodies and areas in the others, as far as these name them. The same tables and facts
    give the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**never, "in_memory": True}) as workbook:
        workbook.set_properties({"title": title, "created": datetime.datetime(2018, 11, 23)})  # any fixed date
        formats = _Formats(workbook)
        cover = workbook.add_worksheet("Cover")
        contents = workbook.add_worksheet("Contents")
        tables = [(sheet, *_read(sheet)) for sheet in sheets]
        if names := _names_of_codes([(heading, rows) for _, heading, rows in tables]):
            codes = Sheet("Codes", "Bodies and areas by their code", "", "the other sheets", ("published",))
            tables.append((codes, ["code", "name"], names))
        tabs = _sheet_names([sheet for sheet, _, _ in tables])
        for name, (sheet, heading, rows) in zip(tabs, tables, strict=True):
            if len(rows) <= MOST_ROWS:
                _write_table(workbook.add_worksheet(name), formats, sheet, heading, rows)
        _write_cover(cover, formats, title, facts)
        _write_contents(
            contents, formats, [(name, sheet, len(rows)) for name, (sheet, _, rows) in zip(tabs, tables, strict=True)]
        )
        for page in workbook.worksheets():
            page.set_landscape()
            page.set_paper(9)  # A4
            page.fit_to_pages(1, 0)
        cover.activate()


def _read(sheet: Sheet) -> tuple[list[str], list[list[str]]]:
    heading, *rows = csv.reader(io.StringIO(sheet.csv))
    return heading, rows


def _names_of_codes(tables: Sequence[tuple[list[str], list[list[str]]]]) -> list[list[str]]:
    """Each code with its name, from columns such as `body_code` and `body_name` that stand in one table."""
    found: dict[str, str] = {}
    for heading, rows in tables:
        pairs = [(n, heading.index(other)) for n, one in enumerate(heading) if (other := _name_column(one)) in heading]
        for code, name in pairs:
            found |= {row[code]: row[name] for row in rows if row[code] and row[name]}
    return [[code, found[code]] for code in sorted(found)]


def _name_column(column: str) -> str:
    """The column with the names of the codes in another: `body_name_a` for `body_code_a`; nothing where it has none."""
    return column.replace("_code", "_name") if re.match(r"(body|area|from|to)_code", column) else ""


class _Formats:
    """The few cell formats of a workbook, each made once."""

    def __init__(self, workbook: xlsxwriter.Workbook):
        self._workbook = workbook
        self._numbers: dict[str, Any] = {}
        self.title = workbook.add_format({"bold": True, "font_size": 15})
        self.bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped = workbook.add_format({"text_wrap": True, "valign": "top", "indent": 1})
        self.heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        self.link = workbook.add_format({"font_color": "#12436D", "underline": 1, "text_wrap": True, "valign": "top"})

    def number(self, pattern: str) -> Any:
        if pattern not in self._numbers:
            self._numbers[pattern] = self._workbook.add_format({"num_format": pattern, "valign": "top"})
        return self._numbers[pattern]


def _write_table(
    page: Worksheet, formats: _Formats, sheet: Sheet, heading: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    page.write_string(0, 0, sheet.title, formats.title)
    page.write_string(1, 0, f"Source: {sheet.source}.")
    told = (
        [f"Kind of figure: {wording.listed(list(sheet.kinds))}."] if sheet.kinds else ["Kind of figure: see the cover."]
    )
    if any(not cell for row in rows for cell in row):
        told.append(f"{NOT_AVAILABLE} {SHORTHAND[NOT_AVAILABLE]}.")
    page.write_string(2, 0, " ".join(told))
    labels = _unique([_heading(words) for words in sheet.headings or map(label, heading)])
    columns = [{"header": words, "header_format": formats.heading} for words in labels]
    last = _HEADING_ROW + max(len(rows), 1)
    style = {"name": _table_name(page.get_name()), "columns": columns, "style": "Table Style Light 1"}
    page.add_table(_HEADING_ROW, 0, last, len(heading) - 1, {**style, "autofilter": False})
    widths: list[float] = []
    named = next((heading.index(one) for one in _NAMES if one in heading), None)
    for number, column in enumerate(heading):
        cells = [row[number] for row in rows]
        mixed = named is not None and (column == "value" or column not in COLUMNS or COLUMNS[column].decimals is None)
        is_number = _number_test(column, cells, mixed)
        numbers = [float(cell) for cell in cells if is_number(cell)]
        whole = all(value.is_integer() for value in numbers)
        style_of_all = formats.number(_pattern(column, whole))
        for row, cell in enumerate(cells, start=_HEADING_ROW + 1):
            if is_number(cell):
                value = float(cell)
                style_here = style_of_all
                if mixed:
                    style_here = formats.number(_pattern(rows[row - _HEADING_ROW - 1][named], value.is_integer()))
                page.write_number(row, number, value, style_here)
            else:
                shown = cell if column in _NAMES[:1] else as_words(cell)
                page.write_string(row, number, shown or NOT_AVAILABLE, formats.wrapped)
        longest = max((len(cell) for cell in cells), default=0)
        word = max(map(len, labels[number].split()), default=0)
        widths.append(min(max(longest, len(labels[number]) / 2, word, 10) + 2, WIDEST))
    _lay_out(page, widths, {_HEADING_ROW: labels} | dict(enumerate(rows, start=_HEADING_ROW + 1)))


def _lay_out(page: Worksheet, widths: Sequence[float], rows: Mapping[int, Sequence[str]]) -> None:
    """Set the widths of columns, and the heights of rows whose texts wrap: LibreOffice leaves these a line high otherwise."""
    for number, width in enumerate(widths):
        page.set_column(number, number, width)
    for row, cells in rows.items():
        lines = max(math.ceil(len(cell) / width) for cell, width in zip(cells, widths, strict=True))
        if lines > 1:
            page.set_row(row, min(LINE * lines, TALLEST))


def _heading(words: str) -> str:
    """A heading as a sentence begins; a single letter, such as p, stays."""
    words = re.sub(r"\bgbp\b", "£", words)
    return wording.sentence(words) if re.match(r"[a-z]{2}", words) else words


def _words(name: str) -> str:
    """A name of the code as words: `limits_by_area` is Limits by area."""
    return wording.sentence(name.replace("_", " "))


def _write_cover(page: Worksheet, formats: _Formats, title: str, facts: Mapping[str, str]) -> None:
    page.write_string(0, 0, title, formats.title)
    lines = {
        "What this is": "Independent analysis of published figures. Not an NHS publication. "
        "The reports beside this file explain the figures and say how they were made.",
        **facts,
        **{f"Kind: {kind}": meaning for kind, meaning in KIND_MEANINGS.items()},
        "Shorthand": f"{NOT_AVAILABLE} {SHORTHAND[NOT_AVAILABLE]}",
        "Licence": "Contains public sector information licensed under the Open Government Licence v3.0.",
    }
    for row, (name, words) in enumerate(lines.items(), start=1):
        page.write_string(row, 0, name, formats.bold)
        page.write_string(row, 1, words, formats.wrapped)
    _lay_out(page, (24, 90), dict(enumerate(lines.items(), start=1)))


def _write_contents(page: Worksheet, formats: _Formats, lines: Sequence[tuple[str, Sheet, int]]) -> None:
    """What there is, with the path of each table's file and what it rests on: a way back from each number."""
    page.write_string(0, 0, "Contents", formats.title)
    page.write_string(1, 0, "Each table is also a CSV file beside the reports, unrounded.")
    told = (("Sheet", 32), ("Title", 60), ("Rows", 8), ("File", 40), ("Source", 60))
    columns = [{"header": words, "header_format": formats.heading} for words, _ in told]
    style = {"name": "contents", "columns": columns, "style": "Table Style Light 1", "autofilter": False}
    page.add_table(2, 0, 2 + max(len(lines), 1), len(told) - 1, style)
    texts = {}
    for row, (name, sheet, rows) in enumerate(lines, start=3):
        if is_held := rows <= MOST_ROWS:
            page.write_url(row, 0, f"internal:'{name}'!A1", formats.link, name)
        tab = name if is_held else f"{sheet.name}: {IN_FILE_ONLY}"
        texts[row] = (tab, sheet.title, "", sheet.file or "in this workbook only", sheet.source)
        for number, text in enumerate(texts[row]):
            if text and not (is_held and number == 0):
                page.write_string(row, number, text, formats.wrapped)
        page.write_number(row, 2, rows, formats.number("#,##0"))
    _lay_out(page, [width for _, width in told], texts)


def _number_test(column: str, cells: Sequence[str], mixed: bool) -> Callable[[str], bool]:
    """Which cells are numbers: by the codebook or where rows differ, cell by cell; in other columns all cells or none."""
    fits = [bool(_NUMBER.fullmatch(cell)) for cell in cells if cell]
    known = column in COLUMNS and not (mixed and COLUMNS[column].type == "string")
    numeric = COLUMNS[column].type in {"number", "integer"} if known else mixed or (bool(fits) and all(fits))
    return lambda cell: numeric and bool(_NUMBER.fullmatch(cell))


def _pattern(column: str, whole: bool) -> str:
    """The number format of a column or key result, by its unit and decimals; none for numbers that are `whole`."""
    known = COLUMNS.get(column)
    if column in YEARS:
        return "0"
    unit = unit_of(column)
    if unit == "share":
        return "0.0%"
    decimals = known.decimals if known and known.type != "string" else 0 if unit else None
    places = "" if whole or decimals == 0 else f".{'0' * decimals}" if decimals else ".00##"
    return f"{unit}#,##0{places}"


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
