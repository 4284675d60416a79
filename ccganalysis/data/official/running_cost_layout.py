"""How a sheet of running costs by body is laid out: which column has the codes, which have money, and of which year.

No layout is assumed. The column of codes is the one that holds codes the project knows; the heading is what stands
above the first of them; the money columns are those whose heading names one financial year and whose heading, sheet
or title speaks of running costs. The unit must be printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import cells
from .opening import Cell, Sheet, column_letter
from .reading import Faults, Names

_RUNNING_COST = re.compile(r"running[\W_]*costs?|\brca\b|\badmin(istration)?\b.*(allowance|limit)", re.IGNORECASE)
_NOT_MONEY = re.compile(
    r"per\s+(head|capita|person)|/\s*head|%|per\s*cent|growth|change|population|registered|weighted|distance|index"
    r"|\brank\b|\bshare\b|practices",
    re.IGNORECASE,
)
_OTHER_MONEY = re.compile(r"closing|opening|baseline|adjustment|transfer|target|of which", re.IGNORECASE)
_NOTE = re.compile(
    r"\bv\d|\b(version|revised|revision|updated|corrected|correction|amended|issued|notes?|draft)\b", re.IGNORECASE
)
"""What is said of an edition, and is no heading: `v1.2 Revised to reflect the 2023/24 pay award`."""
LONGEST_HEADING = 8
"""Words: an upper row of a heading with more is a sentence about the sheet."""
_A_YEAR = re.compile(r"(20)?\d\d\s*[-/–]\s*(20)?\d\d|\bFY\s*\d+", re.IGNORECASE)
AREA_CODE = re.compile(r"(Y\d\d|[EJ]\d{8}|Q[A-Z0-9]{2})\Z")
"""Codes of regions, of STPs and of the ICBs that took over theirs."""
ICB_NAME = re.compile(r"\b(ICB|Integrated Care Board)\b", re.IGNORECASE)
"""ICBs of 2026 have codes in the shape of CCGs', so they are told by the names held."""

_LABEL = re.compile(r"\b(name|code|region|system|board|cluster|(icb|ccg|stp|r)(\d\d)?)\b", re.IGNORECASE)
"""Headings of text columns: figures below one mean that the headings have slipped."""


@dataclass(frozen=True)
class Amounts:
    """One money column of a sheet: where, which year, in which unit (pounds)."""

    place: int
    heading: str
    financial_year: str
    unit: int


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out: the column of codes and which of them are bodies, its first row, all headings."""

    sheet: Sheet
    codes: int
    bodies: frozenset[str]
    first: int
    headings: list[str]
    """The heading of each column, from all its rows."""
    years: list[tuple[str, ...]]
    """The financial years that each column's heading names."""
    context: str

    def column(self, place: int) -> str:
        heading = self.headings[place] if place < len(self.headings) else ""
        return f"{column_letter(place)} ({heading[:60]})" if heading else column_letter(place)

    @property
    def about_running_costs(self) -> bool:
        """Whether the sheet's name or title speaks of them, so that no column need."""
        return bool(_RUNNING_COST.search(f"{self.sheet.name} {self.context}"))


def recognise(sheets: list[Sheet], names: dict[str, str]) -> list[Layout]:
    """The sheets that hold running costs by body; empty if none does."""
    found = []
    for sheet in sheets:
        layout = _layout(sheet, names)
        if layout and _RUNNING_COST.search(" ".join([sheet.name, layout.context, *layout.headings])):
            found.append(layout)
    return found


def _layout(sheet: Sheet, names: dict[str, str]) -> Layout | None:
    best: int | None = None
    best_rows: list[int] = []
    width = max((len(row) for row in sheet.rows), default=0)
    for place in range(min(width, 12)):
        rows = [number for number, row in enumerate(sheet.rows) if place < len(row) and cells.code(row[place]) in names]
        if len(rows) > len(best_rows):
            best, best_rows = place, rows
    if best is None or len(best_rows) < 3:
        return None
    found = [cells.code(sheet.rows[row][best]) for row in best_rows]
    # STPs have the codes of the ICBs they became: among CCGs, their rows are subtotals.
    icbs = {code for code in found if ICB_NAME.search(names[code])}
    bodies = icbs if len(icbs) > len(found) / 2 else set(found) - icbs
    first = best_rows[0]
    while first and _has_amounts(sheet.rows[first - 1]):
        first -= 1  # the total of the first STP or of England, printed above the bodies
    return Layout(sheet, best, frozenset(bodies), first, *_headings(sheet, first, width))


def _has_amounts(row: list[Cell]) -> bool:
    """Whether a row above the bodies holds amounts, and not headings: years and column numbers are none."""
    figures = [figure(cell) for cell in row]
    return sum(figure is not None and abs(figure) >= 100 and not 2010 <= figure <= 2035 for figure in figures) >= 2


def _headings(sheet: Sheet, first: int, width: int) -> tuple[list[str], list[tuple[str, ...]], str]:
    """The heading of each column, from all heading rows above the first body, its years, and what stands above them.

    Notes on the edition that stand above the lowest row, such as its version, are no headings. Merged cells count for every column they span. An upper heading row that is not merged but has gaps, as text
    centred over several columns leaves them, is read across to the next text.
    """
    above = _unmerged(sheet, first, width)
    band = _heading_rows(above)
    notes: list[str] = []
    for row in band[:-1]:
        for column, cell in enumerate(above[row]):
            if isinstance(cell, str) and (_NOTE.search(cell) or len(cell.split()) >= LONGEST_HEADING):
                notes.append(_A_YEAR.sub("", cell))
                above[row][column] = None
    band = _heading_rows(above)
    for row in band[:-1]:
        if not any(top <= row <= bottom and left < width for (top, left), (bottom, _) in sheet.merged):
            _read_across(above, row, band)
    headings = [
        " ".join(dict.fromkeys(str(above[row][column]) for row in band if above[row][column] is not None))
        for column in range(width)
    ]
    title = above[: band[0]] if band else above
    context = " ".join(dict.fromkeys([str(cell) for row in title for cell in row if cell is not None] + notes))
    years = [_years([str(above[row][column] or "") for row in reversed(band)]) for column in range(width)]
    return [" ".join(heading.split()) for heading in headings], years, " ".join(context.split())


def _years(texts: list[str]) -> tuple[str, ...]:
    """The years of a column, its heading given from below: of two, the lower counts if the upper stands in a sentence."""
    named = [(text, cells.financial_years(text)) for text in texts]
    named = [(text, years) for text, years in named if years]
    plain = [years for text, years in named[1:] if len(text.split()) < 6]
    return tuple(dict.fromkeys(year for years in [*(years for _, years in named[:1]), *plain] for year in years))


def _unmerged(sheet: Sheet, first: int, width: int) -> list[list[Cell]]:
    """The rows above the first body, with the text of merged cells in each column that they span."""
    above = [list(row) + [None] * (width - len(row)) for row in sheet.rows[:first]]
    for (top, left), (bottom, right) in sheet.merged:
        for row in range(top, min(bottom, first - 1) + 1):
            for column in range(left, min(right, width - 1) + 1):
                above[row][column] = above[top][left]
    return above


def _heading_rows(above: list[list[Cell]]) -> list[int]:
    """The lowest rows with several texts, at most four of them: a title or a lone label is not among them."""
    band: list[int] = []
    for row in range(len(above) - 1, -1, -1):
        texts = {str(cell) for cell in above[row] if cell is not None}
        if len(texts) >= 2:
            band.insert(0, row)
        elif band or len(texts) == 1 or len(above) - row > 3:
            if len(texts) == 1 and not band:
                continue  # a lone label between the heading and the first body, such as a region's name
            break
        if len(band) == 4:
            break
    return band


def _read_across(above: list[list[Cell]], row: int, band: list[int]) -> None:
    """Fill the gaps in an upper heading row, over every column that has a heading below."""
    last: Cell = None
    for column, text in enumerate(above[row]):
        last = text or last
        above[row][column] = last if any(above[lower][column] for lower in band if lower > row) else None


def money_columns(layout: Layout, faults: Faults, year: str | None) -> list[Amounts]:
    """The money columns: one financial year each. Two columns for one year, or none, is a fault.

    `year` is that of a column which speaks of running costs where neither it, the title nor the sheet names one.
    """
    columns = (_money_column(layout, place, faults, year) for place in range(len(layout.headings)))
    chosen = [column for column in columns if column]
    _check_headings(layout, faults)
    _check_twins(layout, chosen, faults)
    _check_others(layout, chosen, faults)
    return chosen


def _money_column(layout: Layout, place: int, faults: Faults, year: str | None) -> Amounts | None:
    """A column as one of amounts, or None where its heading says that it is not, or not enough."""
    heading = layout.headings[place]
    says_so = bool(_RUNNING_COST.search(heading))
    if place == layout.codes or not heading or not (layout.about_running_costs or says_so):
        return None
    if _NOT_MONEY.search(heading) or _OTHER_MONEY.search(heading):
        return None
    years = list(layout.years[place])
    if not years and says_so:
        years = cells.financial_years(f"{layout.context} {layout.sheet.name}")[:2] or ([year] if year else [])
        if not years and cells.unit(heading):
            faults.add(
                "the heading speaks of running costs in money and names no year",
                layout.first,
                layout.column(place),
                remedy="Write the financial year into the heading, and see that no heading has slipped.",
            )
    if len(years) != 1:
        return None
    unit = cells.unit(heading) or cells.unit(layout.context) or cells.unit(layout.sheet.name)
    if unit is None:
        faults.add(
            "the heading does not say whether the amounts are £, £ thousand or £ million",
            layout.first,
            layout.column(place),
            remedy="Add the unit to it, such as '£k', and add the file again.",
        )
        return None
    return Amounts(place, heading, years[0], unit)


def _check_headings(layout: Layout, faults: Faults) -> None:
    """Codes under a heading of amounts, and one heading of a year over two columns of figures, are faults."""
    heading = layout.headings[layout.codes]
    if cells.financial_years(heading) and not _LABEL.search(heading):
        faults.add(
            f"has the bodies' codes under the heading {heading!r}",
            layout.first,
            layout.column(layout.codes),
            remedy="The headings or the columns may have slipped sideways: compare with the publisher's file.",
        )
    first: dict[str, int] = {}
    for place in others_with_figures(layout, []):
        if layout.years[place] and first.setdefault(name := layout.headings[place], place) != place:
            faults.add(
                f"has the heading of column {column_letter(first[name])}, {name!r}, too",
                layout.first,
                layout.column(place),
                remedy="One of the two is wrong: compare with the publisher's file.",
            )


def _check_twins(layout: Layout, chosen: list[Amounts], faults: Faults) -> None:
    """Two columns for one year are a fault."""
    for amounts in chosen:
        twins = [other for other in chosen if other.financial_year == amounts.financial_year and other != amounts]
        if twins and amounts.place < twins[0].place:
            places = " and ".join(layout.column(twin.place) for twin in (amounts, *twins))
            faults.add(
                f"columns {places} are both running costs of {amounts.financial_year}",
                layout.first,
                remedy="Which one counts cannot be known: delete the other.",
            )


def _check_others(layout: Layout, chosen: list[Amounts], faults: Faults) -> None:
    """Figures under the heading of a text column, or under none, are a fault beside columns of amounts."""
    for place in others_with_figures(layout, chosen) if chosen else []:
        heading = layout.headings[place]
        says_what = cells.unit(heading) or cells.financial_years(heading) or _NOT_MONEY.search(heading)
        says_what = says_what or _OTHER_MONEY.search(heading)
        if not says_what and (_LABEL.search(heading) or (not heading and place > layout.codes)):
            faults.add(
                f"holds figures under the heading {heading!r}",
                layout.first,
                layout.column(place),
                remedy="The headings may have slipped sideways: compare with the publisher's file.",
            )


def others_with_figures(layout: Layout, chosen: list[Amounts]) -> list[int]:
    """The columns with figures in most rows that are not among the money columns chosen."""
    taken = {amounts.place for amounts in chosen} | {layout.codes}
    rows = layout.sheet.rows[layout.first :]
    return [
        place
        for place in range(len(layout.headings))
        if place not in taken and sum(figure(at(row, place)) is not None for row in rows) > len(rows) / 2
    ]


def columns_read(layout: Layout, chosen: list[Amounts]) -> tuple[str, list[str]]:
    """Which columns of figures were taken, and a warning of those left alone that may be of money."""
    taken, left = {amounts.place for amounts in chosen}, others_with_figures(layout, chosen)
    where = f"sheet {layout.sheet.name!r}: " if layout.sheet.name else ""
    money = [layout.column(place) for place in left if not _NOT_MONEY.search(layout.headings[place])]
    rest = [layout.column(place) for place in left if _NOT_MONEY.search(layout.headings[place])]
    said = f"{where}amounts in column {', '.join(layout.column(place) for place in sorted(taken))}"
    said += f"; no amounts in {', '.join(rest)}" if rest else ""
    return said, [f"{where}left alone: figures in column {', '.join(money)}"] if money else []


def column_of_names(layout: Layout, names: Names) -> int | None:
    """The column whose cells are most often names of bodies, in at least a third of the bodies' rows."""
    rows = [row for row in layout.sheet.rows[layout.first :] if cells.code(at(row, layout.codes)) in layout.bodies]
    found = {
        place: sum(isinstance(at(row, place), str) and names.has(str(at(row, place))) for row in rows)
        for place in range(len(layout.headings))
        if place != layout.codes
    }
    best = max(found, key=lambda place: found[place], default=None)
    return best if best is not None and found[best] * 3 >= len(rows) else None


def at(row: list[Cell], place: int) -> Cell:
    """The cell of a column, None beyond the row's end."""
    return row[place] if place < len(row) else None


def figure(cell: Cell) -> float | None:
    """A cell's number, None where it holds none."""
    try:
        return cells.number(cell)
    except cells.NotANumber:
        return None
